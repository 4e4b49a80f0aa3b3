"""The way of a need to open: complete, handed in, returned and mended, endorsed by another person, open, expired."""

import email
import re
import zlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from need_walks import ANSWERS, LETTER, People, Person, days_ahead, flat, people
from page_reading import read
from records import form_token
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from sstic.attachments import UnfitFileError, check_pdf
from sstic.cli import app
from sstic.database import reading, transaction
from sstic.match_runs.snapshot import build_problem, current_needs
from sstic.needs.actions import MATERIAL
from sstic.needs.form import Answers
from sstic.settings import settings
from sstic.tables.audit import AuditEvent
from sstic.tables.needs import NEED_MOVES, Need, NeedMove


@pytest.fixture
def all_of(session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> People:
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    return people(session)


def at(reference: str) -> tuple[str, int]:
    """State and version of a need."""
    with reading() as session:
        found = session.execute(sa.select(Need.status, Need.version).where(Need.reference == reference)).one()
        return found.status, found.version


def moved(person: Person, reference: str, verb: str, **data: str) -> int:
    return person.move(reference, verb, at(reference)[1], **data).status_code


def endorsed(person: Person, reference: str) -> int:
    return person.endorse(reference, at(reference)[1]).status_code


def handed_in(all_of: People) -> str:
    reference = all_of.writer.begin()
    all_of.writer.fill(reference)
    assert moved(all_of.writer, reference, "submit") == 303
    return reference


def opened(all_of: People) -> str:
    reference = handed_in(all_of)
    assert endorsed(all_of.approver, reference) == 303
    assert moved(all_of.approver, reference, "open") == 303
    return reference


def mailed() -> list[tuple[str, str]]:
    """Recipient and subject of every letter so far."""
    files = sorted((settings().data_dir / "mailbox").glob("*.eml"))
    letters = [email.message_from_bytes(file.read_bytes()) for file in files]
    return [(str(one["To"]), str(one["Subject"])) for one in letters]


def test_the_whole_way_leaves_a_receipt_audit_rows_and_mail(session: Session, all_of: People) -> None:
    emails = {
        one.user_id: one.user.email
        for one in (all_of.writer, all_of.approver, all_of.second_approver, all_of.coordinator)
    }
    session.rollback()
    writer, approver, second, coordinator = emails.values()
    reference = opened(all_of)
    assert at(reference)[0] == "open"
    page = all_of.writer.get(f"/needs/{reference}/status")
    rows = [[cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")]
    states = [row.one("th").text for row in page.one("tbody").all("tr")]
    assert states == ["Draft", "Waits for endorsement", "Endorsed", "Open"]
    assert [row[1] for row in rows] == ["Person 0", "Person 0", "Person 2", "Person 2"]
    assert all(re.match(r"\d{1,2} \w+ \d{4}, \d\d:\d\d UTC", row[0]) for row in rows)
    with reading() as looked:
        moves = looked.scalars(
            sa.select(AuditEvent).where(AuditEvent.action.startswith("need_")).order_by(AuditEvent.id)
        )
        assert [one.action for one in moves] == ["need_submitted", "need_endorsed", "need_open"]
    expected = {(approver, "submitted"), (second, "submitted"), (writer, "endorsed"), (second, "endorsed")}
    expected |= {(coordinator, "endorsed"), (writer, "open")}
    words = {"waits for endorsement": "submitted", "was endorsed": "endorsed", "is open": "open"}
    told = {(to, words[subject.removeprefix(f"{reference} ")]) for to, subject in mailed()}
    assert told == expected
    # Anybody reads the open need now, but nobody its contacts.
    public = all_of.neighbour.get(f"/needs/{reference}")
    assert "Cold storage for fish" in public.text
    assert "ama@example.org" not in public.text
    assert "Catch that spoils: 33.5 (2025) → 10 (2030) percent" in flat(public)
    assert "In kind: Land at two harbours" in flat(public)
    all_of.neighbour.get(f"/needs/{reference}/check", 404)


def test_only_a_complete_need_is_handed_in_and_each_gap_leads_to_its_field(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    writer.save(reference, "what")
    writer.save(reference, "targets", {**ANSWERS["targets"], "indicators-0-baseline": ""})
    answer = writer.move(reference, "submit", at(reference)[1])
    assert answer.status_code == 422
    links = {
        one.text: one.attributes["href"] for one in read(answer.text).with_class("govuk-error-summary")[0].all("a")
    }
    assert links["Baseline, row 1 is missing. Fill it in."] == f"/needs/{reference}/edit/targets#indicators-0-baseline"
    assert links["The need stands until is missing. Fill it in."] == f"/needs/{reference}/edit/timing#expires_on-day"
    for link in links.values():
        path, _, name = link.partition("#")
        assert [one for one in writer.get(path).walk() if one.attributes.get("id") == name], link
    assert at(reference)[0] == "draft"
    writer.fill(reference)
    writer.save(reference, "timing", {**ANSWERS["timing"], **days_ahead(-1)})
    answer = writer.move(reference, "submit", at(reference)[1])
    assert "The need stands until is over. Choose a day after today." in read(answer.text).text
    writer.save(reference, "timing", {**ANSWERS["timing"], **days_ahead(5 * 365)})
    assert "too far ahead" in read(writer.move(reference, "submit", at(reference)[1]).text).text


def test_a_returned_need_is_mended_where_the_comments_stand_and_handed_in_again(all_of: People) -> None:
    reference, approver = handed_in(all_of), all_of.approver
    assert moved(approver, reference, "return") == 422
    long = {"comment-evidence": "x" * 8001, "comment-title": "Name the fish."}
    answer = approver.move(reference, "return", at(reference)[1], **long)
    assert answer.status_code == 422
    assert read(answer.text).one("textarea", id="title").text == "Name the fish."
    comments = {"comment-evidence": "Which survey?\r\nOf whom?", "comment-": "Nearly there."}
    assert moved(approver, reference, "return", **comments) == 303
    page = flat(all_of.writer.get(f"/needs/{reference}/status"))
    assert "Evidence: Which survey?" in page
    assert "The need as a whole: Nearly there." in page
    steps = [one.text for one in all_of.colleague.get(f"/needs/{reference}/edit").with_class("govuk-task-list__item")]
    assert ["Has comments." in one for one in steps] == [False, True, *[False] * 6]
    assert "Which survey?" in flat(all_of.colleague.get(f"/needs/{reference}/edit/why"))
    assert (
        all_of.colleague.save(reference, "why", {**ANSWERS["why"], "evidence": "Fisheries survey."}).status_code == 303
    )
    assert moved(all_of.colleague, reference, "submit") == 303
    assert "Which survey?" not in flat(all_of.writer.get(f"/needs/{reference}/status"))
    assert at(reference)[0] == "submitted"


def test_a_coordinator_may_return_what_was_handed_in(all_of: People) -> None:
    reference = handed_in(all_of)
    assert moved(all_of.coordinator, reference, "return", **{"comment-": "The cost is missing a year."}) == 303
    assert at(reference)[0] == "returned"


def test_nobody_endorses_what_they_wrote_saved_or_handed_in(session: Session, all_of: People) -> None:
    from records import added

    from sstic.tables.accounts import Post

    for person in (all_of.writer, all_of.colleague):  # they become approvers too
        post = {"user_id": person.user_id, "organization_id": person.organization_id, "role": "approver"}
        added(session, Post(**post, is_lead=False, from_on=date(2020, 1, 1)))
    session.commit()
    reference = all_of.writer.begin()
    all_of.writer.fill(reference)
    all_of.colleague.save(reference, "why")
    all_of.writer.save(reference, "why")  # the step now names the writer alone; the hand of the other stays
    assert moved(all_of.writer, reference, "submit") == 303
    for person in (all_of.writer, all_of.colleague):
        assert "another person must endorse it" in flat(person.get(f"/needs/{reference}/endorse", 403))
        assert endorsed(person, reference) == 403
        assert "Read and endorse" not in flat(person.get(f"/needs/{reference}/status"))
    assert at(reference)[0] == "submitted"
    assert endorsed(all_of.approver, reference) == 303


def test_who_may_not_do_a_thing_is_refused(all_of: People) -> None:
    reference = handed_in(all_of)
    neighbour, coordinator, writer, approver = all_of.neighbour, all_of.coordinator, all_of.writer, all_of.approver
    for verb in ("submit", "withdraw", "renew"):
        assert moved(neighbour, reference, verb, reason="x") == 404
    for verb in ("return", "open"):
        assert moved(neighbour, reference, verb, reason="x") == 403
    assert endorsed(neighbour, reference) == 403
    assert endorsed(coordinator, reference) == 403
    assert endorsed(writer, reference) == 403
    assert moved(approver, reference, "submit") == 403
    assert moved(writer, reference, "open") == 403
    assert at(reference)[0] == "submitted"


@pytest.mark.parametrize("verb", ["submit", "return", "endorse", "open", "withdraw", "renew"])
def test_only_the_moves_of_the_dict_are_made(all_of: People, verb: str) -> None:
    reference = opened(all_of)
    assert moved(all_of.writer, reference, "withdraw", reason="Funded otherwise.") == 303
    state = at(reference)
    assert NEED_MOVES[state[0]] == ()
    person = all_of.writer if verb in ("submit", "withdraw", "renew") else all_of.second_approver
    day = days_ahead(100)
    status = (
        endorsed(person, reference)
        if verb == "endorse"
        else moved(person, reference, verb, reason="x", **day, **{"comment-": "x"})
    )
    assert status == 409
    assert at(reference) == state


def test_what_was_changed_since_it_was_read_is_not_endorsed(all_of: People) -> None:
    reference = handed_in(all_of)
    seen = at(reference)[1]
    assert moved(all_of.approver, reference, "return", **{"comment-": "Once more."}) == 303
    all_of.writer.save(reference, "why", {**ANSWERS["why"], "evidence": "None."})
    assert moved(all_of.writer, reference, "submit") == 303
    answer = all_of.approver.endorse(reference, seen)
    assert answer.status_code == 409
    assert "The need has changed meanwhile" in answer.text
    assert at(reference)[0] == "submitted"


def test_answers_stay_as_they_are_while_the_need_waits(all_of: People) -> None:
    reference = handed_in(all_of)
    state = at(reference)
    assert all_of.writer.save(reference, "why").status_code == 409
    assert at(reference) == state


def test_withdrawing_asks_for_a_reason(all_of: People) -> None:
    reference = handed_in(all_of)
    all_of.writer.get(f"/needs/{reference}/withdraw")
    assert moved(all_of.writer, reference, "withdraw", reason="  ") == 422
    assert moved(all_of.writer, reference, "withdraw", reason="Funded otherwise.") == 303
    assert "Funded otherwise." in flat(all_of.writer.get(f"/needs/{reference}/status"))
    assert at(reference)[0] == "withdrawn"


# after the endorsement --------------------------------------------------------------------------------------------


def test_every_material_answer_is_one_of_the_form() -> None:
    assert set(Answers.model_fields) >= MATERIAL


def test_a_material_change_ends_the_endorsement_and_another_does_not(all_of: People) -> None:
    reference = opened(all_of)
    assert "ends the endorsement" in flat(all_of.writer.get(f"/needs/{reference}/edit/money"))
    assert (
        all_of.writer.save(reference, "contacts", {**ANSWERS["contacts"], "contacts-0-phone": "1"}).status_code == 303
    )
    assert at(reference)[0] == "open"
    answer = all_of.writer.save(reference, "money", {**ANSWERS["money"], "budget_amount": "2,000,000"})
    assert answer.headers["location"].endswith("saved=money&back=1")
    assert "asks for a new endorsement" in flat(all_of.writer.get(answer.headers["location"]))
    assert at(reference)[0] == "returned"
    with reading() as session:
        assert session.scalar(sa.select(Need.endorsed_at)) is None
        assert current_needs(session) == {}
    assert moved(all_of.writer, reference, "submit") == 303
    assert endorsed(all_of.approver, reference) == 303
    assert moved(all_of.approver, reference, "open") == 303


def test_saving_without_a_change_keeps_the_endorsement(all_of: People) -> None:
    reference = opened(all_of)
    for step in ANSWERS:
        assert all_of.colleague.save(reference, step).status_code == 303
    assert at(reference)[0] == "open"


def expired_today(reference: str, day: date) -> None:
    with transaction() as session:
        session.execute(sa.update(Need).where(Need.reference == reference).values(expires_on=day))


def test_an_expired_need_never_enters_a_run(all_of: People) -> None:
    reference = opened(all_of)
    today = datetime.now(UTC).date()
    with reading() as session:
        assert [one.key for one in build_problem(session, today).needs] == [reference]
        assert [one.key for one in build_problem(session, today).needs if one.endorsed] == [reference]
    expired_today(reference, today - timedelta(1))
    with reading() as session:  # though nobody has let it expire yet
        assert build_problem(session, today).needs == ()
        assert current_needs(session) == {}
    result = CliRunner().invoke(app, ["expire"])
    assert f"Expired: {reference}." in result.output
    assert at(reference)[0] == "expired"
    assert "No open need" in CliRunner().invoke(app, ["expire"]).output
    page = flat(all_of.writer.get(f"/needs/{reference}/status"))
    assert "The calendar" in page
    with reading() as session:
        assert build_problem(session, today).needs == ()
        assert session.scalars(sa.select(AuditEvent.actor).where(AuditEvent.action == "need_expired")).all() == [
            "calendar"
        ]


def test_a_need_stands_on_its_last_day(all_of: People) -> None:
    reference, today = opened(all_of), datetime.now(UTC).date()
    expired_today(reference, today)
    CliRunner().invoke(app, ["expire"])
    assert at(reference)[0] == "open"
    with reading() as session:
        assert len(build_problem(session, today).needs) == 1


def test_an_expired_need_is_renewed_and_opened_again(all_of: People) -> None:
    reference = opened(all_of)
    expired_today(reference, date(2026, 1, 1))
    CliRunner().invoke(app, ["expire"])
    all_of.writer.get(f"/needs/{reference}/renew")
    assert moved(all_of.writer, reference, "renew") == 422
    assert moved(all_of.writer, reference, "renew", **days_ahead(-3)) == 422
    assert moved(all_of.writer, reference, "renew", **days_ahead(200)) == 303
    assert at(reference)[0] == "renewed"
    assert moved(all_of.approver, reference, "open") == 303
    with reading() as session:
        assert len(build_problem(session, datetime.now(UTC).date()).needs) == 1
        statuses = session.scalars(sa.select(NeedMove.status).order_by(NeedMove.id)).all()
    assert statuses[-3:] == ["expired", "renewed", "open"]


# the letter -------------------------------------------------------------------------------------------------------


def placed(content: bytes) -> bytes:
    """A letter whose last line says where its table of objects lies."""
    place = content.index(b"\nxref\n") + 1
    return re.sub(rb"startxref\n\d+", b"startxref\n%d" % place, content)


def with_object(text: bytes) -> bytes:
    return placed(LETTER.replace(b"/Type /Catalog", b"/Type /Catalog " + text))


def hidden(text: bytes) -> bytes:
    """A letter with something in a compressed object stream."""
    head = b"9 0 obj\n<< /Type /ObjStm /N 1 /First 4 /DecodeParms << /Predictor 1 >> /Filter /FlateDecode >>\nstream\n"
    stream = head + zlib.compress(text) + b"\nendstream\nendobj\n"
    return placed(LETTER.replace(b"xref\n0 3", stream + b"xref\n0 3"))


UNFIT = {
    "kind": (b"", b"GIF89a", b"<html>%PDF-1.4", b"%PDF-x" + LETTER[8:], b"PK\x03\x04" + LETTER),
    "broken": (
        LETTER[:-7],
        LETTER[:60],
        LETTER.replace(b"110", b"9999"),
        LETTER.replace(b"/Root", b"/Rout"),
        hidden(b"x" * 30_000_000),
    ),
    "locked": (LETTER.replace(b"/Size 3", b"/Size 3 /Encrypt 9 0 R"),),
    "active": (
        with_object(b"/AA << /O << /S /JavaScript /JS (app.alert\\(1\\)) >> >>"),
        with_object(b"/X << /S /J#61vaScript >>"),
        with_object(b"/Names << /EmbeddedFiles 4 0 R >>"),
        with_object(b"/X << /S /Launch /F (cmd.exe) >>"),
        with_object(b"/AcroForm << /XFA 5 0 R >>"),
        hidden(b"1 0 << /S /JavaScript /JS (x) >>"),
    ),
}


@pytest.mark.parametrize(("code", "content"), [(code, one) for code, listed in UNFIT.items() for one in listed])
def test_what_is_no_plain_pdf_is_refused(code: str, content: bytes) -> None:
    with pytest.raises(UnfitFileError, match=code):
        check_pdf(content)


def test_a_plain_pdf_passes() -> None:
    check_pdf(LETTER)
    check_pdf(LETTER.replace(b"%PDF-1.4", b"%PDF-2.0") + b"\r\n\r\n")
    check_pdf(hidden(b"1 0 << /Type /Page >>"))


def test_a_letter_lies_outside_the_web_root_and_goes_to_those_who_may_read_it(all_of: People) -> None:
    reference = handed_in(all_of)
    for letter, message in ((b"GIF89a", "is not a PDF file"), (LETTER + b" " * 5 * 2**20, "larger than 5 megabytes")):
        answer = all_of.approver.endorse(reference, at(reference)[1], letter)
        assert answer.status_code == 422
        assert message in answer.text
    without = all_of.approver.client.post(
        f"/needs/{reference}/endorse",
        data={"version": str(at(reference)[1]), "form_token": form_token(all_of.approver.client)},
    )
    assert without.status_code == 400
    assert not (settings().data_dir / "attachments").exists()
    assert all_of.approver.endorse(reference, at(reference)[1], name='..\\..\\a"b\r\nX: y.exe').status_code == 303
    kept = [one for one in (settings().data_dir / "attachments").rglob("*") if one.is_file()]
    assert [one.read_bytes() for one in kept] == [LETTER]
    assert kept[0].stat().st_mode & 0o077 == 0
    link = all_of.writer.get(f"/needs/{reference}/status").one("a", href="/letters/").attributes["href"]
    for person in (all_of.writer, all_of.second_approver, all_of.coordinator):
        answer = person.client.get(link)
        assert answer.content == LETTER
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store"
        assert "\n" not in answer.headers["content-disposition"]
    assert all_of.neighbour.client.get(link).status_code == 404
    stranger = Person(all_of.writer.user, 0, 0).client
    assert stranger.get(link).status_code == 303
    assert stranger.get(f"/static/{kept[0].name}").status_code == 404


def test_a_form_with_a_file_needs_its_token_and_has_bounds(all_of: People) -> None:
    reference = handed_in(all_of)
    path, client = f"/needs/{reference}/endorse", all_of.approver.client
    files = {"letter": ("a.pdf", LETTER, "application/pdf")}
    assert client.post(path, data={"version": "9"}, files=files).status_code == 403
    large = {"letter": ("a.pdf", b"%PDF-1.4" + b"x" * 12 * 2**20, "application/pdf")}
    assert client.post(path, data={"form_token": form_token(client)}, files=large).status_code == 413
    headers = {"content-type": "multipart/form-data; boundary=x"}
    assert client.post(path, content=b"--x\r\nnonsense", headers=headers).status_code in (400, 403)
    assert at(reference)[0] == "submitted"


def test_mail_is_not_sent_when_nothing_was_done(all_of: People, monkeypatch: pytest.MonkeyPatch) -> None:
    reference = all_of.writer.begin()
    all_of.writer.fill(reference)

    def broken(*_args: object) -> Callable[[], None]:
        raise RuntimeError

    monkeypatch.setattr("sstic.needs.way_pages._receipt", broken)
    assert moved(all_of.writer, reference, "submit") == 500
    assert at(reference)[0] == "draft"
    assert mailed() == []
