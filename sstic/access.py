"""Who may use a page or an endpoint. Every router names one of these; a test fails for a route that names none."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Request

from sstic.settings import settings


def anyone() -> None:
    """Public reading of published data: no account is asked for."""


PUBLIC = [Depends(anyone)]


def sent_from_our_page(request: Request) -> None:
    """A form that another site's page sends is refused: whoever opened that page did not mean to write here.

    Browsers name where a form comes from. What names nothing is no browser, and carries nobody's standing.
    """
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site", "same-origin")
    if site not in ("same-origin", "none") or (origin and urlsplit(origin).netloc != request.headers.get("host")):
        raise HTTPException(403)


def named_judge(_ours: Annotated[None, Depends(sent_from_our_page)]) -> str:
    """The name that judgements are written under; without one in the settings nobody may write any."""
    if not settings().judge:
        raise HTTPException(403)
    return settings().judge
