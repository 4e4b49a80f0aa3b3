"""Signing in at an OpenID Connect provider, where one is set."""

import hmac
import logging
import secrets
from urllib.parse import quote, unquote

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from sstic.access import allowed
from sstic.accounts import openid
from sstic.accounts.actions import attempts
from sstic.accounts.actions.signing_in import link_person, refuse
from sstic.accounts.form import local_path
from sstic.accounts.pages import wait
from sstic.accounts.pages.sign_in import let_in
from sstic.database import transaction
from sstic.proxies import address_of
from sstic.settings import settings

router = APIRouter(prefix="/sign-in/openid", dependencies=allowed("account", "open"), include_in_schema=False)
log = logging.getLogger(__name__)
COOKIE = "__Host-sstic-openid"
MINUTES = 10


@router.get("")
def go_there(request: Request, next: str = "") -> Response:
    """Send the browser to the provider. It changes nothing here, so that a link does: forms may not lead elsewhere.

    A link of another site does not, or that site could sign people in without their meaning to.
    """
    if not settings().openid_issuer:
        raise HTTPException(404)
    if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
        raise HTTPException(403)
    secret = secrets.token_urlsafe(32)
    try:
        address = openid.way_there(settings(), secret)
    except (openid.OpenIDError, ImportError):  # the extra `openid` may not be installed
        log.exception("the OpenID Connect provider cannot be used")
        return RedirectResponse("/sign-in?openid=1", 303)
    answer = RedirectResponse(address, 303)
    kept = f"{secret}.{quote(local_path(next), safe='')}"
    answer.set_cookie(COOKIE, kept, max_age=MINUTES * 60, secure=True, httponly=True, samesite="lax", path="/")
    return answer


@router.get("/answer")
def come_back(request: Request, code: str = "", state: str = "") -> Response:
    """Sign in the person whom the provider vouches for, where there is an account of that address."""
    if not settings().openid_issuer:
        raise HTTPException(404)
    attempt = attempts.begin(address=address_of(request))
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    secret, _, onward = request.cookies.get(COOKIE, "").partition(".")
    answer = _signed_in(request, secret, code, state, local_path(unquote(onward)), attempt)
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    return answer


def _signed_in(
    request: Request, secret: str, code: str, state: str, onward: str, attempt: attempts.Attempt
) -> Response:
    person, failed = None, RedirectResponse("/sign-in?openid=1", 303)
    if secret and hmac.compare_digest(state.encode(), openid.part_of(secret, "state").encode()):
        try:
            person = openid.who_came_back(settings(), secret, code)
        except openid.OpenIDError as error:
            log.warning("an answer of the OpenID Connect provider was refused: %s", error)
    with transaction() as session:
        user = link_person(session, person.email, person.subject) if person else None
        if user is None:
            refuse(session, None, "openid")
            return failed
        attempts.succeeded(session, attempt)
        return let_in(session, request, user, onward)
