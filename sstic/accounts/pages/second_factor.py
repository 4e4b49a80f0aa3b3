"""Turning the second factor on and off."""

import io

import segno
from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from sstic.accounts import letters, queries
from sstic.accounts.actions import attempts, second_factor
from sstic.accounts.actions.signing_in import check_own_password
from sstic.accounts.form import Code, Confirmed, read
from sstic.accounts.pages import Fields, Keeper, in_browser, page, told_busy, wait
from sstic.addresses import Reading
from sstic.database import reading, transaction
from sstic.language import gettext
from sstic.permissions import Principal

router = APIRouter(prefix="/account/second-factor", dependencies=[Depends(in_browser)], include_in_schema=False)


@router.get("")
def second_factor_page(request: Request, session: Reading, who: Keeper) -> Response:
    """Whether it is on, and the way to turn it on or off."""
    user = queries.one_user(session, who)
    return page(request, "second_factor", user=user, left=second_factor.codes_left(session, user))


@router.post("/start")
def start(request: Request, who: Keeper, sent: Fields) -> Response:
    """Draw a seed for the app, after the password."""
    return _with_password(request, who, sent) or _start(who)


def _start(who: Principal) -> Response:
    with transaction() as session:
        user = queries.one_user(session, who)
        if not second_factor.is_on(user):
            second_factor.offer_seed(session, user)
    return RedirectResponse("/account/second-factor/confirm", 303)


@router.get("/confirm")
def ask_code(request: Request, session: Reading, who: Keeper) -> Response:
    """The QR code, and where to give the first code."""
    user = queries.one_user(session, who)
    if second_factor.is_on(user) or user.totp_seed is None:
        return RedirectResponse("/account/second-factor", 303)
    return page(request, "second_factor_confirm", seed=user.totp_seed)


@router.get("/code.svg")
def qr_code(session: Reading, who: Keeper) -> Response:
    """The seed as a picture for the app, as long as it is not confirmed."""
    user = queries.one_user(session, who)
    if second_factor.is_on(user) or user.totp_seed is None:
        raise HTTPException(404)
    drawn = io.BytesIO()
    segno.make(second_factor.address_of(user), error="m").save(drawn, kind="svg", scale=5, border=4, light="#fff")
    return Response(drawn.getvalue(), media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.post("/confirm")
def confirm(request: Request, who: Keeper, sent: Fields, later: BackgroundTasks) -> Response:
    """Turn it on where the code is right, and show the recovery codes, this once."""
    told = read(Code, sent)
    attempt = attempts.begin(code=who.user_id)
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    with transaction() as session:
        user = queries.one_user(session, who)
        codes = second_factor.turn_on(session, user, told.form.code) if told.form else []
        if codes:
            attempts.succeeded(session, attempt, code=who.user_id)
            later.add_task(letters.post_change, user.email, gettext("A second factor was turned on."))
        elif second_factor.is_on(user) or user.totp_seed is None:
            return RedirectResponse("/account/second-factor", 303)
        else:
            faults = told.faults or {"code": "code"}
            return page(request, "second_factor_confirm", 422, seed=user.totp_seed, faults=faults)
    return page(request, "recovery_codes", codes=codes)


@router.post("/recovery-codes")
def draw_codes(request: Request, who: Keeper, sent: Fields) -> Response:
    """Show new recovery codes in place of the old ones, after the password."""
    refused = _with_password(request, who, sent)
    if refused is not None:
        return refused
    with transaction() as session:
        user = queries.one_user(session, who)
        if not second_factor.is_on(user):
            return RedirectResponse("/account/second-factor", 303)
        codes = second_factor.renew_recovery_codes(session, user)
    return page(request, "recovery_codes", codes=codes)


@router.post("/off")
def turn_off(request: Request, who: Keeper, sent: Fields, later: BackgroundTasks) -> Response:
    """Turn it off, after the password."""
    refused = _with_password(request, who, sent)
    if refused is not None:
        return refused
    with transaction() as session:
        user = queries.one_user(session, who)
        if second_factor.is_on(user):
            second_factor.turn_off(session, user)
            later.add_task(letters.post_change, user.email, gettext("The second factor was turned off."))
    return RedirectResponse("/account?told=second_factor", 303)


def _with_password(request: Request, who: Principal, sent: Fields) -> Response | None:
    """The answer where the password that was sent along is not right, or nothing."""
    told = read(Confirmed, sent)
    with reading() as session:
        user = queries.one_user(session, who)
        shown = {"user": user, "left": second_factor.codes_left(session, user)}
        email = user.email
        if told.form is None:
            return page(request, "second_factor", 422, faults=told.faults, **shown)
    attempt = attempts.begin(account=email)
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    with told_busy():
        is_right = check_own_password(who.user_id or 0, told.form.current)
    if not is_right:
        return page(request, "second_factor", 422, faults={"current": "current"}, **shown)
    with transaction() as session:
        attempts.succeeded(session, attempt)
    return None
