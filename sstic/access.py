"""Who may use a page or an endpoint. Every route names its line of the permission table; a test fails for one without.

Whoever may not even know of a thing gets 404 from the queries, which are filtered by ``sstic.scopes``; whoever may see
it but not do this gets 403; who has not signed in is asked to (401 under ``/api``).
"""

from typing import Annotated
from urllib.parse import quote, urlsplit

from fastapi import Depends, HTTPException, Request, params
from fastapi.dependencies.models import Dependant

from sstic import identity
from sstic.permissions import ANYONE, TABLE, Principal, reaches

SAFE_METHODS = ("GET", "HEAD")


def principal_of(request: Request) -> Principal:
    """Whoever sent the request, read from the database anew for each."""
    if not hasattr(request.state, "principal"):
        sent = request.headers.get("authorization", "")
        request.state.principal = identity.principal_of(sent, request.cookies.get(identity.COOKIE, ""))
        if sent.startswith(identity.BEARER) and request.state.principal is ANYONE:
            # A program whose token has ended must learn of it, and not be shown less in silence.
            raise HTTPException(401, headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})
    found: Principal = request.state.principal
    return found


Who = Annotated[Principal, Depends(principal_of)]
"""For handlers: whoever sent the request. The line of the table is named beside it, by the route or its router."""


def sent_from_our_page(request: Request) -> None:
    """A form that another site's page sends is refused: whoever opened that page did not mean to write here.

    Browsers name where a form comes from. What names nothing is no browser, and carries nobody's cookie.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.headers.get("host")):
        raise HTTPException(403)


class Allowed:
    """Dependency: only for those whom a line of the permission table lets in; it gives the principal."""

    def __init__(self, resource: str, action: str = "read") -> None:
        self.line = (resource, action)
        assert self.line in TABLE, f"the permission table has no line '{resource} {action}'"

    def __call__(self, request: Request, who: Who) -> Principal:
        """Let the request in, or raise 401, 403 or a way to sign in."""
        if request.method not in SAFE_METHODS:
            sent_from_our_page(request)
        if reaches(who, *self.line):
            return who
        if who.user_id is not None:
            raise HTTPException(403)
        if request.url.path.startswith("/api/"):
            raise HTTPException(401, headers={"WWW-Authenticate": "Bearer"})
        address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = f"?next={quote(address, safe='')}" if request.method in SAFE_METHODS else ""
        raise HTTPException(303, headers={"Location": f"/sign-in{back}"})


def allowed(resource: str, action: str = "read") -> list[params.Depends]:
    """The dependencies of a router or route that only this line lets in."""
    return [Depends(Allowed(resource, action))]


def lines_of(dependant: Dependant) -> set[tuple[str, str]]:
    """The lines of the permission table that a route names."""
    return {one.call.line for one in dependant.dependencies if isinstance(one.call, Allowed)}
