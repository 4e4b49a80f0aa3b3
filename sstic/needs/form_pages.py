"""The pages on which a government writes a need: three answers to begin, then step by step, by several people."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import Reading, Reference, Writing
from sstic.needs import words
from sstic.needs.actions import MATERIAL, WRITABLE, NotNowError, StaleError, UnfitAnswersError, save_step, start_need
from sstic.needs.choices import choices_for, words_of_codes
from sstic.needs.drafts import draft, edit_of, list_drafts, open_comments, part_of
from sstic.needs.form import ROWS, STEPS, Fault, Part, Sent, differs, missing, read_new, read_step, step_of
from sstic.needs.reach import reach_of
from sstic.pages import render
from sstic.permissions import Principal
from sstic.sent import only, sent_lists
from sstic.tables.classifications import ACTION_AREAS
from sstic.tables.needs import NEED_STEPS, Need

router = APIRouter(include_in_schema=False)
Writer = Annotated[Principal, Depends(Allowed("need", "write"))]
Follower = Annotated[Principal, Depends(Allowed("need", "follow"))]
Fields = Annotated[dict[str, list[str]], Depends(sent_lists)]
# Empty rows that a step shows beside those that are filled.
SPARE_ROWS = {"indicators": 1, "contributions": 1, "contacts": 1}


class Told(BaseModel):
    """What a page was told of the one before it."""

    saved: str | None = None
    back: str | None = None


@router.get("/needs/new")
def new_need(request: Request, session: Reading, who: Writer) -> HTMLResponse:
    """Three questions, and a draft begins."""
    return _new_page(request, session, who, Sent())


@router.post("/needs")
def begin_need(request: Request, session: Writing, who: Writer, fields: Fields) -> Response:
    """Begin a draft, and go on to its first step."""
    sent = Sent(fields)
    new, faults = read_new(sent)
    if new is None:
        return _new_page(request, session, who, sent, faults)
    try:
        need = start_need(session, who, new, datetime.now(UTC))
    except UnfitAnswersError as error:
        return _new_page(request, session, who, sent, error.faults)
    return RedirectResponse(f"/needs/{need.reference}/edit/what", 303)


def _new_page(
    request: Request, session: Session, who: Principal, sent: Sent, faults: Sequence[Fault] = ()
) -> HTMLResponse:
    held = [one for one in who.standings if one.role == "focal_point" and one.country_iso3]
    return render(
        request,
        "needs/new.html",
        422 if faults else 200,
        posts=held,
        countries=lookups.countries(session, [one.country_iso3 for one in held]),
        organizations=lookups.organizations(session, [one.organization_id for one in held]),
        areas=ACTION_AREAS,
        sent=sent,
        comments={},
        words=words,
        **told_of(faults),
    )


@router.get("/needs/drafts")
def own_drafts(request: Request, session: Reading, who: Follower) -> HTMLResponse:
    """The needs that one's country writes, or that wait for the office."""
    return render(request, "needs/drafts.html", needs=list_drafts(session, who))


@router.get("/needs/{reference}/edit")
def steps_of_need(
    request: Request, session: Reading, who: Writer, reference: Reference, told: Annotated[Told, Query()]
) -> HTMLResponse:
    """The steps of a need: how far each is, and who saved it last."""
    need = _found(session, who, reference)
    gaps = {step: missing(part_of(need, step)) for step in NEED_STEPS}
    return render(
        request,
        "needs/steps.html",
        need=need,
        steps=NEED_STEPS,
        states={step: _state(need, step, gaps[step]) for step in NEED_STEPS},
        edits={step: edit_of(need, step) for step in NEED_STEPS},
        commented={step_of(name): True for name in open_comments(need) if name},
        comments=open_comments(need).get("", []),
        complete=sum(not gaps[step] for step in NEED_STEPS),
        writable=need.status in WRITABLE,
        told=told,
        words=words,
    )


def _state(need: Need, step: str, gaps: list[str]) -> str:
    if not gaps:
        return "complete"
    return "not_started" if edit_of(need, step) is None else "incomplete"


@router.get("/needs/{reference}/edit/{step}")
def step_of_need(
    request: Request, session: Reading, who: Writer, reference: Reference, step: str, told: Annotated[Told, Query()]
) -> HTMLResponse:
    """One step with its answers so far."""
    need = _found(session, who, reference, step)
    part = part_of(need, step)
    return _step_page(request, session, who, need, step, Sent(words.typed_fields(part)), told=told)


@router.post("/needs/{reference}/edit/{step}/look")
def look_at_step(
    request: Request, session: Reading, who: Writer, reference: Reference, step: str, fields: Fields
) -> HTMLResponse:
    """Add a row to what is typed, or give advice on it; nothing is saved."""
    need = _found(session, who, reference, step)
    wish, seen, sent = _typed(fields)
    added = wish.removeprefix("add-")
    if added in STEPS[step].model_fields:
        return _step_page(request, session, who, need, step, sent, added=added, seen=seen)
    part, faults = read_step(step, sent)
    if part is None:
        return _step_page(request, session, who, need, step, sent, faults, status=422, seen=seen)
    return _step_page(request, session, who, need, step, sent, part=part, seen=seen)


