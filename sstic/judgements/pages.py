"""The pages where practices are judged for needs, blind to any score."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from sstic.access import PUBLIC, named_judge
from sstic.addresses import Reading, Reference, Writing
from sstic.asked import Paged
from sstic.countries.queries import facts_on, names_of, one_country
from sstic.judgements import queries
from sstic.judgements.actions import judge_practice, take_back_judgement
from sstic.judgements.form import Answer, Fault, read_answers
from sstic.listing import PER_PAGE, Page
from sstic.needs.queries import one_need
from sstic.pages import render
from sstic.sent import sent_fields
from sstic.settings import settings
from sstic.tables.good_practices import GoodPractice
from sstic.tables.judgements import GRADES
from sstic.tables.needs import Need

router = APIRouter(include_in_schema=False)
GROUPS = ("ldc", "lldc", "sids")


class Saved(BaseModel):
    """What the page was told of the answers that were sent before it."""

    saved: int | None = Field(None, ge=0, le=1_000_000)


@router.get("/judgements", dependencies=PUBLIC)
def needs_to_judge(request: Request, session: Reading, asked: Annotated[Paged, Query()]) -> HTMLResponse:
    """The needs, and how many judgements each has."""
    rows, total = queries.list_needs(session, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, {})
    if not page.exists:
        raise HTTPException(404)
    judge = settings().judge
    found = queries.tallies(session, [need.id for need in rows], judge)
    return render(request, "judgements/list.html", page=page, judge=judge, tallies=found, none_yet=queries.Tally())


@router.get("/judgements/{reference}", dependencies=PUBLIC)
def practices_to_judge(
    request: Request, session: Reading, reference: Reference, told: Annotated[Saved, Query()]
) -> HTMLResponse:
    """One need, and the practices to judge for it with the answers so far."""
    need, practices = _asked(session, reference)
    held = queries.judgements_of(session, need, settings().judge)
    values = {f"grade-{practice}": str(one.grade) for practice, one in held.items()}
    values.update({f"reason-{practice}": one.reason or "" for practice, one in held.items()})
    return _page(request, session, need, practices, values, saved=told.saved)


@router.post("/judgements/{reference}")
def judge_practices(
    request: Request,
    session: Writing,
    reference: Reference,
    judge: Annotated[str, Depends(named_judge)],
    sent: Annotated[dict[str, str], Depends(sent_fields)],
) -> Response:
    """Keep the answers: all of them, or none when one is wrong."""
    need, practices = _asked(session, reference)
    by_reference = {practice.reference: practice for practice in practices}
    answers, faults = read_answers(sent, by_reference)
    if faults:
        return _page(request, session, need, practices, sent, faults=faults, status=422)
    changed = sum(_keep(session, judge, need, by_reference[key], answer) for key, answer in answers.items())
    return RedirectResponse(f"/judgements/{need.reference}?saved={changed}", 303)


def _keep(session: Session, judge: str, need: Need, practice: GoodPractice, answer: Answer) -> bool:
    if answer.grade is None:
        return take_back_judgement(session, judge, need, practice)
    return judge_practice(session, judge, need, practice, int(answer.grade), answer.reason)


def _asked(session: Session, reference: str) -> tuple[Need, list[GoodPractice]]:
    need = one_need(session, reference)
    if need is None:
        raise HTTPException(404)
    return need, queries.practices_for(session, need, settings().judge)


def _page(
    request: Request,
    session: Session,
    need: Need,
    practices: Sequence[GoodPractice],
    values: Mapping[str, str],
    faults: Sequence[Fault] = (),
    status: int = 200,
    **more: Any,
) -> HTMLResponse:
    country = one_country(session, need.country_iso3)
    facts = facts_on(country, datetime.now(UTC).date()) if country else {}
    return render(
        request,
        "judgements/one.html",
        status,
        need=need,
        practices=practices,
        titles={practice.reference: practice.title for practice in practices},
        judge=settings().judge,
        grades=GRADES,
        values=values,
        faults=faults,
        income=facts.get("income_group"),
        groups=names_of(facts, *GROUPS),
        **more,
    )
