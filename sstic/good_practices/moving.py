"""The pages where a good practice is confirmed, reviewed, published, called for review, archived."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic.access import Allowed
from sstic.addresses import Iso3, Reading, Reference, Writing
from sstic.good_practices import actions, drafts
from sstic.good_practices.actions import RefusedError
from sstic.good_practices.fields import Comment, Review
from sstic.good_practices.form import Fault, read_model, read_review, words_of
from sstic.good_practices.layout import shown_fields
from sstic.good_practices.queries import one_practice
from sstic.good_practices.showing import facts_of
from sstic.pages import render
from sstic.permissions import Principal
from sstic.sent import sent_fields
from sstic.tables.good_practices import GoodPractice

router = APIRouter(include_in_schema=False)
Sent = Annotated[dict[str, str], Depends(sent_fields)]
Approver = Annotated[Principal, Depends(Allowed("good_practice", "confirm"))]
Writer = Annotated[Principal, Depends(Allowed("good_practice", "write"))]
Reviewer = Annotated[Principal, Depends(Allowed("good_practice", "review"))]
Publisher = Annotated[Principal, Depends(Allowed("good_practice", "publish"))]
Keeper = Annotated[Principal, Depends(Allowed("good_practice", "retire"))]
STATUS_OF_REFUSAL = {"second_person": 403}


@router.get("/good-practices/at-work")
def at_work(
    request: Request, session: Reading, who: Annotated[Principal, Depends(Allowed("worklist"))]
) -> HTMLResponse:
    """The practices on which something is to be done."""
    rows = drafts.at_work(session, who, datetime.now(UTC).date())
    may_start = bool(drafts.countries_of(who, "good_practice", "write"))
    return render(request, "good_practices/at_work.html", rows=rows, may_start=may_start)


@router.post("/good-practices/{reference}/confirm")
def confirm(request: Request, session: Writing, who: Approver, reference: Reference, sent: Sent) -> Response:
    """The provider country stands behind the practice."""
    return _move(request, session, who, reference, "confirm", sent, actions.confirm_practice)


@router.post("/good-practices/{reference}/take-back")
def take_back(request: Request, session: Writing, who: Writer, reference: Reference, sent: Sent) -> Response:
    """Back to the draft."""
    return _move(request, session, who, reference, "write", sent, actions.take_back_practice)


@router.post("/good-practices/{reference}/give-up")
def give_up(request: Request, session: Writing, who: Writer, reference: Reference, sent: Sent) -> Response:
    """Put a draft away."""
    return _move(request, session, who, reference, "write", sent, actions.give_up_draft)


@router.post("/good-practices/{reference}/publish")
def publish(request: Request, session: Writing, who: Publisher, reference: Reference, sent: Sent) -> Response:
    """Put the practice into the catalogue."""
    return _move(request, session, who, reference, "publish", sent, actions.publish_practice)


@router.post("/good-practices/{reference}/review-due")
def review_due(request: Request, session: Writing, who: Publisher, reference: Reference, sent: Sent) -> Response:
    """Ask for a new review."""
    return _move(request, session, who, reference, "publish", sent, actions.call_for_review)


@router.post("/good-practices/{reference}/archive")
def archive(request: Request, session: Writing, who: Keeper, reference: Reference, sent: Sent) -> Response:
    """Take the practice out of use."""
    return _move(request, session, who, reference, "retire", sent, actions.archive_practice)


@router.get("/good-practices/{reference}/return")
def return_page(request: Request, session: Reading, who: Publisher, reference: Reference) -> HTMLResponse:
    """The form that sends a reviewed practice back."""
    return _comment_page(request, _reached(session, who, reference, "publish", locked=False), {})


@router.post("/good-practices/{reference}/return")
def return_to_draft(request: Request, session: Writing, who: Publisher, reference: Reference, sent: Sent) -> Response:
    """Send a reviewed practice back."""
    practice = _reached(session, who, reference, "publish")
    comment, faults = read_model(Comment, sent)
    if faults:
        return _comment_page(request, practice, sent, faults)
    return _done(request, practice, sent, lambda: actions.return_practice(session, who, practice, comment.comment))


def _comment_page(
    request: Request, practice: GoodPractice, values: Mapping[str, str], faults: Sequence[Fault] = ()
) -> HTMLResponse:
    return render(
        request,
        "good_practices/return.html",
        422 if faults else 200,
        practice=practice,
        version=values.get("version", practice.version),
        fields=shown_fields(Comment, values, faults, {}),
        faults=[(one.place, words_of(one)) for one in faults],
    )


@router.get("/good-practices/{reference}/review")
def review_page(request: Request, session: Reading, who: Reviewer, reference: Reference) -> HTMLResponse:
    """The practice, and the three questions."""
    _reached(session, who, reference, "review", locked=False)
    return _review_page(request, session, who, reference, {})


@router.post("/good-practices/{reference}/review")
def review(request: Request, session: Writing, who: Reviewer, reference: Reference, sent: Sent) -> Response:
    """Keep a reviewer's answers, and move the practice as they say."""
    practice = _reached(session, who, reference, "review")
    answers, faults = read_review(sent)
    if answers is None:
        return _review_page(request, session, who, reference, sent, faults)
    return _done(request, practice, sent, lambda: actions.review_practice(session, who, practice, answers))


