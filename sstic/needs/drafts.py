"""Needs in the hands of the governments that write them, and their answers as the form has them."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from sstic.needs.form import LISTS, ROWS, STEPS, Answers, Part
from sstic.permissions import Principal
from sstic.scopes import within
from sstic.tables.needs import Need, NeedComment, NeedMove, NeedStepEdit

CODE_COLUMNS = {"themes": "theme_code", "isic": "isic_code", "sdg_targets": "target_code", "modalities": "modality"}


def draft(session: Session, who: Principal, action: str, reference: str, lock: bool = False) -> Need | None:
    """A need that was written here, with all its answers; None where there is none.

    ``who`` may do this with it, were they another person than those who wrote it.
    With ``lock`` nobody else changes it before the transaction ends.
    """
    reached = within(who, "need", action, even_alone=True)
    query = sa.select(Need).where(Need.reference == reference, Need.origin == "submitted", reached)
    if lock:
        query = query.with_for_update(of=Need)
    parts = (
        Need.themes,
        Need.isic,
        Need.sdg_targets,
        Need.modalities,
        Need.indicators,
        Need.contributions,
        Need.contacts,
        Need.letters,
    )
    by_name = (
        selectinload(Need.edits).joinedload(NeedStepEdit.edited_by),
        selectinload(Need.comments).joinedload(NeedComment.made_by),
        selectinload(Need.moves).joinedload(NeedMove.made_by),
    )
    loads = (selectinload(Need.country), selectinload(Need.organization), selectinload(Need.author))
    return session.scalar(query.options(*map(selectinload, parts), *by_name, *loads))


def list_drafts(session: Session, who: Principal) -> Sequence[Need]:
    """The needs that were written here and that ``who`` works on, latest first."""
    query = sa.select(Need).where(Need.origin == "submitted", within(who, "need", "follow")).order_by(Need.id.desc())
    return session.scalars(query.options(joinedload(Need.country)).limit(200)).all()


def part_of(need: Need, step: str) -> Part:
    """The answers of a step as they are stored."""
    return STEPS[step].model_construct(**_values(need, STEPS[step]))


def answers_of(need: Need) -> Answers:
    """All answers as they are stored."""
    return Answers.model_construct(**_values(need, Answers))


def _values(need: Need, model: type[Part]) -> dict[str, Any]:
    return {name: stored(need, name) for name in model.model_fields}


def stored(need: Need, name: str) -> Any:
    """One answer as the form has it."""
    value = getattr(need, name)
    if name in LISTS:
        return tuple(getattr(one, CODE_COLUMNS[name]) for one in value)
    if name in ROWS:
        fields = ROWS[name].model_fields
        return tuple(ROWS[name].model_construct(**{one: getattr(row, one) for one in fields}) for row in value)
    return value if value != "" else None


def edit_of(need: Need, step: str) -> NeedStepEdit | None:
    """Who saved a step last; None where nobody did."""
    return next((one for one in need.edits if one.step == step), None)


def open_comments(need: Need) -> Mapping[str, list[NeedComment]]:
    """The comments that wait for an answer, by field."""
    found: dict[str, list[NeedComment]] = {}
    for one in need.comments:
        if one.answered_at is None:
            found.setdefault(one.field, []).append(one)
    return found
