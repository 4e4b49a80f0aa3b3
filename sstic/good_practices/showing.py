"""What the page of a good practice shows, and what whoever looks at it may do next."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from sstic import lookups
from sstic.good_practices import drafts, queries
from sstic.permissions import Principal, reaches
from sstic.scopes import may
from sstic.tables.good_practices import GoodPractice, Replication

YEARS_SHOWN = 3


def facts_of(session: Session, practice: GoodPractice) -> dict[str, Any]:
    """All that a page about the practice draws."""
    first = datetime.now(UTC).year
    years = range(first, first + YEARS_SHOWN)
    return {
        "practice": practice,
        "themes": lookups.theme_labels(session, [one.theme_code for one in practice.themes]),
        "isic": lookups.isic_titles(session, [one.isic_code for one in practice.isic]),
        "targets": lookups.target_texts(session, [one.target_code for one in practice.sdg_targets]),
        "replicated_in": lookups.countries(session, [one.iso3 for one in practice.replications]),
        "programme": queries.programme_of(session, practice),
        "capacity": list(queries.capacity_of(session, practice.institution_id, years).values()),
        "this_year": first,
    }


def doings_of(session: Session, who: Principal, practice: GoodPractice) -> dict[str, Any]:
    """What ``who`` may do with the practice as it stands; buttons for anything else are not drawn."""
    if who.user_id is None:
        return {"doings": frozenset(), "to_confirm": frozenset(), "reviews": ()}
    state = practice.status
    wrote = practice.author_id == who.user_id or any(one.user_id == who.user_id for one in practice.editors)
    confirmed = practice.confirmed_by_id == who.user_id
    possible = {
        "write": ("write", state != "archived"),
        "give_up": ("write", state == "draft"),
        "take_back": ("write", state == "provider_confirmed"),
        "confirm": ("confirm", state == "draft" and not wrote),
        "review": ("review", state in ("provider_confirmed", "review_due") and not wrote and not confirmed),
        "publish": ("publish", state in ("reviewed", "renewed") and not wrote and not confirmed),
        "return": ("publish", state == "reviewed" and not wrote),
        "review_due": ("publish", state == "published"),
        "archive": ("retire", state in ("draft", "published", "review_due")),
    }
    allowed = {
        action: may(session, who, "good_practice", action, practice)
        for action in sorted({action for action, holds in possible.values() if holds})
        if reaches(who, "good_practice", action)
    }
    doings = frozenset(name for name, (action, holds) in possible.items() if holds and allowed.get(action))
    own = set(drafts.countries_of(who, "replication", "confirm"))
    to_confirm = frozenset(one.iso3 for one in practice.replications if _may_confirm(who, own, practice, one))
    works = bool(doings) or bool(who.roles & {"reviewer", "coordinator"})
    return {
        "doings": doings,
        "to_confirm": to_confirm,
        "reviews": drafts.reviews_of(session, practice) if works else (),
    }


def _may_confirm(who: Principal, own: set[str], practice: GoodPractice, one: Replication) -> bool:
    provides = any(provider.iso3 in own for provider in practice.providers)
    waits = (provides and one.provider_confirmed_at is None) or (
        one.iso3 in own and one.replicator_confirmed_at is None
    )
    return waits and who.user_id not in (one.provider_confirmed_by_id, one.replicator_confirmed_by_id)
