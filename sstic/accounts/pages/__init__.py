"""The pages of the room, and what they share."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from math import ceil
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from sstic import clock
from sstic.access import Allowed, principal_of
from sstic.accounts import passwords
from sstic.identity import COOKIE
from sstic.pages import render
from sstic.permissions import Principal
from sstic.sent import sent_fields

Fields = Annotated[dict[str, str], Depends(sent_fields)]


Keeper = Annotated[Principal, Depends(Allowed("account", "keep"))]


def in_browser(who: Annotated[Principal, Depends(principal_of)]) -> None:
    """Refuse a token: it could make itself another, or let others in."""
    if who.user_id is not None and who.session_id is None:
        raise HTTPException(403)


def page(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """A page of this room, which nothing on the way may keep."""
    answer = render(request, f"accounts/{template}.html", status, **{"faults": {}, "values": {}, **shown})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def wait(request: Request, again_at: datetime) -> HTMLResponse:
    """Too many tries: when to try again."""
    answer = page(request, "wait", 429, again_at=again_at)
    answer.headers["Retry-After"] = str(max(1, ceil((again_at - clock.now()).total_seconds())))
    return answer


@contextmanager
def told_busy() -> Iterator[None]:
    """Answer that the service is busy where no password can be hashed for long."""
    try:
        yield
    except passwords.TooBusyError as error:
        raise HTTPException(503, headers={"Retry-After": "10"}) from error


def carry(answer: Response, secret: str) -> Response:
    """Let the browser keep the secret of its session until it is closed."""
    answer.set_cookie(COOKIE, secret, secure=True, httponly=True, samesite="lax", path="/")
    return answer


def drop_cookie(answer: Response) -> Response:
    """Let the browser forget its session and what it kept of the pages."""
    answer.delete_cookie(COOKIE, secure=True, httponly=True, samesite="lax", path="/")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
