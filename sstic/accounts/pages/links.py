"""One-time links: asking for a new password, choosing it, and accepting an invitation."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic.access import allowed
from sstic.accounts import letters, passwords
from sstic.accounts.actions import attempts, links, posts
from sstic.accounts.actions.signing_in import account_of
from sstic.accounts.form import Joining, NewPassword, Reset, Sent, read
from sstic.accounts.pages import Fields, page, told_busy, wait
from sstic.addresses import Reading
from sstic.database import reading, transaction
from sstic.language import gettext
from sstic.proxies import address_of
from sstic.tables.accounts import OneTimeLink, User
from sstic.tables.organizations import Organization

router = APIRouter(dependencies=allowed("account", "open"), include_in_schema=False)
Secret = Annotated[str, Path(max_length=100, pattern=r"^[A-Za-z0-9_-]+$")]


@router.get("/reset")
def ask_reset(request: Request) -> Response:
    """Where to ask for a link."""
    return page(request, "reset")


@router.post("/reset")
def send_reset(request: Request, sent: Fields, later: BackgroundTasks) -> Response:
    """Send a link where there is such an account. That is found out after the answer, which so tells nothing."""
    told = read(Reset, sent)
    if told.form is None:
        return page(request, "reset", 422, values=sent, faults=told.faults)
    attempt = attempts.begin(reset_address=address_of(request))
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    later.add_task(_mail_reset, told.form.email)
    return RedirectResponse("/reset/sent", 303)


@router.get("/reset/sent")
def reset_sent(request: Request) -> Response:
    """What happens next."""
    return page(request, "reset_sent")


def _mail_reset(email: str) -> None:
    if attempts.begin(reset=email).again_at is not None:
        return
    with transaction() as session:
        user = account_of(session, email)
        if user is None:
            return
        address = links.make_link(session, "reset", email, "visitor", user.id)
    letters.post_reset(email, address)


@router.get("/reset/{secret}")
def choose_password(request: Request, session: Reading, secret: Secret) -> Response:
    """Where to choose a password. Only looking at a link does not use it up: mail scanners do."""
    if links.good_link(session, "reset", secret) is None:
        return page(request, "link_gone", 404)
    return page(request, "choose_password", secret=secret)


@router.post("/reset/{secret}")
def take_password(request: Request, sent: Fields, secret: Secret, later: BackgroundTasks) -> Response:
    """Keep the new password, once."""
    with reading() as session:
        link = links.good_link(session, "reset", secret)
        if link is None:
            return page(request, "link_gone", 404)
        email = link.email
    told = read(NewPassword, sent)
    _check_password(told, email)
    if told.form is None or told.faults:
        return page(request, "choose_password", 422, secret=secret, faults=told.faults)
    with told_busy():
        kept = passwords.hashed(told.form.password)
    with transaction() as session:
        link = links.good_link(session, "reset", secret, locks=True)
        user = links.reset_password(session, link, kept) if link else None
        if user is None:
            return page(request, "link_gone", 404)
    later.add_task(letters.post_change, email, gettext("Your password was changed."))
    return RedirectResponse("/sign-in?changed=1", 303)


@router.get("/invitation/{secret}")
def see_invitation(request: Request, session: Reading, secret: Secret) -> Response:
    """What somebody is invited to."""
    link = _open_invitation(session, secret)
    return _invitation(request, session, link, secret) if link else page(request, "link_gone", 404)


@router.post("/invitation/{secret}")
def accept_invitation(request: Request, sent: Fields, secret: Secret) -> Response:
    """Take up the post; whoever has no account or password yet gets one."""
    with reading() as session:
        link = _open_invitation(session, secret)
        if link is None:
            return page(request, "link_gone", 404)
        account, email = posts.invited_account(session, link), link.email
        told = _asked_of(account, sent)
        if told is not None:
            _check_password(told, email)
            if told.form is None or told.faults:
                return _invitation(request, session, link, secret, 422, told)
    with told_busy():
        kept = passwords.hashed(told.form.password) if told is not None and told.form is not None else None
    name = told.form.name if told is not None and isinstance(told.form, Joining) else ""
    with transaction() as session:
        link = _open_invitation(session, secret, locks=True)
        user = posts.accept_invitation(session, link, name, kept) if link else None
        if user is None:
            return page(request, "link_gone", 404)
    return RedirectResponse("/sign-in?joined=1", 303)


def _open_invitation(session: Session, secret: str, locks: bool = False) -> OneTimeLink | None:
    link = links.good_link(session, "invitation", secret, locks)
    return link if link is not None and posts.is_still_meant(session, link) else None


def _asked_of(account: User | None, sent: Fields) -> Sent[Joining] | Sent[NewPassword] | None:
    """What an invitation asks for: name and password, the password alone, or nothing."""
    if account is None:
        return read(Joining, sent)
    return read(NewPassword, sent) if account.password_hash is None else None


def _check_password(told: Sent[Joining] | Sent[NewPassword], email: str) -> None:
    fault = passwords.fault_of(told.form.password, email) if told.form else None
    if fault:
        told.faults["password"] = fault


def _invitation(
    request: Request,
    session: Session,
    link: OneTimeLink,
    secret: str,
    status: int = 200,
    told: Sent[Joining] | Sent[NewPassword] | None = None,
) -> Response:
    account = posts.invited_account(session, link)
    return page(
        request,
        "invitation",
        status,
        secret=secret,
        email=link.email,
        role=link.details.get("role"),
        organization=session.get(Organization, link.details.get("organization_id") or 0),
        asks_name=account is None,
        asks_password=account is None or account.password_hash is None,
        values=told.values if told else {},
        faults=told.faults if told else {},
    )
