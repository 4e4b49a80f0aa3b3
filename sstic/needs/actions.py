"""What is done with needs: begin, save answers, hand in, return, endorse, open, withdraw, expire, renew.

A need moves only along ``NEED_MOVES``. Each change leaves an audit row; each move a row for the receipt, and mail.
"""

import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.needs.drafts import CODE_COLUMNS, answers_of, edit_of, stored
from sstic.needs.form import LISTS, ROWS, STEP_OF, STEPS, Fault, NewNeed, Part, differs, missing
from sstic.needs.letters import tell
from sstic.permissions import Principal
from sstic.scopes import may
from sstic.tables import Table
from sstic.tables.classifications import Isic, SdgTarget, Theme
from sstic.tables.needs import (
    NEED_MOVES,
    Need,
    NeedAttachment,
    NeedComment,
    NeedContact,
    NeedContribution,
    NeedIndicator,
    NeedIsic,
    NeedModality,
    NeedMove,
    NeedSdgTarget,
    NeedStepEdit,
    NeedTheme,
)

# In these states the government writes.
WRITABLE = ("draft", "returned", "endorsed", "open", "renewed")
# What an endorsement rests on: a change of any of these asks for a new one.
MATERIAL = frozenset({"title", "action_area", "statement", "modalities", "themes", "isic", "sdg_targets", "indicators"})
MATERIAL |= {"budget_amount", "budget_currency", "self_financing_share", "contributions"}
# A need stands for so many years at most before it is renewed. House choice.
MOST_YEARS = 3
ROW_TABLES: Mapping[str, type[Table]] = {
    "indicators": NeedIndicator,
    "contributions": NeedContribution,
    "contacts": NeedContact,
}
CODE_TABLES: Mapping[str, type[Table]] = {
    "themes": NeedTheme,
    "isic": NeedIsic,
    "sdg_targets": NeedSdgTarget,
    "modalities": NeedModality,
}
CATALOGUES: Mapping[str, Any] = {"themes": Theme.code, "isic": Isic.code, "sdg_targets": SdgTarget.code}


class NotNowError(Exception):
    """The need is in a state in which this cannot be done."""


class StaleError(Exception):
    """Somebody else changed it meanwhile."""


class SamePersonError(Exception):
    """Who wrote or handed in a need does not endorse it."""


