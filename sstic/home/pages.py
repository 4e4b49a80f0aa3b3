"""The home page, and what a service says about itself: sources, accessibility, health."""

from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse

from sstic import lookups, migrating
from sstic.access import Allowed, Who, allowed
from sstic.addresses import Reading
from sstic.home import queries
from sstic.home.worklist import worklist
from sstic.match_runs.queries import counts_of, present_run
from sstic.pages import render
from sstic.permissions import Principal, reaches

router = APIRouter(dependencies=allowed("reference"), include_in_schema=False)
own = APIRouter(include_in_schema=False)
# What the page of a person leads to, besides their tasks.
PAGES = ("organization", "screening", "audit")


@router.get("/")
def home(request: Request, session: Reading, who: Who) -> HTMLResponse:
    """What the service is, and the figures of the present plan."""
    run = present_run(session, who)
    return render(
        request,
        "home/index.html",
        figures=queries.figures(session, who),
        areas=queries.by_area(session, who),
        run=run,
        counts=counts_of(session, who, run.id) if run else None,
    )


@own.get("/home")
def own_home(
    request: Request, session: Reading, who: Annotated[Principal, Depends(Allowed("worklist"))]
) -> HTMLResponse:
    """What waits for the person who is signed in."""
    answer = render(
        request,
        "home/own.html",
        duties=worklist(session, who),
        reads=[one for one in PAGES if reaches(who, one, "read")],
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@router.get("/sources")
def sources(request: Request, session: Reading) -> HTMLResponse:
    """Where the data come from."""
    return render(request, "home/sources.html", sources=lookups.sources(session).values())


@router.get("/accessibility")
def accessibility(request: Request) -> HTMLResponse:
    """The accessibility statement."""
    return render(request, "home/accessibility.html")


@router.get("/healthz")
def alive() -> JSONResponse:
    """Whether the process answers."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
def ready() -> JSONResponse:
    """Whether the database is there and at the schema of this version."""
    try:
        current = migrating.is_current()
    except sa.exc.SQLAlchemyError:
        return JSONResponse({"status": "no database"}, 503)
    return JSONResponse({"status": "ok"} if current else {"status": "migrations pending"}, 200 if current else 503)
