"""The people of an organization: posts, invitations, and posts lent for an absence."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Depends, HTTPException, Path, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from sstic import clock, labels
from sstic.access import Allowed
from sstic.accounts import letters, queries
from sstic.accounts.actions import attempts, posts
from sstic.accounts.form import Invitation, Lending, read
from sstic.accounts.pages import Fields, in_browser, page, wait
from sstic.accounts.roles import roles_to_give
from sstic.addresses import Reading, RowId, Writing
from sstic.permissions import Principal, reaches
from sstic.tables.organizations import Organization

router = APIRouter(prefix="/organizations/{reference}", include_in_schema=False)
CHANGES = [Depends(in_browser)]
Named = Annotated[str, Path(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Reader = Annotated[Principal, Depends(Allowed("person"))]
Inviter = Annotated[Principal, Depends(Allowed("person", "invite"))]
Ender = Annotated[Principal, Depends(Allowed("person", "end_post"))]
Lender = Annotated[Principal, Depends(Allowed("delegation", "lend"))]


@router.get("/people")
def people(request: Request, session: Reading, who: Reader, reference: Named) -> Response:
    """Who holds which post, and since when."""
    return _page(request, session, who, _seen(session, who, reference))


@router.post("/invitations", dependencies=CHANGES)
def invite(
    request: Request, session: Writing, who: Inviter, reference: Named, sent: Fields, later: BackgroundTasks
) -> Response:
    """Invite somebody to a post. Whether they have an account is not looked at."""
    attempt = attempts.begin(invitation=who.user_id)  # before the session of this request takes the write lock
    if attempt.again_at is not None:
        return wait(request, attempt.again_at)
    organization, told = _seen(session, who, reference), read(Invitation, sent)
    roles = roles_to_give(who, organization)
    if not roles:
        raise HTTPException(403)
    if told.form is not None and told.form.role not in roles:
        told.faults["role"] = "choice"
    if told.form is not None and told.form.until_on is not None and told.form.until_on < clock.today():
        told.faults["until_on"] = "past"
    if told.form is None or told.faults:
        return _page(request, session, who, organization, 422, values=sent, faults=told.faults)
    form = told.form
    address = posts.invite(session, who, organization, form.email, form.role, bool(form.is_lead), form.until_on)
    role = labels.label("post_role", form.role)
    later.add_task(letters.post_invitation, form.email, address, organization.name, role)
    return _back(organization, "invited")


@router.post("/invitations/{number}/withdraw", dependencies=CHANGES)
def withdraw(session: Writing, who: Inviter, reference: Named, number: RowId, _sent: Fields) -> Response:
    """Let an invitation be good no more."""
    organization = _seen(session, who, reference)
    link = next((one for one in queries.invitations_to(session, organization) if one.id == number), None)
    if link is None:
        raise HTTPException(404)
    if link.details["role"] not in roles_to_give(who, organization):
        raise HTTPException(403)
    posts.withdraw_invitation(session, who, link)
    return _back(organization, "withdrawn")


@router.post("/posts/{number}/end", dependencies=CHANGES)
def end_post(session: Writing, who: Ender, reference: Named, number: RowId, _sent: Fields) -> Response:
    """End a post, and with it what it allows."""
    organization = _seen(session, who, reference)
    post = queries.post_at(session, organization, number)
    if post is None:
        raise HTTPException(404)
    if post.role not in roles_to_give(who, organization, "end_post"):
        raise HTTPException(403)
    posts.end_post(session, who.actor, post)
    return _back(organization, "ended")


@router.post("/delegations", dependencies=CHANGES)
def lend_post(request: Request, session: Writing, who: Lender, reference: Named, sent: Fields) -> Response:
    """Lend one's own post to a colleague."""
    organization, told = _seen(session, who, reference), read(Lending, sent)
    form = told.form
    if form is None:
        return _page(request, session, who, organization, 422, values=sent, faults=told.faults)
    post = queries.own_post_at(session, who, organization, form.post)
    deputies = {one.id: one for one in queries.colleagues_at(session, who, organization)}
    if post is None:
        told.faults["post"] = "choice"
    if form.deputy not in deputies:
        told.faults["deputy"] = "choice"
    if form.lent_until < form.from_on:
        told.faults["lent_until"] = "order"
    elif form.lent_until < clock.today():
        told.faults["lent_until"] = "past"
    if post is None or told.faults:
        return _page(request, session, who, organization, 422, values=sent, faults=told.faults)
    posts.lend_post(session, who, post, deputies[form.deputy], form.from_on, form.lent_until)
    return _back(organization, "lent")


@router.post("/delegations/{number}/end", dependencies=CHANGES)
def end_delegation(session: Writing, who: Lender, reference: Named, number: RowId, _sent: Fields) -> Response:
    """Take a post back before its time."""
    organization, delegation = _seen(session, who, reference), queries.own_delegation(session, who, number)
    if delegation is None or delegation.post.organization_id != organization.id:
        raise HTTPException(404)
    posts.end_delegation(session, who, delegation)
    return _back(organization, "taken_back")


def _seen(session: Session, who: Principal, reference: str) -> Organization:
    organization = queries.organization_of_people(session, who, reference)
    if organization is None:
        raise HTTPException(404)
    return organization


def _back(organization: Organization, told: str) -> Response:
    return RedirectResponse(f"/organizations/{organization.reference}/people?told={told}", 303)


def _page(
    request: Request,
    session: Session,
    who: Principal,
    organization: Organization,
    status: int = 200,
    **shown: object,
) -> Response:
    today = clock.today()
    held, gives = queries.posts_at(session, organization, today), roles_to_give(who, organization)
    return page(
        request,
        "people",
        status,
        organization=organization,
        posts=held,
        past=queries.past_posts_at(session, organization, today),
        own=[one for one in held if one.user_id == who.user_id and one.from_on <= today],
        colleagues=queries.colleagues_at(session, who, organization),
        delegations=queries.delegations_at(session, organization, today),
        invitations=queries.invitations_to(session, organization) if gives else [],
        gives=gives,
        ends=roles_to_give(who, organization, "end_post"),
        looks_up=any(one.cell.relation == "all" for one in reaches(who, "person", "history")),
        today=today,
        told=request.query_params.get("told", ""),
        **shown,
    )