@router.post("/good-practices/{reference}/replications/{iso3}/confirm")
def confirm_replication(
    request: Request,
    session: Writing,
    who: Annotated[Principal, Depends(Allowed("replication", "confirm"))],
    reference: Reference,
    iso3: Iso3,
    sent: Sent,
) -> Response:
    """Confirm a replication for one of its two countries."""
    practice = _reached(session, who, reference, "read")
    found = drafts.replication_within(session, who, practice, iso3)
    if found is None:
        raise HTTPException(403 if any(one.iso3 == iso3 for one in practice.replications) else 404)
    if sent.get("version") != str(found.version):
        return _refused(request, practice, "changed")
    return _done(
        request, practice, None, lambda: actions.confirm_replication(session, who, practice, found), "#replications"
    )


def _review_page(
    request: Request,
    session: Session,
    who: Principal,
    reference: str,
    values: Mapping[str, str],
    faults: Sequence[Fault] = (),
) -> HTMLResponse:
    practice = one_practice(session, who, reference)
    assert practice is not None
    return render(
        request,
        "good_practices/review.html",
        422 if faults else 200,
        fields=shown_fields(Review, values, faults, {}),
        faults=[(one.place, words_of(one)) for one in faults],
        version=values.get("version", practice.version),
        **facts_of(session, practice),
    )


def _reached(session: Session, who: Principal, reference: str, action: str, *, locked: bool = True) -> GoodPractice:
    found = drafts.practice_to_change(session, who, reference, action, locked=locked)
    if found is None:
        raise HTTPException(403 if drafts.is_readable(session, who, reference) else 404)
    return found


def _move(
    request: Request,
    session: Session,
    who: Principal,
    reference: str,
    action: str,
    sent: Mapping[str, str],
    move: Callable[[Session, Principal, GoodPractice], object],
) -> Response:
    practice = _reached(session, who, reference, action)
    return _done(request, practice, sent, lambda: move(session, who, practice))


def _done(
    request: Request,
    practice: GoodPractice,
    sent: Mapping[str, str] | None,
    act: Callable[[], object],
    anchor: str = "",
) -> Response:
    """Act on what the person saw: a practice that has changed since is to be looked at again first."""
    if sent is not None and sent.get("version") != str(practice.version):
        return _refused(request, practice, "changed")
    try:
        act()
    except RefusedError as error:
        return _refused(request, practice, error.reason)
    if practice.status == "archived":
        return RedirectResponse("/good-practices/at-work", 303)
    return RedirectResponse(f"/good-practices/{practice.reference}{anchor}", 303)


def _refused(request: Request, practice: GoodPractice, reason: str) -> HTMLResponse:
    status = STATUS_OF_REFUSAL.get(reason, 409)
    return render(request, "good_practices/refused.html", status, practice=practice, reason=reason)
