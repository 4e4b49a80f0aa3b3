"""What the steps of the need form offer to choose from: themes, industries, targets, currencies."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.language import language
from sstic.needs.form import Part, Sent
from sstic.tables.classifications import Isic, SdgTarget, Theme
from sstic.tables.needs import MODALITIES, Need

# Offered beside the currency of the country, the most usual first.
CURRENCIES = ("USD", "EUR", "GBP", "CHF", "JPY", "CNY", "AED", "SAR", "BRL", "INR", "KRW", "NOK", "SEK", "ZAR")
# So many places to choose a code are shown at least.
LEAST_PLACES = 3
# A target is told by its beginning where it stands in a list to choose from.
MOST_LETTERS = 110
Option = tuple[str, str]


@dataclass(frozen=True)
class Choices:
    """What a step offers. Grouped choices carry the title of their group first."""

    modalities: tuple[str, ...] = ()
    themes: tuple[Option, ...] = ()
    industries: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    targets: tuple[tuple[str, tuple[Option, ...]], ...] = ()
    currencies: tuple[str, ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)


def choices_for(session: Session, need: Need, step: str, sent: Sent) -> Choices:
    """What a step of a need offers; what was chosen before is always among it."""
    if step == "help":
        places = {name: max(LEAST_PLACES, len(sent.many(name)) + 1) for name in ("isic", "sdg_targets")}
        return Choices(
            modalities=MODALITIES,
            themes=_themes(session, need.action_area, sent.many("themes")),
            industries=_industries(session, sent.many("isic")),
            targets=_targets(session),
            places=places,
        )
    if step == "money":
        own = tuple(code.strip() for code in (need.country.currencies or "").split(";") if code.strip())
        typed = [value for name, values in sent.fields.items() if name.endswith("currency") for value in values]
        return Choices(currencies=tuple(dict.fromkeys((*CURRENCIES[:1], *own, *CURRENCIES, *filter(None, typed)))))
    return Choices()


def _themes(session: Session, area: str, chosen: list[str]) -> tuple[Option, ...]:
    wanted = sa.or_(Theme.action_area == area, Theme.code.in_(chosen))
    query = sa.select(Theme.code, Theme.label).where(wanted)
    rows = session.execute(query.order_by(Theme.action_area != area, Theme.label))
    return tuple((code, words) for code, words in rows)


def _industries(session: Session, chosen: list[str]) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    """Divisions by section, and what is finer among those chosen."""
    title = sa.func.coalesce(Isic.title_ar, Isic.title_en) if language() == "ar" else Isic.title_en
    wanted = sa.or_(Isic.level.in_(("section", "division")), Isic.code.in_(chosen))
    rows = session.execute(sa.select(Isic.code, title).where(wanted).order_by(Isic.code)).all()
    sections = {code: words for code, words in rows if len(code) == 1}
    groups = {code: [(code, f"{code} {words}")] for code, words in sections.items()}
    for code, words in rows:
        if len(code) > 1:
            groups[code[0]].append((code, f"{code} {words}"))
    return tuple((f"{code} {sections[code]}", tuple(options)) for code, options in groups.items())


def _targets(session: Session) -> tuple[tuple[str, tuple[Option, ...]], ...]:
    text = sa.func.coalesce(SdgTarget.text_fr, SdgTarget.text_en) if language() == "fr" else SdgTarget.text_en
    rows = session.execute(sa.select(SdgTarget.goal, SdgTarget.code, text)).all()
    groups: dict[int, list[Option]] = {}
    for goal, code, words in sorted(rows, key=lambda row: (row[0], _place(row[1]))):
        short = words if len(words) <= MOST_LETTERS else f"{words[:MOST_LETTERS].rsplit(' ', 1)[0]} …"
        groups.setdefault(goal, []).append((code, f"{code} {short}"))
    return tuple((str(goal), tuple(options)) for goal, options in groups.items())


def _place(code: str) -> tuple[bool, str]:
    """Targets with numbers before those with letters, each in order."""
    own = code.partition(".")[2]
    return not own.isdigit(), own.rjust(2)


def words_of_codes(session: Session, *parts: Part) -> dict[str, dict[str, str]]:
    """The words of every code in the parts, by field."""
    ways = {"themes": lookups.theme_labels, "isic": lookups.isic_titles, "sdg_targets": lookups.target_texts}
    found = {}
    for name, words in ways.items():
        codes = [code for part in parts if name in type(part).model_fields for code in getattr(part, name)]
        if codes:
            found[name] = words(session, codes)
    return found
