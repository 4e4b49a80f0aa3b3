"""The pages of personal data: what is kept of oneself, and erasing a person."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask

from sstic.access import Allowed
from sstic.addresses import Reading, RowId, Writing
from sstic.pages import render
from sstic.permissions import Principal
from sstic.personal_data.actions import erase_person, export_person
from sstic.personal_data.form import is_confirmed
from sstic.personal_data.leftovers import clear
from sstic.personal_data.queries import everything_about
from sstic.scopes import may
from sstic.sent import sent_fields
from sstic.tables.accounts import User

router = APIRouter(include_in_schema=False)
Own = Annotated[Principal, Depends(Allowed("account", "keep"))]
Erasing = Annotated[Principal, Depends(Allowed("person", "erase"))]
Sent = Annotated[dict[str, str], Depends(sent_fields)]


@router.get("/account/data")
def own_data(request: Request, session: Reading, who: Own) -> HTMLResponse:
    """What is kept of the person who asks, in short."""
    found = everything_about(session, session.get_one(User, who.user_id))
    return render(request, "personal_data/own.html", counts={name: len(rows) for name, rows in found.items()})


@router.post("/account/data")
def take_own_data(session: Writing, who: Own, _sent: Sent) -> Response:
    """All of it as a file. It is sent for by a form, as giving data out is kept in the audit."""
    told = export_person(session, who.actor, session.get_one(User, who.user_id))
    headers = {"Content-Disposition": 'attachment; filename="my-data.json"', "Cache-Control": "no-store"}
    return Response(json.dumps(told, ensure_ascii=False, indent=2), media_type="application/json", headers=headers)


@router.get("/people/{number}/erase")
def ask_to_erase(request: Request, session: Reading, who: Erasing, number: RowId) -> HTMLResponse:
    """Ask whether a person is to be erased."""
    return render(request, "personal_data/erase.html", user=_other(session, who, number), typed="", wrong=False)


@router.post("/people/{number}/erase")
def erase(request: Request, session: Writing, who: Erasing, number: RowId, sent: Sent) -> Response:
    """Erase a person."""
    user = _other(session, who, number)
    if not is_confirmed(sent, user.email):
        return render(request, "personal_data/erase.html", 422, user=user, typed=sent.get("email", ""), wrong=True)
    email = user.email
    erase_person(session, who.actor, user)
    return RedirectResponse(f"/history/people/{number}", 303, background=BackgroundTask(clear, [email]))


def _other(session: Session, who: Principal, number: int) -> User:
    """A person who can be erased; nobody erases the account that they are using."""
    user = session.get(User, number)
    if user is None or user.erased_at is not None or not may(session, who, "person", "erase", user):
        raise HTTPException(404)
    if user.id == who.user_id:
        raise HTTPException(403)
    return user
