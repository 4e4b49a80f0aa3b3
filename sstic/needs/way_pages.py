"""The pages on which a need goes its way: checked, handed in, returned, endorsed, opened, withdrawn, renewed."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from sstic import attachments
from sstic.access import Allowed
from sstic.addresses import Reading, Reference, RowId, Writing
from sstic.needs import actions, words
from sstic.needs.choices import words_of_codes
from sstic.needs.drafts import answers_of, draft, open_comments
from sstic.needs.form import STEPS, Fault, Part, Prose, Sent, Timing, fault_of, read_step, step_of
from sstic.needs.form_pages import told_of
from sstic.pages import render
from sstic.permissions import Principal, reaches
from sstic.scopes import may
from sstic.sent import SentFile, sent_fields, sent_with_file
from sstic.tables.needs import NEED_MOVES, NEED_STEPS, Need

router = APIRouter(include_in_schema=False)
Follower = Annotated[Principal, Depends(Allowed("need", "follow"))]
Fields = Annotated[dict[str, str], Depends(sent_fields)]
WithFile = Annotated[tuple[dict[str, str], SentFile | None], Depends(sent_with_file)]
# What may be done with a need, and the state that it leads to.
DEEDS = {
    "submit": "submitted",
    "return": "returned",
    "endorse": "endorsed",
    "open": "open",
    "withdraw": "withdrawn",
    "renew": "renewed",
}


class Reasoned(Part):
    """A reason, or a comment."""

    text: Prose


@router.get("/needs/{reference}/check")
def check_need(request: Request, session: Reading, who: Follower, reference: Reference) -> HTMLResponse:
    """All answers of a need, and what is missing."""
    return _check_page(request, session, who, _found(session, who, "follow", reference))


@router.get("/needs/{reference}/status")
def status_of_need(request: Request, session: Reading, who: Follower, reference: Reference) -> HTMLResponse:
    """Where a need stands, since when, and what comes next: the receipt."""
    need = _found(session, who, "follow", reference)
    told: dict[str, Any] = {"deeds": deeds(session, need, who), "comments": open_comments(need), "words": words}
    return render(request, "needs/status.html", need=need, **told)


@router.post("/needs/{reference}/submit")
def submit_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "submit"))],
    fields: Fields,
) -> Response:
    """Hand a complete need in."""
    need = _found(session, who, "submit", reference, lock=True)
    try:
        actions.submit_need(session, who, need, _seen(fields), datetime.now(UTC))
    except actions.UnfitAnswersError:
        return _check_page(request, session, who, need, 422)
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.get("/needs/{reference}/return")
def comments_on_need(
    request: Request,
    session: Reading,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "return"))],
) -> HTMLResponse:
    """A place for a comment beside each answer."""
    return _return_page(request, session, _found(session, who, "return", reference), {})


@router.post("/needs/{reference}/return")
def return_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "return"))],
    fields: Fields,
) -> Response:
    """Give a need back with comments."""
    need = _found(session, who, "return", reference, lock=True)
    comments, faults = {}, []
    for name in ("", *_commentable()):
        text, wrong = _reasoned(f"comment-{name}", fields)
        faults += wrong
        if text:
            comments[name] = text
    if not comments and not faults:
        faults = [Fault("comments", "missing")]
    if faults:
        return _return_page(request, session, need, fields, faults)
    try:
        actions.return_need(session, who, need, comments, _seen(fields), datetime.now(UTC))
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.get("/needs/{reference}/endorse")
def endorsement(
    request: Request,
    session: Reading,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "endorse"))],
) -> HTMLResponse:
    """The answers once more, and a place for the letter."""
    need = _found(session, who, "endorse", reference)
    return _endorse_page(request, session, need, same=not may(session, who, "need", "endorse", need))


@router.post("/needs/{reference}/endorse")
def endorse_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "endorse"))],
    sent: WithFile,
) -> Response:
    """Endorse a need with a letter, as another person than those who wrote it."""
    fields, file = sent
    need = _found(session, who, "endorse", reference, lock=True)
    if not may(session, who, "need", "endorse", need):
        return _endorse_page(request, session, need, same=True)
    faults = _faults_of_letter(file)
    if file is None or faults:
        return _endorse_page(request, session, need, faults)
    letter = attachments.keep(file.content), _file_name(file.name, need), len(file.content)
    try:
        actions.endorse_need(session, who, need, letter, _seen(fields), datetime.now(UTC))
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.post("/needs/{reference}/open")
def open_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "open"))],
    fields: Fields,
) -> Response:
    """Open an endorsed or renewed need."""
    need = _found(session, who, "open", reference, lock=True)
    try:
        actions.open_need(session, who, need, _seen(fields), datetime.now(UTC))
    except actions.UnfitAnswersError as error:
        return _check_page(request, session, who, need, 422, error.faults)
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.get("/needs/{reference}/withdraw")
def withdrawal(
    request: Request,
    session: Reading,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "withdraw"))],
) -> HTMLResponse:
    """Ask why a need is withdrawn."""
    return render(
        request, "needs/withdraw.html", need=_found(session, who, "withdraw", reference), typed="", **told_of(())
    )


@router.post("/needs/{reference}/withdraw")
def withdraw_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "withdraw"))],
    fields: Fields,
) -> Response:
    """Take a need back for good."""
    need = _found(session, who, "withdraw", reference, lock=True)
    reason, faults = _reasoned("reason", fields)
    if not reason:
        faults = faults or [Fault("reason", "missing")]
        typed = fields.get("reason", "")
        return render(request, "needs/withdraw.html", 422, need=need, typed=typed, **told_of(faults))
    try:
        actions.withdraw_need(session, who, need, reason, _seen(fields), datetime.now(UTC))
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.get("/needs/{reference}/renew")
def renewal(
    request: Request,
    session: Reading,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "renew"))],
) -> HTMLResponse:
    """Ask for a new last day."""
    need = _found(session, who, "renew", reference)
    return _renew_page(request, need, Sent())


@router.post("/needs/{reference}/renew")
def renew_need(
    request: Request,
    session: Writing,
    reference: Reference,
    who: Annotated[Principal, Depends(Allowed("need", "renew"))],
    fields: Fields,
) -> Response:
    """Give an expired need a new last day."""
    need = _found(session, who, "renew", reference, lock=True)
    sent = Sent({name: [value] for name, value in fields.items()})
    part, faults = read_step("timing", sent)
    until = part.expires_on if isinstance(part, Timing) else None
    try:
        if until is None:
            raise actions.UnfitAnswersError(faults or [Fault("expires_on", "missing")])
        actions.renew_need(session, who, need, until, _seen(fields), datetime.now(UTC))
    except actions.UnfitAnswersError as error:
        return _renew_page(request, need, sent, error.faults)
    except (actions.StaleError, actions.NotNowError):
        return _meanwhile(request, need)
    return _receipt(need)


@router.get("/needs/{reference}/letters/{number}")
def letter_of_need(session: Reading, who: Follower, reference: Reference, number: RowId) -> Response:
    """A letter of endorsement, to keep and not to show here."""
    need = _found(session, who, "follow", reference)
    letter = next((one for one in need.letters if one.id == number), None)
    file = attachments.path_of(letter.digest) if letter is not None else None
    if letter is None or file is None or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, filename=letter.file_name, media_type="application/pdf")


def deeds(session: Session, need: Need, who: Principal) -> list[str]:
    """What a person may do with a need in the state that it is in."""
    found = [name for name, status in DEEDS.items() if status in NEED_MOVES[need.status] and reaches(who, "need", name)]
    if need.status != "submitted":
        found = [name for name in found if name != "return"]
    if need.status in actions.WRITABLE and reaches(who, "need", "write"):
        found.append("write")
    return [name for name in found if name != "endorse" or may(session, who, "need", "endorse", need)]


def _found(session: Session, who: Principal, action: str, reference: str, lock: bool = False) -> Need:
    need = draft(session, who, action, reference, lock)
    if need is None:
        raise HTTPException(404)
    return need


def _seen(fields: dict[str, str]) -> int:
    """The version of the need that the person had before them."""
    value = fields.get("version", "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else -1


def _reasoned(name: str, fields: dict[str, str]) -> tuple[str | None, list[Fault]]:
    try:
        return Reasoned.model_validate({"text": fields.get(name, "")}).text, []
    except ValidationError as error:
        faults = [fault_of(Sent(), one) for one in error.errors()]
        return None, [Fault(name.removeprefix("comment-") or "comments", one.code, one.limit) for one in faults]


def _faults_of_letter(file: SentFile | None) -> list[Fault]:
    if file is None:
        return [Fault("letter", "no_file")]
    if file.is_too_large:
        return [Fault("letter", "large")]
    try:
        attachments.check_pdf(file.content)
    except attachments.UnfitFileError as error:
        return [Fault("letter", str(error))]
    return []


def _file_name(sent: str, need: Need) -> str:
    """The name to keep a letter under: letters and digits of what the browser gave, or the reference of the need."""
    stem = sent.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    plain = "".join(char if char.isalnum() or char in " -_" else "_" for char in stem).strip(" _")[:100]
    return f"{plain or need.reference}.pdf"


def _commentable() -> list[str]:
    return [name for part in STEPS.values() for name in part.model_fields if name != "budget_currency"]


def _answers(session: Session, need: Need) -> dict[str, Any]:
    """All answers by step, each with its field, its label and its lines."""
    answers = answers_of(need)
    named = words_of_codes(session, answers)
    shown = {
        step: [
            (name, words.field_label(name), words.answer_lines(name, answers, named))
            for name in STEPS[step].model_fields
            if name != "budget_currency"
        ]
        for step in NEED_STEPS
    }
    return {"shown": shown, "steps": NEED_STEPS, "words": words, "comments": open_comments(need)}


def _check_page(
    request: Request,
    session: Session,
    who: Principal,
    need: Need,
    status: int = 200,
    faults: Sequence[Fault] | None = None,
) -> HTMLResponse:
    found = actions.what_is_missing(need, datetime.now(UTC).date()) if faults is None else faults
    able = deeds(session, need, who)
    return render(
        request,
        "needs/check.html",
        status,
        need=need,
        deeds=able,
        gaps=[(words.fault_text(one), _place(need, one)) for one in found] if "submit" in able or faults else [],
        **_answers(session, need),
    )


def _place(need: Need, fault: Fault) -> str:
    """Where a fault is mended."""
    return f"/needs/{need.reference}/edit/{step_of(fault.field)}#{words.anchor(fault.field)}"


def _return_page(
    request: Request, session: Session, need: Need, typed: dict[str, str], faults: Sequence[Fault] = ()
) -> HTMLResponse:
    if need.status != "submitted":
        return _meanwhile(request, need)
    status = 422 if faults else 200
    told = told_of(faults)
    return render(request, "needs/return.html", status, need=need, typed=typed, **_answers(session, need), **told)


def _renew_page(request: Request, need: Need, sent: Sent, faults: Sequence[Fault] = ()) -> HTMLResponse:
    about = {"need": need, "sent": sent, "comments": {}, "words": words}
    return render(request, "needs/renew.html", 422 if faults else 200, **about, **told_of(faults))


def _endorse_page(
    request: Request, session: Session, need: Need, faults: Sequence[Fault] = (), *, same: bool = False
) -> HTMLResponse:
    if need.status != "submitted":
        return _meanwhile(request, need)
    status = 403 if same else 422 if faults else 200
    return render(
        request, "needs/endorse.html", status, need=need, same=same, **_answers(session, need), **told_of(faults)
    )


def _meanwhile(request: Request, need: Need) -> HTMLResponse:
    """Nothing was done, as the need changed meanwhile or is in another state."""
    return render(request, "needs/meanwhile.html", 409, need=need)


def _receipt(need: Need) -> RedirectResponse:
    return RedirectResponse(f"/needs/{need.reference}/status", 303)