@router.get("/needs/{reference}/edit/{step}/look")
def back_to_step(who: Writer, reference: Reference, step: str) -> RedirectResponse:  # noqa: ARG001 - it lets in
    """Whoever opens the address of a look anew finds what is saved."""
    return RedirectResponse(f"/needs/{reference}/edit/{step if step in STEPS else 'what'}", 303)


@router.post("/needs/{reference}/edit/{step}")
def save_step_of_need(
    request: Request, session: Writing, who: Writer, reference: Reference, step: str, fields: Fields
) -> Response:
    """Save a step, complete or not."""
    need = _found(session, who, reference, step, lock=True)
    wish, seen, sent = _typed(fields)
    part, faults = read_step(step, sent)
    if part is None:
        return _step_page(request, session, who, need, step, sent, faults, status=422, seen=seen)
    try:
        went_back = save_step(session, who, need, part, step, int(seen) if seen.isdecimal() else -1, datetime.now(UTC))
    except UnfitAnswersError as error:
        return _step_page(request, session, who, need, step, sent, error.faults, status=422, seen=seen)
    except StaleError:
        return _step_page(request, session, who, need, step, sent, mine=part, status=409)
    except NotNowError:
        raise HTTPException(409) from None
    back = "&back=1" if went_back else ""
    if wish == "leave" or went_back or step == NEED_STEPS[-1]:
        return RedirectResponse(f"/needs/{reference}/edit?saved={step}{back}", 303)
    following = NEED_STEPS[NEED_STEPS.index(step) + 1]
    return RedirectResponse(f"/needs/{reference}/edit/{following}?saved={step}", 303)


def _typed(fields: dict[str, list[str]]) -> tuple[str, str, Sent]:
    """What the button asked for, the version that was opened, and the answers."""
    sent = Sent({name: values for name, values in fields.items() if name not in ("do", "version")})
    return only(fields, "do"), only(fields, "version"), sent


def _found(session: Session, who: Principal, reference: str, step: str = "what", lock: bool = False) -> Need:
    need = draft(session, who, "write", reference, lock) if step in STEPS else None
    if need is None:
        raise HTTPException(404)
    return need


def _step_page(
    request: Request,
    session: Session,
    who: Principal,
    need: Need,
    step: str,
    sent: Sent,
    faults: Sequence[Fault] = (),
    status: int = 200,
    seen: str = "",
    added: str = "",
    part: Part | None = None,
    mine: Part | None = None,
    told: Told | None = None,
) -> HTMLResponse:
    held = edit_of(need, step)
    saved = told.saved if told is not None and told.saved in STEPS else None
    return render(
        request,
        "needs/step.html",
        status,
        need=need,
        step=step,
        number=NEED_STEPS.index(step) + 1,
        steps=NEED_STEPS,
        before=NEED_STEPS[NEED_STEPS.index(step) - 1] if step != NEED_STEPS[0] else None,
        sent=sent,
        rows={name: _rows(sent, name, name == added) for name in ROWS if name in STEPS[step].model_fields},
        version=seen or (held.version if held else 0),
        edit=held,
        is_stale=mine is not None,
        differences=_differences(session, need, step, mine) if mine is not None else [],
        comments=open_comments(need),
        choices=choices_for(session, need, step, sent),
        reach=reach_of(session, who, need, part),
        asks_anew=need.status in ("endorsed", "open", "renewed") and bool(MATERIAL & STEPS[step].model_fields.keys()),
        saved=saved,
        gaps=[words.field_label(name) for name in missing(part_of(need, saved))] if saved else [],
        words=words,
        **told_of(faults),
    )


def _rows(sent: Sent, name: str, one_more: bool) -> list[int]:
    """The numbers of the rows to show: what was typed, and empty ones behind."""
    places = sent.places(name)
    spare = 1 if one_more else max(0, SPARE_ROWS[name] - (len(places) - len(sent.filled(name))))
    first = max(places, default=-1) + 1
    return [*places, *range(first, min(first + spare, 20))]


def _differences(session: Session, need: Need, step: str, mine: Part) -> list[tuple[str, list[str], list[str]]]:
    """Answers of a step in which what is stored and what was typed differ: label, theirs, mine."""
    theirs = part_of(need, step)
    named = words_of_codes(session, theirs, mine)
    return [
        (words.field_label(name), words.answer_lines(name, theirs, named), words.answer_lines(name, mine, named))
        for name in type(mine).model_fields
        if differs(name, getattr(theirs, name), getattr(mine, name))
    ]


def told_of(faults: Sequence[Fault]) -> Mapping[str, Any]:
    """What templates say of faults: each at its field, and all in a summary with links."""
    messages = {one.field: {"text": words.fault_text(one)} for one in reversed(faults)}
    summary = [{"text": words.fault_text(one), "href": f"#{words.anchor(one.field)}"} for one in faults]
    return {"messages": messages, "summary": summary}
