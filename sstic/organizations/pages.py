"""The pages of organizations: the list, one with all that is recorded of it, verifying, flagging."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel
from sqlalchemy.orm import Session

from sstic import lookups
from sstic.access import Allowed
from sstic.addresses import OrganizationReference, Reading, RowId, Writing
from sstic.asked import Paged, asked_of
from sstic.formats import country_name
from sstic.history.queries import history_link
from sstic.listing import PER_PAGE, Page
from sstic.organizations import queries, standing
from sstic.organizations.actions import lift_flag, raise_flag, verify_organization
from sstic.organizations.form import MOST_TEXT, Fault, FlagForm, LiftForm, read_answers, read_form
from sstic.organizations.questions import ANSWERS, QUESTIONS, YEARS_VALID
from sstic.pages import render
from sstic.permissions import Principal, reaches
from sstic.sent import sent_fields
from sstic.tables.organizations import ORGANIZATION_ROLES, Organization
from sstic.tables.verification import Flag

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(Allowed("organization"))]
Verifier = Annotated[Principal, Depends(Allowed("organization", "verify"))]
Flagger = Annotated[Principal, Depends(Allowed("organization", "flag"))]
Sent = Annotated[dict[str, str], Depends(sent_fields)]
NOTHING_SENT: Mapping[str, str] = {}


class Asked(queries.OrganizationFilter, Paged):
    """What the list takes from the address."""


class Saved(BaseModel):
    """What the page was told of the form that was sent before it."""

    saved: Literal["verification", "flag", "lifted", "decision"] | None = None


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


@router.get("/organizations")
def organizations(request: Request, session: Reading, who: Reader, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """The organizations that the reader may see."""
    rows, total = queries.list_organizations(session, who, asked, today(), (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    shown = [one.id for one in rows]
    reads_flags = bool(reaches(who, "flag", "read"))
    return render(
        request,
        "organizations/list.html",
        page=page,
        asked=asked,
        roles=ORGANIZATION_ROLES,
        states=standing.VERIFICATION_STATES,
        levels=(*standing.SEVEREST_FIRST, "none"),
        countries=sorted(queries.countries_of_organizations(session, who), key=country_name),
        named=lookups.countries(session, [one.country_iso3 for one in rows]),
        verified=standing.verified(session, shown, today()),
        reads_flags=reads_flags,
        flagged=standing.severest_flags(session, shown) if reads_flags else {},
        screened=queries.screened(session, who, shown),
    )


@router.get("/organizations/{reference}")
def organization(
    request: Request,
    session: Reading,
    who: Reader,
    reference: OrganizationReference,
    told: Annotated[Saved, Query()],
) -> HTMLResponse:
    """One organization, and of what is recorded of it all that the reader may see."""
    found = _seen(session, who, reference)
    verifications = queries.verifications_of(session, who, found.id)
    flags, matches = queries.flags_of(session, who, found.id), queries.matches_of(session, who, found.id)
    reads = {one for one in ("verification", "flag", "screening") if reaches(who, one, "read")}
    people = [person for flag in flags for person in (flag.raised_by_id, flag.lifted_by_id)]
    people += [one.verified_by_id for one in verifications] + [one.decided_by_id for one in matches]
    return render(
        request,
        "organizations/one.html",
        **_subject(session, found),
        saved=told.saved,
        verified=standing.verified(session, [found.id], today())[found.id],
        verifications=verifications,
        questions=QUESTIONS,
        years=YEARS_VALID,
        flags=flags,
        matches=matches,
        reads=reads,
        blocks=standing.blocks_consent(session, found.id) if {"flag", "screening"} <= reads else None,
        warnings=standing.warnings(session, found.id, today()) if "flag" in reads else [],
        people=queries.names_of_people(session, people),
        may_verify=bool(reaches(who, "organization", "verify")),
        may_flag=bool(reaches(who, "organization", "flag")),
        history=history_link(session, who, "organizations", found.id),
        may_see_people=bool(reaches(who, "person", "read")),
    )


@router.get("/organizations/{reference}/verification")
def verification_form(
    request: Request, session: Reading, who: Verifier, reference: OrganizationReference
) -> HTMLResponse:
    """The five questions, to be answered; the answers of the last time are filled in."""
    found = _seen(session, who, reference)
    earlier = next(iter(queries.verifications_of(session, who, found.id)), None)
    answers = earlier.answers.items() if earlier else ()
    values = {f"{name}-{question}": text for question, answer in answers for name, text in answer.items()}
    return _verification_page(request, session, found, values, earlier=earlier)


@router.post("/organizations/{reference}/verification")
def verify(request: Request, session: Writing, who: Verifier, reference: OrganizationReference, sent: Sent) -> Response:
    """Record the answers: all five, or none when one is wrong."""
    found = _seen(session, who, reference)
    answers, faults = read_answers(sent)
    if faults:
        return _verification_page(request, session, found, sent, faults, 422)
    verify_organization(session, who, found, {question: answer.model_dump() for question, answer in answers.items()})
    return RedirectResponse(f"/organizations/{found.reference}?saved=verification", 303)


@router.get("/organizations/{reference}/flags/new")
def flag_form(request: Request, session: Reading, who: Flagger, reference: OrganizationReference) -> HTMLResponse:
    """The form that raises a flag."""
    return _flag_page(request, session, _seen(session, who, reference))


@router.post("/organizations/{reference}/flags/new")
def flag(request: Request, session: Writing, who: Flagger, reference: OrganizationReference, sent: Sent) -> Response:
    """Raise a flag."""
    found = _seen(session, who, reference)
    form, faults = read_form(FlagForm, sent)
    if form is None:
        return _flag_page(request, session, found, sent, faults, 422)
    raise_flag(session, who, found, form.level, form.reason)
    return RedirectResponse(f"/organizations/{found.reference}?saved=flag", 303)


@router.get("/organizations/{reference}/flags/{number}")
def lift_form(
    request: Request, session: Reading, who: Flagger, reference: OrganizationReference, number: RowId
) -> HTMLResponse:
    """One flag, and the form that lifts it."""
    found = _seen(session, who, reference)
    return _lift_page(request, session, found, _flag(session, who, found, number))


@router.post("/organizations/{reference}/flags/{number}")
def lift(
    request: Request, session: Writing, who: Flagger, reference: OrganizationReference, number: RowId, sent: Sent
) -> Response:
    """Lift a flag. One that was lifted meanwhile is shown as it is."""
    found = _seen(session, who, reference)
    raised = _flag(session, who, found, number)
    form, faults = read_form(LiftForm, sent)
    if form is None:
        return _lift_page(request, session, found, raised, sent, faults, 422)
    if not lift_flag(session, who, raised, form.reason):
        return _lift_page(request, session, found, raised, sent, [Fault("reason", "lifted_meanwhile")], 422)
    return RedirectResponse(f"/organizations/{found.reference}?saved=lifted", 303)


def _seen(session: Session, who: Principal, reference: str) -> Organization:
    found = queries.one_organization(session, who, reference)
    if found is None:
        raise HTTPException(404)
    return found


def _flag(session: Session, who: Principal, found: Organization, number: int) -> Flag:
    flagged = queries.one_flag(session, who, found.id, number)
    if flagged is None:
        raise HTTPException(404)
    return flagged


def _subject(session: Session, found: Organization) -> dict[str, Any]:
    """What every page about an organization shows of it."""
    named = lookups.countries(session, [found.country_iso3])
    return {"organization": found, "country": named.get(found.country_iso3 or "")}


def _verification_page(
    request: Request,
    session: Session,
    found: Organization,
    values: Mapping[str, str],
    faults: Sequence[Fault] = (),
    status: int = 200,
    **more: Any,
) -> HTMLResponse:
    rule = {"years": YEARS_VALID, "questions": QUESTIONS, "answers": ANSWERS}
    form = {"values": values, "faults": faults, "most": MOST_TEXT}
    template = "organizations/verification.html"
    return render(request, template, status, **_subject(session, found), **rule, **form, **more)


def _flag_page(
    request: Request,
    session: Session,
    found: Organization,
    values: Mapping[str, str] = NOTHING_SENT,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HTMLResponse:
    form = {"values": values, "faults": faults, "levels": standing.SEVEREST_FIRST[::-1]}
    return render(request, "organizations/flag.html", status, **_subject(session, found), **form)


def _lift_page(
    request: Request,
    session: Session,
    found: Organization,
    raised: Flag,
    values: Mapping[str, str] = NOTHING_SENT,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HTMLResponse:
    people = queries.names_of_people(session, [raised.raised_by_id, raised.lifted_by_id])
    form = {"values": values, "faults": faults, "flag": raised, "people": people}
    return render(request, "organizations/lift.html", status, **_subject(session, found), **form)
