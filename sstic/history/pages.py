"""The pages of the audit: the history of one object, the list of all events, and the list as CSV."""

from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, StreamingResponse

from sstic.access import allowed, principal_of
from sstic.accounts.queries import acts_on
from sstic.addresses import Reading, RowId
from sstic.asked import Paged, asked_of
from sstic.csv_text import csv_text
from sstic.database import reading
from sstic.history import queries
from sstic.history.subjects import SUBJECTS, Subject
from sstic.labels import LABELS
from sstic.listing import PER_PAGE, Page
from sstic.pages import render
from sstic.permissions import Principal
from sstic.tables.accounts import User

router = APIRouter(include_in_schema=False)
COLUMNS = ("number", "happened_at", "who", "action", "table", "subject", "changed", "digest")


class Asked(queries.EventFilter, Paged):
    """What the list takes from the address."""


def _history_of(subject: Subject) -> Callable[..., HTMLResponse]:
    def history(
        request: Request,
        session: Reading,
        who: Annotated[Principal, Depends(principal_of)],
        number: RowId,
        asked: Annotated[Paged, Query()],
    ) -> HTMLResponse:
        """Who did what to one object."""
        if not queries.may_look_up(session, who, subject, number):
            raise HTTPException(404)
        rows, total = queries.events_of(session, who, subject, number, (asked.page - 1) * PER_PAGE, PER_PAGE)
        page: Page[Any] = Page(rows, total, asked.page, {})
        if not page.exists:
            raise HTTPException(404)
        user = session.get(User, number) if subject.table is User else None
        acts = acts_on(who, user) if user else []
        return render(request, "history/one.html", page=page, subject=subject, number=number, acts=acts)

    return history


for one in SUBJECTS:
    router.add_api_route(
        f"/history/{one.word}/{{number}}",
        _history_of(one),
        methods=["GET"],
        dependencies=allowed(one.resource, "history"),
        name=f"history of {one.word}",
    )


@router.get("/audit", dependencies=allowed("audit"))
def audit(request: Request, session: Reading, asked: Annotated[Asked, Query()]) -> HTMLResponse:
    """Every event, without what was in the fields: that is shown by the history of each object, to fewer."""
    rows, total = queries.list_events(session, asked, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page: Page[Any] = Page(rows, total, asked.page, asked_of(asked, "page"))
    if not page.exists:
        raise HTTPException(404)
    return render(
        request,
        "history/list.html",
        page=page,
        asked=asked,
        actions=tuple(LABELS["audit_action"]),
        tables=tuple(LABELS["audit_table"]),
    )


@router.get("/audit.csv", dependencies=allowed("audit"))
def audit_as_csv(asked: Annotated[queries.EventFilter, Query()]) -> StreamingResponse:
    """The same list as a file; people by their pseudonyms."""
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return StreamingResponse(_lines(asked), media_type="text/csv; charset=utf-8", headers=headers)


def _lines(asked: queries.EventFilter) -> Iterator[str]:
    with reading() as session:
        yield from csv_text(COLUMNS, (_cells(event) for event in queries.all_events(session, asked)))


def _cells(event: Any) -> tuple[Any, ...]:
    return (
        event.number,
        event.happened_at.isoformat(),
        event.actor,
        event.action,
        event.subject_table,
        event.subject_id,
        " ".join(sorted(event.details)),
        event.digest,
    )
