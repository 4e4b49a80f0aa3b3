"""My account: what a person keeps of themselves."""

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import clock
from sstic.access import allowed
from sstic.accounts import letters, passwords, queries
from sstic.accounts.actions import attempts, links, own, sessions
from sstic.accounts.actions.signing_in import check_own_password
from sstic.accounts.form import NewToken, PasswordChange, Renaming, read
from sstic.accounts.pages import Fields, Keeper, carry, drop_cookie, in_browser, page, told_busy, wait
from sstic.addresses import Reading, RowId, Writing
from sstic.database import reading, transaction
from sstic.language import gettext
from sstic.permissions import Principal
from sstic.tables.accounts import TOKEN_SCOPES

router = APIRouter(prefix="/account", dependencies=[Depends(in_browser)], include_in_schema=False)


@router.get("")
def my_account(request: Request, session: Reading, who: Keeper) -> Response:
    """Name, posts, browsers, tokens, and ways to sign in."""
    return _page(request, session, who)


@router.post("/name")
def rename(request: Request, session: Writing, who: Keeper, sent: Fields) -> Response:
    """Keep another name."""
    told = read(Renaming, sent)
    if told.form is None:
        return _page(request, session, who, 422, values=sent, faults=told.faults)
    own.rename(session, queries.one_user(session, who), told.form.name)
    return _back("name")


@router.get("/password", dependencies=allowed("account", "keep"))
def ask_password(request: Request) -> Response:
    """Where to change the password."""
    return page(request, "password")


@router.post("/password")
def change_password(request: Request, who: Keeper, sent: Fields, later: BackgroundTasks) -> Response:
    """Keep another password. Other browsers are signed out, and this one goes on with a new session."""
    told = read(PasswordChange, sent)
    with reading() as session:
        email = queries.one_user(session, who).email
    fault = passwords.fault_of(told.form.password, email) if told.form else None
    if fault:
        told.faults["password"] = fault
    if told.form is None or told.faults:
        return page(request, "password", 422, faults=told.faults)
    attempt = attempts.begin(account=email)
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    with told_busy():
        is_right = check_own_password(who.user_id or 0, told.form.current)
        kept = passwords.hashed(told.form.password) if is_right else ""
    if not is_right:
        return page(request, "password", 422, faults={"current": "current"})
    with transaction() as session:
        user = queries.one_user(session, who)
        attempts.succeeded(session, attempt)
        links.set_password(session, user, kept, "change_password")
        sessions.end_sessions(session, who.actor, user.id)
        secret = sessions.begin_session(session, user, request.headers.get("user-agent", ""), "")
    later.add_task(letters.post_change, email, gettext("Your password was changed."))
    return carry(_back("password"), secret)


@router.post("/sessions/{number}/end")
def end_session(session: Writing, who: Keeper, number: RowId, _sent: Fields) -> Response:
    """Sign a browser of one's own out."""
    if not sessions.end_own_session(session, who.actor, who.user_id or 0, number):
        raise HTTPException(404)
    if number == who.session_id:
        return drop_cookie(RedirectResponse("/sign-in?out=1", 303))
    return _back("session")


@router.post("/sessions/end-others")
def end_other_sessions(session: Writing, who: Keeper, _sent: Fields) -> Response:
    """Sign all other browsers out."""
    sessions.end_sessions(session, who.actor, who.user_id or 0, but=who.session_id)
    return _back("session")


@router.post("/tokens")
def make_token(request: Request, session: Writing, who: Keeper, sent: Fields) -> Response:
    """Make a token and show it, this once."""
    told = read(NewToken, sent)
    if told.form is None:
        return _page(request, session, who, 422, values=sent, faults=told.faults)
    row, secret = own.make_token(session, who, told.form.token_name, told.form.scope, told.form.days)
    return page(request, "token", secret=secret, token=row)


@router.post("/tokens/{number}/revoke")
def revoke_token(session: Writing, who: Keeper, number: RowId, _sent: Fields) -> Response:
    """Let a token be good no more."""
    if not sessions.revoke_tokens(session, who.actor, who.user_id or 0, number):
        raise HTTPException(404)
    return _back("token")


def _back(told: str) -> RedirectResponse:
    return RedirectResponse(f"/account?told={told}", 303)


def _page(request: Request, session: Session, who: Principal, status: int = 200, **shown: object) -> Response:
    user, today = queries.one_user(session, who), clock.today()
    posts = queries.own_posts(session, user.id)
    return page(
        request,
        "own",
        status,
        user=user,
        posts=posts,
        held={one.id for one in posts if own.is_held(one, today)},
        lent=queries.lent_posts(session, user.id),
        places=queries.organizations_with_people(session, who),
        sessions=queries.live_sessions(session, user.id),
        tokens=queries.live_tokens(session, user.id),
        scopes=TOKEN_SCOPES,
        told=request.query_params.get("told", ""),
        **shown,
    )
