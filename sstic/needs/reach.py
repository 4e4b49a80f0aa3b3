"""What a need can already reach, for the side of its pages: advice, tools, and needs that say nearly the same."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from sstic.match_runs.advice import Advice, Asked, advise
from sstic.needs.drafts import answers_of
from sstic.needs.form import Part
from sstic.needs.near import Tool, near_duplicates, tools_for
from sstic.permissions import Principal
from sstic.tables.needs import Need


@dataclass(frozen=True)
class Reach:
    """What stands at the side of a page; ``is_typed`` tells advice on what is typed from advice on what is saved."""

    advice: Advice
    tools: list[Tool]
    near: list[Need]
    is_typed: bool


def reach_of(session: Session, who: Principal, need: Need, typed: Part | None = None) -> Reach:
    """Advice on a need as it is stored, or with a step as it is typed in place of what is stored."""
    answers: dict[str, Any] = dict(answers_of(need))
    if typed is not None:
        answers |= dict(typed)
    day, title, text = datetime.now(UTC).date(), answers["title"] or "", answers["statement"] or ""
    area = answers["action_area"]
    asked = Asked(
        key=need.reference,
        country=need.country_iso3,
        title=title,
        text=text,
        action_area=area,
        themes=frozenset(answers["themes"]),
        isic=frozenset(answers["isic"]),
        sdg_targets=frozenset(answers["sdg_targets"]),
        modalities=frozenset(answers["modalities"]),
        budget=answers["budget_amount"],
        currency=answers["budget_currency"],
        self_financing_share=answers["self_financing_share"],
        owner=need.organization.name if need.organization is not None else None,
    )
    return Reach(
        advise(session, asked, day),
        tools_for(session, need.country_iso3, area, day),
        near_duplicates(session, who, need, title, text),
        typed is not None,
    )
