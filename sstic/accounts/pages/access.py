"""Disabling a person, and enabling them again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import labels
from sstic.access import Allowed
from sstic.accounts.actions import access
from sstic.accounts.form import Disabling, Enabling, read
from sstic.accounts.pages import Fields, in_browser, page
from sstic.accounts.queries import acts_on
from sstic.addresses import Reading, RowId, Writing
from sstic.permissions import Principal
from sstic.scopes import may
from sstic.settings import settings
from sstic.tables.accounts import User

router = APIRouter(prefix="/people/{number}", include_in_schema=False)
Disabler = Annotated[Principal, Depends(Allowed("person", "disable"))]
CHANGES = [Depends(in_browser)]
Act = Literal["disable", "enable"]


@router.get("/disable")
def ask_to_disable(request: Request, session: Reading, who: Disabler, number: RowId) -> Response:
    """Ask why a person is to be disabled."""
    return _page(request, "disable", _other(session, who, number, "disable"))


@router.post("/disable", dependencies=CHANGES)
def disable(request: Request, session: Writing, who: Disabler, number: RowId, sent: Fields) -> Response:
    """Disable a person."""
    user, told = _other(session, who, number, "disable"), read(Disabling, sent)
    if told.form is None:
        return _page(request, "disable", user, 422, values=sent, faults=told.faults)
    access.disable(session, who.actor, user, told.form.reason)
    return RedirectResponse(f"/history/people/{number}", 303)


@router.get("/enable")
def ask_to_enable(request: Request, session: Reading, who: Disabler, number: RowId) -> Response:
    """Ask why a person is to be enabled again."""
    return _page(request, "enable", _other(session, who, number, "enable"))


@router.post("/enable", dependencies=CHANGES)
def enable(request: Request, session: Writing, who: Disabler, number: RowId, sent: Fields) -> Response:
    """Enable a person again."""
    user, told = _other(session, who, number, "enable"), read(Enabling, sent)
    if told.form is None:
        return _page(request, "enable", user, 422, values=sent, faults=told.faults)
    access.enable(session, who.actor, user, told.form.reason)
    return RedirectResponse(f"/history/people/{number}", 303)


def _other(session: Session, who: Principal, number: int, act: Act) -> User:
    """A person with whom this can be done; nobody does it to the account that they are using."""
    user = session.get(User, number)
    if user is None or user.erased_at is not None or not may(session, who, "person", "disable", user):
        raise HTTPException(404)
    if user.id == who.user_id:
        raise HTTPException(403)
    if act not in acts_on(who, user):  # somebody else was faster
        raise HTTPException(303, headers={"Location": f"/history/people/{number}"})
    return user


def _page(request: Request, act: Act, user: User, status: int = 200, **shown: object) -> Response:
    reasons = labels.options(f"{act}_reason", tuple(labels.LABELS[f"{act}_reason"]))
    return page(request, act, status, user=user, reasons=reasons, keep_days=settings().keep_disabled_days, **shown)
