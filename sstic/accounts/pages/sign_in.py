"""Signing in, by password and second factor, and signing out."""

from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic.access import allowed
from sstic.accounts.actions import attempts, second_factor
from sstic.accounts.actions.sessions import begin_session, end_session, pending_user
from sstic.accounts.actions.signing_in import check_password, keep_fresh_hash, refuse
from sstic.accounts.form import Code, SignIn, local_path, read
from sstic.accounts.pages import Fields, Keeper, carry, drop_cookie, in_browser, page, told_busy, wait
from sstic.addresses import Writing
from sstic.database import reading, transaction
from sstic.identity import COOKIE
from sstic.proxies import address_of
from sstic.settings import settings
from sstic.tables.accounts import User

router = APIRouter(dependencies=allowed("account", "open"), include_in_schema=False)
leaving = APIRouter(dependencies=[Depends(in_browser)], include_in_schema=False)
HOME = "/home"
# What the page was told of the step before it.
TOLD = ("out", "changed", "joined", "openid")


@router.get("/sign-in")
def sign_in(request: Request, next: str = "") -> Response:
    """Where to sign in; whoever has is led on."""
    if request.state.principal.user_id is not None:
        return RedirectResponse(local_path(next) or HOME, 303)
    return _form(request, local_path(next))


@router.post("/sign-in")
def check_sign_in(request: Request, sent: Fields) -> Response:
    """Begin a session where the password is right. Every wrong answer looks the same, and takes as long."""
    onward, told = local_path(sent.get("next")), read(SignIn, sent)
    if told.form is None:
        return _form(request, onward, 422, values=sent, faults=told.faults)
    email = told.form.email
    attempt = attempts.begin(account=email, address=address_of(request))
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    with told_busy():
        checked = check_password(email, told.form.password)
    with transaction() as session:
        if not checked.is_right or checked.user_id is None:
            refuse(session, checked.user_id, "password")
            return _form(request, onward, 422, values={"email": email}, faults={"password": "sign_in"})
        user = session.get_one(User, checked.user_id)
        attempts.succeeded(session, attempt, account=email)
        keep_fresh_hash(session, user, checked)
        return let_in(session, request, user, onward)


def let_in(session: Session, request: Request, user: User, onward: str) -> Response:
    """Begin the session of a person who has shown the first factor; the second is asked for where it is on."""
    browser, before = request.headers.get("user-agent", ""), request.cookies.get(COOKIE, "")
    owes = second_factor.is_on(user)
    secret = begin_session(session, user, browser, before, owes)
    target = _with("/sign-in/code", onward) if owes else onward or HOME
    return carry(RedirectResponse(target, 303), secret)


@router.get("/sign-in/code")
def ask_code(request: Request, next: str = "") -> Response:
    """Where to give the second factor."""
    with reading() as session:
        if pending_user(session, request.cookies.get(COOKIE, "")) is None:
            return RedirectResponse(_with("/sign-in", local_path(next)), 303)
    return page(request, "code", onward=local_path(next))


@router.post("/sign-in/code")
def check_code(request: Request, sent: Fields) -> Response:
    """Go on with a new session where the code is right."""
    onward, told, before = local_path(sent.get("next")), read(Code, sent), request.cookies.get(COOKIE, "")
    with reading() as session:
        waiting = pending_user(session, before)
        if waiting is None:
            return RedirectResponse(_with("/sign-in", onward), 303)
        number = waiting.id
    if told.form is None:
        return page(request, "code", 422, onward=onward, faults=told.faults)
    attempt = attempts.begin(code=number)
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    with transaction() as session:
        user = session.get_one(User, number)
        if not second_factor.take(session, user, told.form.code):
            refuse(session, number, "second_factor")
            return page(request, "code", 422, onward=onward, faults={"code": "code"})
        attempts.succeeded(session, attempt, code=number)
        secret = begin_session(session, user, request.headers.get("user-agent", ""), before)
    return carry(RedirectResponse(onward or HOME, 303), secret)


@leaving.post("/sign-out")
def sign_out(request: Request, session: Writing, who: Keeper, _sent: Fields) -> Response:
    """End the session, here and in the browser."""
    end_session(session, request.cookies.get(COOKIE, ""), who.actor)
    return drop_cookie(RedirectResponse("/sign-in?out=1", 303))


def _form(request: Request, onward: str, status: int = 200, **shown: object) -> Response:
    told = next((one for one in TOLD if one in request.query_params), "")
    has_openid = bool(settings().openid_issuer)
    return page(request, "sign_in", status, onward=onward, told=told, has_openid=has_openid, **shown)


def _with(path: str, onward: str) -> str:
    """A page that is told where to go on to."""
    return f"{path}?{urlencode({'next': onward})}" if onward else path
