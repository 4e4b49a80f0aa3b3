"""What stands beside a need: needs of the same country that say nearly the same, and the UNIDO tools of its field."""

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from rapidfuzz import fuzz
from sqlalchemy.orm import Session

from sstic.language import gettext
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.classifications import UnidoProgramme
from sstic.tables.countries import CountryFact
from sstic.tables.needs import Need

# From so much likeness, in percent, a need is told as nearly the same. House choice.
LEAST_ALIKE = 70
# So much of a text is compared.
MOST_COMPARED = 600
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Tool:
    """A UNIDO tool, and the reason to look twice where its own terms give one."""

    code: str
    name: str
    purpose: str
    source_url: str | None
    caution: str | None


def near_duplicates(session: Session, who: Principal, need: Need, title: str, text: str) -> list[Need]:
    """The other needs of its country, of those that ``who`` may read, that say nearly the same; the nearest first."""
    query = sa.select(Need).where(
        Need.country_iso3 == need.country_iso3,
        Need.id != need.id,
        Need.status != "withdrawn",
        sa.or_(within(who, "need", "read"), within(who, "need", "follow")),
    )
    alike = ((_alike(title, text, one), one) for one in session.scalars(query))
    found = sorted((-value, one.reference, one) for value, one in alike if value >= LEAST_ALIKE)
    return [one for _, _, one in found[:MOST_TOLD]]


def _alike(title: str, text: str, other: Need) -> float:
    """Percent of likeness of titles, or of titles with the beginning of the texts, whatever the order of words."""
    titles = fuzz.token_sort_ratio(title.lower(), other.title.lower())
    if not text or not other.statement:
        return titles
    whole = (f"{head} {body[:MOST_COMPARED]}".lower() for head, body in ((title, text), (other.title, other.statement)))
    return max(titles, fuzz.token_set_ratio(*whole))


def tools_for(session: Session, country: str, area: str, day: date) -> list[Tool]:
    """The UNIDO tools of an action area, then those across areas."""
    query = sa.select(UnidoProgramme).where(UnidoProgramme.action_area.in_((area, "cross_cutting")))
    across = UnidoProgramme.action_area == "cross_cutting"
    rows = session.scalars(query.order_by(across, UnidoProgramme.code)).all()
    cautions = _cautions(session, country, day)
    return [Tool(one.code, one.name, one.purpose, one.source_url, cautions.get(one.code)) for one in rows]


def _cautions(session: Session, country: str, day: date) -> dict[str, str]:
    holds = sa.or_(CountryFact.valid_to.is_(None), CountryFact.valid_to >= day)
    columns = sa.select(CountryFact.kind, CountryFact.value).where(
        CountryFact.iso3 == country, CountryFact.valid_from <= day, holds
    )
    facts = dict(session.execute(columns.order_by(CountryFact.valid_from)).all())
    found = {
        "STEPP": gettext("It lists technologies of Japan: alone it does not make a match South-South."),
    }
    if facts.get("ldc") != "yes" and facts.get("income_group") != "LM":
        found["CIRP"] = gettext("Its own terms aim at LDCs and lower-middle-income countries; ask first.")
    return found
