"""The pages where a good practice is written: a list of tasks, and a form for each."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import Reading, Reference, Writing
from sstic.formats import country_name
from sstic.good_practices import drafts
from sstic.good_practices.actions import may_write, start_practice
from sstic.good_practices.fields import Start
from sstic.good_practices.form import STEPS, STEPS_NEEDED, Fault, Step, read_model, title_of, words_of
from sstic.good_practices.layout import shown_fields
from sstic.good_practices.step_page import StepPage, rows_sent
from sstic.good_practices.storing import steps_filled, tidy_sent
from sstic.pages import render
from sstic.permissions import Principal
from sstic.sent import sent_fields
from sstic.tables.good_practices import GoodPractice

router = APIRouter(include_in_schema=False)
Writer = Annotated[Principal, Depends(Allowed("good_practice", "write"))]
Sent = Annotated[dict[str, str], Depends(sent_fields)]


def practice_to_write(session: Session, who: Principal, reference: str, *, locked: bool = False) -> GoodPractice:
    """The practice to write. Who may not know of it learns nothing; who may but not write it is refused."""
    found = drafts.practice_to_change(session, who, reference, "write", locked=locked)
    if found is None:
        raise HTTPException(403 if drafts.is_readable(session, who, reference) else 404)
    return found


def _step_of(name: str) -> Step:
    if name not in STEPS:
        raise HTTPException(404)
    return STEPS[name]


@router.get("/good-practices/new")
def new_practice(request: Request, session: Reading, who: Writer) -> HTMLResponse:
    """The form that opens a draft."""
    own = drafts.countries_of(who, "good_practice", "write")
    return _start_page(request, session, own, {"country": own[0]} if len(own) == 1 else {})


@router.post("/good-practices/new")
def open_draft(request: Request, session: Writing, who: Writer, sent: Sent) -> Response:
    """Open a draft and go on to its tasks."""
    own = drafts.countries_of(who, "good_practice", "write")
    start, faults = read_model(Start, sent)
    if start is not None and start.country not in own:
        faults.append(Fault("country", title_of(Start, "country"), "choice"))
    if faults:
        return _start_page(request, session, own, sent, faults)
    practice = start_practice(session, who, start)
    return RedirectResponse(f"/good-practices/{practice.reference}/edit", 303)


def _start_page(
    request: Request, session: Session, own: Sequence[str], values: Mapping[str, str], faults: Sequence[Fault] = ()
) -> HTMLResponse:
    named = lookups.countries(session, own)
    options = {"country": [(iso3, country_name(named[iso3])) for iso3 in own if iso3 in named]}
    return render(
        request,
        "good_practices/new.html",
        422 if faults else 200,
        fields=shown_fields(Start, values, faults, options),
        faults=[(one.place, words_of(one)) for one in faults],
    )


@router.get("/good-practices/{reference}/edit")
def tasks(request: Request, session: Reading, who: Writer, reference: Reference) -> HTMLResponse:
    """What is written and what is left to write, who saved it last, and what reviewers said."""
    practice = practice_to_write(session, who, reference)
    return render(
        request,
        "good_practices/tasks.html",
        practice=practice,
        steps=STEPS.values(),
        needed=STEPS_NEEDED,
        filled=steps_filled(practice),
        open_steps=[name for name in STEPS if may_write(practice, name)],
        edits=drafts.last_edits(session, practice),
        reviews=drafts.reviews_of(session, practice),
    )


@router.get("/good-practices/{reference}/edit/{step}")
def step_page(request: Request, session: Reading, who: Writer, reference: Reference, step: str) -> HTMLResponse:
    """The form of one step."""
    chosen, practice = _step_of(step), practice_to_write(session, who, reference)
    page = StepPage(session, practice, chosen)
    return page.drawn(request, page.stored, is_closed=not may_write(practice, step))


@router.post("/good-practices/{reference}/edit/{step}")
def save_step(request: Request, session: Writing, who: Writer, reference: Reference, step: str, sent: Sent) -> Response:
    """Keep a step; with faults, or when a colleague was faster, the same page comes back with all that was typed."""
    chosen, practice = _step_of(step), practice_to_write(session, who, reference, locked=True)
    page, mine = StepPage(session, practice, chosen, locked=True), tidy_sent(sent)
    if not may_write(practice, step):
        return page.drawn(request, mine, 409, is_closed=True)
    if sent.get("more"):
        return page.drawn(request, mine, version=sent.get("version", ""), rows=rows_sent(sent) + 2)
    if sent.get("version") != page.version and mine != page.stored:
        return page.drawn(request, mine, 409, differ=True, rows=rows_sent(sent))
    answers = page.read(sent)
    if answers.faults:
        return page.drawn(request, sent, 422, faults=answers.faults, rows=rows_sent(sent))
    stays = page.keep(who, answers)
    return RedirectResponse(f"/good-practices/{reference}/edit{'/capacity' if stays else ''}", 303)
