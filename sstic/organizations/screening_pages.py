"""The pages of screening: the matches to decide, and one with what speaks for and against it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import Reading, RowId, Writing
from sstic.asked import Paged, asked_of
from sstic.listing import PER_PAGE, Page
from sstic.organizations import queries
from sstic.organizations.actions import ChangedMeanwhileError, decide_match, face_of
from sstic.organizations.form import DecisionForm, Fault, read_form
from sstic.organizations.names import CONTAINED, THRESHOLD
from sstic.pages import render
from sstic.permissions import Principal, reaches
from sstic.sent import sent_fields
from sstic.tables.verification import SCREENING_MOVES, ScreeningMatch

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(Allowed("screening"))]
Decider = Annotated[Principal, Depends(Allowed("screening", "decide"))]
STATUSES = (*SCREENING_MOVES, "delisted")
NOTHING_SENT: Mapping[str, str] = {}


class Asked(queries.MatchFilter, Paged):
    """What the list takes from the address."""


@router.get("/screening")
def screening(request: Request, session: Reading, who: Reader, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The screening matches, at first those that wait for a decision."""
    rows, total = queries.list_matches(session, who, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    return render(
        request,
        "screening/list.html",
        page=page,
        asked=asked,
        statuses=STATUSES,
        entries=queries.entries(session, [one.entry_reference for one in rows]),
        named=lookups.countries(session, [one.organization.country_iso3 for one in rows]),
        loaded=queries.loaded_list(session),
        threshold=THRESHOLD,
        contained=CONTAINED,
    )


@router.get("/screening/{number}")
def match(request: Request, session: Reading, who: Reader, number: RowId) -> HTMLResponse:
    """One match: both names, the entry, what was decided before, and the form that decides."""
    return _page(request, session, who, _match(session, who, number))


@router.post("/screening/{number}")
def decide(
    request: Request,
    session: Writing,
    who: Decider,
    number: RowId,
    sent: Annotated[dict[str, str], Depends(sent_fields)],
) -> Response:
    """Decide on a match, as the sender saw it."""
    found = _match(session, who, number)
    form, faults = read_form(DecisionForm, sent)
    if form is None:
        return _page(request, session, who, found, sent, faults, 422)
    try:
        decide_match(session, who, found, form.status, form.reason, form.seen)
    except ChangedMeanwhileError:
        return _page(request, session, who, found, sent, [Fault("status", "changed_meanwhile")], 422)
    return RedirectResponse(f"/organizations/{found.organization.reference}?saved=decision", 303)


def _match(session: Session, who: Principal, number: int) -> ScreeningMatch:
    found = queries.one_match(session, who, number)
    if found is None:
        raise HTTPException(404)
    return found


def _page(
    request: Request,
    session: Session,
    who: Principal,
    found: ScreeningMatch,
    values: Mapping[str, str] = NOTHING_SENT,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HTMLResponse:
    history = queries.history_of(session, found)
    return render(
        request,
        "screening/one.html",
        status,
        match=found,
        seen=face_of(found),
        moves=SCREENING_MOVES[found.status] if reaches(who, "screening", "decide") else (),
        entry=queries.entries(session, [found.entry_reference]).get(found.entry_reference),
        country=lookups.countries(session, [found.organization.country_iso3]).get(
            found.organization.country_iso3 or ""
        ),
        history=history,
        people=queries.names_of_actors(session, [one.actor for one in history]),
        values=values,
        faults=faults,
    )
