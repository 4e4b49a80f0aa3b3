"""What is done with judgements: give one, change it, take it back. Each leaves an audit row beside it."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.tables.good_practices import GoodPractice
from sstic.tables.judgements import Judgement
from sstic.tables.needs import Need


def judge_practice(
    session: Session, judge: str, need: Need, practice: GoodPractice, grade: int, reason: str | None
) -> bool:
    """Give or change the judgement of a judge; whether anything changed."""
    held = _held(session, judge, need, practice)
    if held is not None and (held.grade, held.reason) == (grade, reason):
        return False
    if held is None:
        held = Judgement(need_id=need.id, practice_id=practice.id, judge=judge)
        session.add(held)
    held.grade, held.reason, held.judged_on = grade, reason, datetime.now(UTC).date()
    changed = audit.changed(held, "grade", "reason")
    session.flush()
    _record(session, judge, "judge_practice", held.id, need, practice, changed)
    return True


def take_back_judgement(session: Session, judge: str, need: Need, practice: GoodPractice) -> bool:
    """Remove the judgement of a judge; whether there was one."""
    held = _held(session, judge, need, practice)
    if held is None:
        return False
    removed = audit.removed(held, "grade", "reason")
    _record(session, judge, "take_back_judgement", held.id, need, practice, removed)
    session.delete(held)
    session.flush()
    return True


def _held(session: Session, judge: str, need: Need, practice: GoodPractice) -> Judgement | None:
    """The judgement as it stands; judgements of one need are written one after the other."""
    session.execute(sa.select(Need.id).where(Need.id == need.id).with_for_update())
    wanted = (Judgement.need_id == need.id, Judgement.practice_id == practice.id, Judgement.judge == judge)
    return session.scalar(sa.select(Judgement).where(*wanted))


def _record(
    session: Session,
    judge: str,
    action: str,
    number: int,
    need: Need,
    practice: GoodPractice,
    details: dict[str, Any],
) -> None:
    pair = {"need": need.reference, "practice": practice.reference}
    audit.record(session, judge, action, "judgement", number, {**pair, **details})