class UnfitAnswersError(Exception):
    """Answers are missing or do not hold; ``faults`` tells which."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} answers are missing or do not hold")
        self.faults = faults


# writing ----------------------------------------------------------------------------------------------------------


def start_need(session: Session, who: Principal, new: NewNeed, now: datetime) -> Need:
    """Begin a draft for a country of which the person is a focal point.

    Raises
    ------
    UnfitAnswersError
        Where the person holds no such post.
    """
    held = (one for one in who.standings if one.role == "focal_point" and one.country_iso3)
    country = next((one.country_iso3 for one in held if one.organization_id == new.organization_id), None)
    if country is None:
        raise UnfitAnswersError([Fault("organization_id", "choice")])
    need = Need(
        reference=secrets.token_hex(10),
        country_iso3=country,
        organization_id=new.organization_id,
        title=new.title,
        action_area=new.action_area,
        statement="",
        year=now.year,
        origin="submitted",
        status="draft",
        author_id=who.user_id,
    )
    session.add(need)
    session.flush()
    need.reference = f"N-{country}-{need.id}"
    need.moves.append(NeedMove(status="draft", made_by_id=who.user_id, made_at=now))
    need.edits.append(_edit("what", who, now))
    audit.record(session, who.actor, "start_need", "need", need.id, {"reference": need.reference})
    return need


def save_step(session: Session, who: Principal, need: Need, part: Part, step: str, seen: int, now: datetime) -> bool:
    """Save the answers of a step, complete or not; whether the need went back because an endorsement no longer holds.

    ``seen`` is the version of the step that the person had before them; 0 where nobody had saved it.

    Raises
    ------
    StaleError
        Where somebody else has saved the step since.
    NotNowError, UnfitAnswersError
        Where the need is not to be written now; where a code is in no catalogue.
    """
    held = edit_of(need, step)
    if (held.version if held else 0) != seen:
        raise StaleError
    return save_answers(session, who, need, part, STEPS[step].model_fields, now, (step,))


def save_answers(
    session: Session,
    who: Principal,
    need: Need,
    part: Part,
    names: Collection[str],
    now: datetime,
    steps: Collection[str] = (),
) -> bool:
    """Save the answers ``names`` out of a part; see ``save_step``. ``steps`` count as saved whatever has changed."""
    if need.status not in WRITABLE:
        raise NotNowError(need.status)
    unfit = unknown_codes(session, part, names) or _unfit_together(need, part, names)
    if unfit:
        raise UnfitAnswersError(unfit)
    changed = {name for name in names if differs(name, getattr(part, name), stored(need, name))}
    told = _told_of_lists(need, part, changed)
    for name in changed:
        _set(need, name, getattr(part, name))
    told |= audit.changed(need)
    for step in sorted({*steps, *(STEP_OF[name] for name in changed)}):
        held = edit_of(need, step)
        if held is None:
            need.edits.append(_edit(step, who, now))
        else:
            held.version, held.edited_by_id, held.edited_at = held.version + 1, _id(who), now
    need.version += 1
    audit.record(session, who.actor, "save_need", "need", need.id, told)
    goes_back = bool(changed & MATERIAL) and need.status in ("endorsed", "open", "renewed")
    if goes_back:
        need.endorsed_at = None
        reason = "An answer that the endorsement rests on was changed."
        _move(session, need, "returned", who, now, reason)
    return goes_back


def unknown_codes(session: Session, part: Part, names: Collection[str]) -> list[Fault]:
    """Codes that are in no catalogue."""
    found = []
    for name, column in CATALOGUES.items():
        codes = set(getattr(part, name)) if name in names else set()
        if codes and codes - set(session.scalars(sa.select(column).where(column.in_(codes)))):
            found.append(Fault(name, "choice"))
    return found


def _unfit_together(need: Need, part: Part, names: Collection[str]) -> list[Fault]:
    """Answers of which only one was sent, and which do not go together with what is stored."""
    money = {"budget_amount", "budget_currency"}
    if len(money.intersection(names)) == 1:
        return [Fault("budget_currency", "currency")]
    starts, ends = (getattr(part, one) if one in names else getattr(need, one) for one in ("starts_on", "ends_on"))
    return [Fault("ends_on", "order")] if starts is not None and ends is not None and ends < starts else []


def _told_of_lists(need: Need, part: Part, changed: Iterable[str]) -> dict[str, Any]:
    """What an audit row says of answers that are rows of their own; contacts are personal."""
    told: dict[str, Any] = {}
    for name in changed:
        before, after = stored(need, name), getattr(part, name)
        if name in LISTS:
            told[name] = {"before": list(before), "after": list(after)}
        elif name == "contacts":
            told[name] = {"before": audit.WITHHELD, "after": audit.WITHHELD}
        elif name in ROWS:
            told[name] = {
                side: [one.model_dump(mode="json") for one in rows]
                for side, rows in (("before", before), ("after", after))
            }
    return told


def _set(need: Need, name: str, value: Any) -> None:
    rows: list[Any] = getattr(need, name) if name in LISTS or name in ROWS else []
    if name in LISTS:
        column, kept = CODE_COLUMNS[name], {getattr(row, CODE_COLUMNS[name]): row for row in rows}
        rows[:] = [kept.get(code) or CODE_TABLES[name](**{column: code}) for code in value]
    elif name in ROWS:
        table = ROW_TABLES[name]
        rows[:] = [table(position=place, **one.model_dump()) for place, one in enumerate(value)]
    else:
        setattr(need, name, "" if value is None and name == "statement" else value)


def _edit(step: str, who: Principal, now: datetime) -> NeedStepEdit:
    return NeedStepEdit(step=step, version=1, edited_by_id=_id(who), edited_at=now)


def _id(who: Principal) -> int:
    assert who.user_id is not None
    return who.user_id


# the way to open --------------------------------------------------------------------------------------------------


def what_is_missing(need: Need, today: date) -> list[Fault]:
    """What keeps a need from being handed in."""
    faults = [Fault(name, "missing") for name in missing(answers_of(need))]
    return faults + _last_day_faults(need.expires_on, today)


def _last_day_faults(day: date | None, today: date) -> list[Fault]:
    if day is None:
        return []
    if day <= today:
        return [Fault("expires_on", "past")]
    return [Fault("expires_on", "far", str(MOST_YEARS))] if day > _years_after(today, MOST_YEARS) else []


def _years_after(day: date, years: int) -> date:
    return day.replace(year=day.year + years, day=min(day.day, 28) if day.month == 2 else day.day)


def submit_need(session: Session, who: Principal, need: Need, seen: int, now: datetime) -> None:
    """Hand a complete need in for endorsement; comments count as answered.

    Raises
    ------
    UnfitAnswersError, StaleError, NotNowError
        Where it is not complete; where it was changed since it was checked; where it is in no state for it.
    """
    _see_move(need, "submitted", seen)
    faults = what_is_missing(need, now.date())
    if faults:
        raise UnfitAnswersError(faults)
    for one in need.comments:
        one.answered_at = one.answered_at or now
    _move(session, need, "submitted", who, now)


def return_need(
    session: Session, who: Principal, need: Need, comments: Mapping[str, str], seen: int, now: datetime
) -> None:
    """Give a need back to its writers with comments by field; the field ``""`` stands for the whole."""
    _see_move(need, "returned", seen)
    need.comments += [
        NeedComment(field=name, text=text, made_by_id=_id(who), made_at=now) for name, text in comments.items()
    ]
    _move(session, need, "returned", who, now)


def endorse_need(
    session: Session, who: Principal, need: Need, letter: tuple[str, str, int], seen: int, now: datetime
) -> None:
    """Endorse a need with a letter: its digest, the name of the file and its size in bytes.

    Raises
    ------
    SamePersonError, StaleError, NotNowError
        Where the person had a hand in it; where it was changed since it was read; where it is in no state for it.
    """
    if not may(session, who, "need", "endorse", need):
        raise SamePersonError
    _see_move(need, "endorsed", seen)
    digest, name, size = letter
    need.letters.append(NeedAttachment(digest=digest, file_name=name, size=size, added_by_id=_id(who), added_at=now))
    need.endorsed_at = now
    _move(session, need, "endorsed", who, now, details={"letter": digest})


def open_need(session: Session, who: Principal, need: Need, seen: int, now: datetime) -> None:
    """Open an endorsed or renewed need: from now on it takes part in match runs."""
    _see_move(need, "open", seen)
    faults = _last_day_faults(need.expires_on, now.date())
    if faults:
        raise UnfitAnswersError(faults)
    _move(session, need, "open", who, now)


def withdraw_need(session: Session, who: Principal, need: Need, reason: str, seen: int, now: datetime) -> None:
    """Take a need back for good, telling why."""
    _see_move(need, "withdrawn", seen)
    _move(session, need, "withdrawn", who, now, reason)


def renew_need(session: Session, who: Principal, need: Need, until: date, seen: int, now: datetime) -> None:
    """Give an expired need a new last day; an approver opens it again."""
    _see_move(need, "renewed", seen)
    faults = _last_day_faults(until, now.date())
    if faults:
        raise UnfitAnswersError(faults)
    need.expires_on = until
    _move(session, need, "renewed", who, now)


def expire_needs(session: Session, actor: str, now: datetime) -> list[str]:
    """Let every open need expire whose last day has passed; their references."""
    due = sa.select(Need).where(Need.status == "open", Need.expires_on < now.date()).order_by(Need.id)
    needs = session.scalars(due.with_for_update()).all()
    for need in needs:
        _move(session, need, "expired", None, now, actor=actor)
    return [need.reference for need in needs]


def _see_move(need: Need, status: str, seen: int) -> None:
    if status not in NEED_MOVES[need.status]:
        raise NotNowError(need.status)
    if need.version != seen:
        raise StaleError


def _move(
    session: Session,
    need: Need,
    status: str,
    who: Principal | None,
    now: datetime,
    reason: str | None = None,
    details: Mapping[str, Any] | None = None,
    actor: str = "",
) -> None:
    if status not in NEED_MOVES[need.status]:
        raise NotNowError(need.status)
    before, need.status, need.version = need.status, status, need.version + 1
    by = who.user_id if who is not None else None
    need.moves.append(NeedMove(status=status, made_by_id=by, made_at=now, reason=reason))
    told = {"before": before, "after": status, "reason": reason, **(details or {})}
    audit.record(session, who.actor if who is not None else actor, f"need_{status}", "need", need.id, told)
    tell(session, need, by, reason)
