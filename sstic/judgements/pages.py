"""The pages where practices are judged for needs, blind to any score."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from sstic.access import Allowed
from sstic.addresses import Reading, Reference, Writing
from sstic.asked import Paged
from sstic.countries.queries import facts_on, names_of, one_country
from sstic.judgements import queries
from sstic.judgements.actions import judge_practice, take_back_judgement
from sstic.judgements.form import Answer, Fault, read_answers
from sstic.listing import PER_PAGE, Page
from sstic.needs.queries import one_need
from sstic.pages import render
from sstic.permissions import ANYONE, Principal, reaches
from sstic.sent import sent_fields
from sstic.tables.good_practices import GoodPractice
from sstic.tables.judgements import GRADES
from sstic.tables.needs import Need

router = APIRouter(include_in_schema=False)
Reader = Annotated[Principal, Depends(Allowed("judgement"))]
GROUPS = ("ldc", "lldc", "sids")


class Saved(BaseModel):
    """What the page was told of the answers that were sent before it."""

    saved: int | None = Field(None, ge=0, le=1_000_000)


@router.get("/judgements")
def needs_to_judge(request: Request, session: Reading, who: Reader, asked: Annotated[Paged, Query()]) -> HTMLResponse:
    """The needs, and how many judgements each has."""
    rows, total = queries.list_needs(session, (asked.page - 1) * PER_PAGE, PER_PAGE)
    page = Page(rows, total, asked.page, {})
    if not page.exists:
        raise HTTPException(404)
    judge = _judge(who)
    found = queries.tallies(session, [need.id for need in rows], judge)
    return render(request, "judgements/list.html", page=page, judge=judge, tallies=found, none_yet=queries.Tally())


@router.get("/judgements/{reference}")
def practices_to_judge(
    request: Request, session: Reading, who: Reader, reference: Reference, told: Annotated[Saved, Query()]
) -> HTMLResponse:
    """One need, and the practices to judge for it with the answers so far."""
    need, practices = _asked(session, who, reference)
    held = queries.judgements_of(session, need, _judge(who))
    values = {f"grade-{practice}": str(one.grade) for practice, one in held.items()}
    values.update({f"reason-{practice}": one.reason or "" for practice, one in held.items()})
    return _page(request, session, need, practices, values, saved=told.saved)


@router.post("/judgements/{reference}")
def judge_practices(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("judgement", "judge"))],
    sent: Annotated[dict[str, str], Depends(sent_fields)],
) -> Response:
    """Keep the answers: all of them, or none when one is wrong."""
    need, practices = _asked(session, who, reference)
    by_reference = {practice.reference: practice for practice in practices}
    answers, faults = read_answers(sent, by_reference)
    if faults:
        return _page(request, session, need, practices, sent, faults=faults, status=422)
    changed = sum(_keep(session, who.actor, need, by_reference[key], answer) for key, answer in answers.items())
    return RedirectResponse(f"/judgements/{need.reference}?saved={changed}", 303)


def _keep(session: Session, judge: str, need: Need, practice: GoodPractice, answer: Answer) -> bool:
    if answer.grade is None:
        return take_back_judgement(session, judge, need, practice)
    return judge_practice(session, judge, need, practice, int(answer.grade), answer.reason)


def _judge(who: Principal) -> str:
    """The name that judgements are written under, or nothing for those who only read."""
    return who.actor if reaches(who, "judgement", "judge") else ""


def _asked(session: Session, who: Principal, reference: str) -> tuple[Need, list[GoodPractice]]:
    need = one_need(session, ANYONE, reference, with_answers=False)
    if need is None:
        raise HTTPException(404)
    return need, queries.practices_for(session, need, _judge(who))


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
        judge=_judge(request.state.principal),
        grades=GRADES,
        values=values,
        faults=faults,
        income=facts.get("income_group"),
        groups=names_of(facts, *GROUPS),
        **more,
    )
