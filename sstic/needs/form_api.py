"""Writing needs through the API, with the schemas of the form: begin a draft, read it, change some of its answers."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, HTTPException, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from sstic.access import Allowed
from sstic.addresses import Reading, Reference, Writing
from sstic.errors import INVALID, NOT_FOUND, PROBLEM_CONTENT, Fault, Problem, ProblemResponse
from sstic.needs import actions, form, words
from sstic.needs.actions import NotNowError, UnfitAnswersError
from sstic.needs.drafts import answers_of, draft
from sstic.needs.form import ALWAYS, Answers, NewNeed
from sstic.permissions import Principal
from sstic.tables.needs import Need

router = APIRouter(prefix="/api/v1", tags=["needs"], responses=INVALID)
Writer = Annotated[Principal, Depends(Allowed("need", "write"))]
PROBLEM: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
CHANGED: dict[int | str, dict[str, Any]] = {
    409: {"description": "The need is in a state in which it is not written.", **PROBLEM_CONTENT},
    412: {"description": "The need has changed since; read it again.", **PROBLEM_CONTENT},
    428: {"description": "The version that the change was made for is missing.", **PROBLEM_CONTENT},
}
IfMatch = Annotated[str | None, Header(description="The `ETag` that the need was read with.")]


class NewDraft(NewNeed, Answers):
    """A need to begin, with as many answers as are there."""


class Draft(BaseModel):
    """A need as its writers have it."""

    reference: str
    country: str = Field(description="ISO 3166-1 alpha-3.")
    status: str
    version: int = Field(description="Counts the changes; also in the `ETag`.")
    missing: list[str] = Field(description="What keeps it from being handed in, by field.")
    answers: Answers


@router.post("/needs", status_code=201, operation_id="begin_need", summary="Begin a need", response_model=Draft)
def begin_need(session: Writing, who: Writer, new: NewDraft, answer: Response) -> Any:
    """Begin a draft. It is seen by its country alone until it is handed in on the pages."""
    now = datetime.now(UTC)
    begin = {name: getattr(new, name) for name in NewNeed.model_fields}
    names = new.model_fields_set & Answers.model_fields.keys()
    unknown = actions.unknown_codes(session, new, names)
    if unknown:
        return _unfit(unknown)
    try:
        need = actions.start_need(session, who, NewNeed.model_construct(**begin), now)
    except UnfitAnswersError as error:
        return _unfit(error.faults)
    actions.save_answers(session, who, need, new, names, now)
    answer.headers["Location"] = f"/api/v1/needs/{need.reference}/draft"
    return _told(session, need, answer)


@router.get(
    "/needs/{reference}/draft", operation_id="read_draft", summary="Read a need to write it", responses=NOT_FOUND
)
def read_draft(session: Reading, who: Writer, reference: Reference, answer: Response) -> Draft:
    """A need with all its answers, as its writers have it."""
    return _told(session, _found(session, who, reference), answer)


@router.patch(
    "/needs/{reference}",
    operation_id="change_need",
    summary="Change a need",
    responses={**NOT_FOUND, **CHANGED},
    response_model=Draft,
)
def change_need(
    session: Writing, who: Writer, reference: Reference, answers: Answers, answer: Response, if_match: IfMatch = None
) -> Any:
    """Change the answers that are sent; the others stay. A change of what an endorsement rests on ends it."""
    need = _found(session, who, reference, lock=True)
    if if_match is None:
        raise HTTPException(428)
    if if_match.strip() != _etag(need):
        raise HTTPException(412)
    sent = answers.model_fields_set
    empty = [name for name in ALWAYS if name in sent and getattr(answers, name) is None]
    try:
        if empty:
            raise UnfitAnswersError([form.Fault(name, "missing") for name in empty])
        actions.save_answers(session, who, need, answers, sent, datetime.now(UTC))
    except UnfitAnswersError as error:
        return _unfit(error.faults)
    except NotNowError:
        raise HTTPException(409) from None
    return _told(session, need, answer)


def _found(session: Session, who: Principal, reference: str, lock: bool = False) -> Need:
    need = draft(session, who, "write", reference, lock)
    if need is None:
        raise HTTPException(404)
    return need


def _etag(need: Need) -> str:
    return f'"{need.version}"'


def _told(session: Session, need: Need, answer: Response) -> Draft:
    session.flush()
    answer.headers["ETag"] = _etag(need)
    answer.headers["Cache-Control"] = "private, no-cache"
    gaps = actions.what_is_missing(need, datetime.now(UTC).date())
    return Draft(
        reference=need.reference,
        country=need.country_iso3,
        status=need.status,
        version=need.version,
        missing=[one.field for one in gaps],
        answers=answers_of(need),
    )


def _unfit(found: list[form.Fault]) -> ProblemResponse:
    """Nothing was written, as an answer does not hold."""
    faults = [Fault(where=f"body.{one.field}", message=words.fault_text(one)) for one in found]
    body = Problem(title="Unprocessable Content", status=422, detail="Some answers do not hold.", faults=faults)
    return ProblemResponse(body.model_dump(), 422)
