"""Writing a need: three answers begin it, each step is saved as it is, nothing typed is ever lost, several write."""

import re

import pytest
import sqlalchemy as sa
from need_walks import ANSWERS, NEXT_YEAR, People, Person, flat, people
from page_reading import Element, read
from records import a_token, a_user, added
from sqlalchemy.orm import Session

from sstic import typed
from sstic.database import reading
from sstic.language import _current
from sstic.tables.accounts import Post
from sstic.tables.audit import AuditEvent
from sstic.tables.needs import Need


@pytest.fixture
def all_of(session: Session) -> People:
    return people(session)


def stored(reference: str) -> Need:
    with reading() as session:
        need = session.scalars(sa.select(Need).where(Need.reference == reference)).one()
        for part in (need.contributions, need.indicators, need.contacts, need.themes, need.edits):
            list(part)
        session.expunge_all()
        return need


def shown(tree: Element, name: str) -> str:
    """What a field of a form holds."""
    (found,) = [one for one in tree.walk() if one.attributes.get("id") == name]
    if found.tag == "textarea":
        return "".join(child for child in found.children if isinstance(child, str)).removeprefix("\n")
    if found.tag == "select":
        return next((one.attributes["value"] for one in found.all("option") if "selected" in one.attributes), "")
    return found.attributes.get("value", "")


def complaints(tree: Element) -> dict[str, str]:
    """What the summary of a page says is wrong, by the id that it leads to; each leads somewhere."""
    links = tree.with_class("govuk-error-summary")[0].all("a")
    found = {one.attributes["href"].removeprefix("#"): one.text for one in links}
    for name in found:
        assert [one for one in tree.walk() if one.attributes.get("id") == name], name
    return found


def test_three_answers_begin_a_draft_that_only_the_country_sees(all_of: People) -> None:
    reference = all_of.writer.begin()
    assert re.fullmatch(r"N-GHA-\d+", reference)
    for path in ("edit", "edit/what", "status", "check"):
        all_of.neighbour.get(f"/needs/{reference}/{path}", 404)
        all_of.coordinator.get(f"/needs/{reference}/{path}", 404 if path in ("status", "check") else 403)
    all_of.colleague.get(f"/needs/{reference}/edit/what")
    all_of.approver.get(f"/needs/{reference}/status")
    all_of.approver.get(f"/needs/{reference}/edit", 403)
    for person, seen in ((all_of.colleague, True), (all_of.neighbour, False), (all_of.coordinator, False)):
        assert (reference in flat(person.get("/needs/drafts"))) is seen


def test_the_first_three_answers_are_asked_for_with_what_was_typed(all_of: People) -> None:
    writer = all_of.writer
    answer = writer.post("/needs", {"organization_id": str(writer.organization_id), "title": " ", "action_area": "x"})
    assert answer.status_code == 422
    found = complaints(read(answer.text))
    assert found["title"] == "Title is missing. Fill it in."
    assert found["action_area"].startswith("Action area: this is not among the choices. Choose")
    foreign = {"organization_id": str(all_of.neighbour.organization_id), "title": "Fish", "action_area": "skills"}
    answer = writer.post("/needs", foreign)
    assert answer.status_code == 422
    assert shown(read(answer.text), "title") == "Fish"
    with reading() as session:
        assert session.scalars(sa.select(Need)).all() == []


def test_who_holds_posts_of_two_countries_chooses_between_them(session: Session, all_of: People) -> None:
    twice = Post(user_id=all_of.writer.user_id, organization_id=all_of.neighbour.organization_id, role="focal_point")
    twice.is_lead, twice.from_on = False, all_of.writer.user.posts[0].from_on
    added(session, twice)
    session.commit()
    tree = all_of.writer.get("/needs/new")
    assert len(tree.all("input", type="radio", name="organization_id")) == 2
    sent = {"organization_id": str(all_of.neighbour.organization_id), "title": "Cocoa", "action_area": "skills"}
    assert "/needs/N-CIV-" in all_of.writer.post("/needs", sent).headers["location"]


def test_an_incomplete_step_is_saved_and_what_is_missing_is_told(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    answer = writer.save(reference, "why", {"why": "The catch spoils.", "evidence": "", "evidence_url": ""})
    assert answer.headers["location"] == f"/needs/{reference}/edit/who?saved=why"
    assert "is saved. Still missing there: Evidence." in flat(writer.get(answer.headers["location"]))
    assert stored(reference).why == "The catch spoils."
    listed = [one.text for one in writer.get(f"/needs/{reference}/edit").with_class("govuk-task-list__item")]
    assert [one.rsplit(" ", 1)[-1] for one in listed[:2]] == ["Incomplete", "Incomplete"]
    assert "Last saved by Person 0" in listed[1]
    assert listed[2].endswith("Not started")
    writer.save(reference, "why")
    listed = [one.text for one in writer.get(f"/needs/{reference}/edit").with_class("govuk-task-list__item")]
    assert listed[1].endswith("Complete")


WRONG = (
    ("what", "title", "x" * 301, "Title is too long. Shorten it to 300 characters."),
    ("what", "statement", "y\n" * 4001, "What the country asks for is too long. Shorten it to 8,000 characters."),
    ("what", "title", " ", "Title is missing. Fill it in."),
    ("why", "evidence_url", "ftp://example.org", "Web address of a study or plan is not a web address."),
    (
        "who",
        "people_reached",
        "a lot",
        "Number of people reached is not a number as it is written here. Write it as in",
    ),
    ("who", "people_reached", "1.5", "Number of people reached has a fraction. Write a whole number."),
    ("who", "women_percent", "101", "Share of women among them, in percent is too large. Write 100 or less."),
    ("targets", "indicators-0-target", "ten", "Target, row 1 is not a number as it is written here."),
    ("targets", "indicators-0-target_year", "1066", "Year of the target, row 1 is too small. Write 1990 or more."),
    ("money", "budget_amount", "12,50", "Total cost is not a number as it is written here."),
    ("money", "budget_amount", "-1", "Total cost is too small. Write 0 or more."),
    ("money", "budget_amount", "1.255", "Total cost has more than 2 digits after the decimal sign."),
    ("money", "budget_currency", "ZZZ", "Currency of the total cost: this is not among the choices."),
    ("money", "contributions-1-kind", "gold", "Cash or in kind, row 2: this is not among the choices."),
    ("timing", "starts_on-month", "13", "Wanted start is not a day of the calendar."),
    ("timing", "ends_on-year", "1989", "Wanted end is too early. Choose 1 January 1990 or a later day."),
    (
        "contacts",
        "contacts-0-email",
        "ama at example",
        "E-mail address, row 1 is not an e-mail address. Write it as in",
    ),
    ("contacts", "contacts-0-name", "a\x0bb", "Name, row 1 holds signs that cannot be kept."),
)


@pytest.mark.parametrize(("step", "name", "value", "message"), WRONG)
def test_a_wrong_answer_comes_back_to_the_letter_and_nothing_is_saved(
    all_of: People, step: str, name: str, value: str, message: str
) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    typed_in = {
        **ANSWERS[step],
        **({"ends_on-day": "1", "ends_on-month": "1"} if name.startswith("ends_on") else {}),
        name: value,
    }
    answer = writer.save(reference, step, typed_in)
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.one("title").text.startswith("Error:")
    (found,) = complaints(tree).values()
    assert found.startswith(message)
    for field, typed_value in typed_in.items():
        if isinstance(typed_value, list):
            boxes = [one for one in tree.all("input", name=field) if "checked" in one.attributes]
            options = [one for held in tree.all("select", name=field) for one in held.all("option")]
            chosen = [*boxes, *(one for one in options if "selected" in one.attributes)]
            assert {one.attributes["value"] for one in chosen} == set(filter(None, typed_value))
        elif field != "action_area" and value not in ("gold", "a\x0bb"):
            assert shown(tree, field).split() == typed_value.split(), field
    assert [one.step for one in stored(reference).edits] == ["what"]


def test_an_amount_needs_its_currency_and_a_currency_alone_says_nothing(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    answer = writer.save(reference, "money", {**ANSWERS["money"], "budget_currency": ""})
    assert complaints(read(answer.text)) == {
        "budget_currency": "Currency of the total cost is missing beside the amount. Choose one."
    }
    assert writer.save(reference, "money", {"budget_amount": "", "budget_currency": "USD"}).status_code == 303
    assert (stored(reference).budget_amount, stored(reference).budget_currency) == (None, None)


def test_cash_and_in_kind_stand_apart(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    writer.save(reference, "money")
    rows = [(one.kind, one.description, one.amount, one.currency) for one in stored(reference).contributions]
    assert rows == [("cash", "Ministry of Fisheries", 200_000, "USD"), ("in_kind", "Land at two harbours", None, None)]
    page = flat(writer.get(f"/needs/{reference}/check"))
    assert "Cash: Ministry of Fisheries (USD 200,000) In kind: Land at two harbours" in page


def test_rows_are_added_without_losing_what_is_typed_and_taken_out_by_emptying_them(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    typed_in = {**ANSWERS["targets"], "indicators-0-target": "not a number yet"}
    answer = writer.look(reference, "targets", typed_in, "add-indicators")
    tree = read(answer.text)
    assert answer.status_code == 200
    assert shown(tree, "indicators-0-target") == "not a number yet"
    assert shown(tree, "indicators-1-name") == ""
    assert stored(reference).indicators == []
    second = {"indicators-1-name": "Jobs", "indicators-1-baseline": "0", "indicators-1-target": "40"}
    writer.save(reference, "targets", {**ANSWERS["targets"], **second})
    assert [one.name for one in stored(reference).indicators] == ["Catch that spoils", "Jobs"]
    writer.save(reference, "targets", {**dict.fromkeys(ANSWERS["targets"], ""), **second})
    assert [one.name for one in stored(reference).indicators] == ["Jobs"]


NUMBERS = {
    "en": ("1,250,000.00", "1,250,000", "33.5"),
    "fr": ("1 250 000,00", "1\u202f250\u202f000", "33,5"),
    "es": ("1.250.000,00", "1.250.000", "33,5"),
    "ar": ("١٬٢٥٠٬٠٠٠٫٠٠", "1,250,000", "٣٣٫٥"),
    "ru": ("1\u00a0250\u00a0000,00", "1\u00a0250\u00a0000", "33,5"),
    "zh": ("1,250,000.00", "1,250,000", "33.5"),
}


@pytest.mark.parametrize("language", NUMBERS)
def test_numbers_and_dates_are_read_and_shown_in_the_language_of_the_page(all_of: People, language: str) -> None:
    amount, as_shown, measure = NUMBERS[language]
    writer, reference = all_of.writer, all_of.writer.begin()
    writer.client.headers["accept-language"] = language
    assert (
        writer.save(
            reference, "money", {**ANSWERS["money"], "budget_amount": amount, "contributions-0-amount": "200"}
        ).status_code
        == 303
    )
    assert stored(reference).budget_amount == 1_250_000
    assert shown(writer.get(f"/needs/{reference}/edit/money"), "budget_amount") == as_shown
    writer.save(reference, "targets", {**ANSWERS["targets"], "indicators-0-baseline": measure})
    assert stored(reference).indicators[0].baseline == 33.5
    day = {"ar": "٣١", "fr": "31"}.get(language, "31")
    writer.save(reference, "timing", {"starts_on-day": day, "starts_on-month": "3", "starts_on-year": str(NEXT_YEAR)})
    assert str(stored(reference).starts_on) == f"{NEXT_YEAR}-03-31"
    months = {
        "en": "31 March",
        "fr": "31 mars",
        "es": "31 de marzo",
        "ar": "31 مارس",
        "ru": "31 марта",
        "zh": "3月31日",
    }
    assert months[language] in flat(writer.get(f"/needs/{reference}/check"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "1.2.3"),
        ("en", "12,50,000"),
        ("fr", "1.5"),
        ("es", "1,250.00"),
        ("ru", "1,250.00"),
        ("en", "1e5"),
        ("en", ""),
    ],
)
def test_a_number_that_could_mean_two_things_is_refused(language: str, text: str) -> None:
    token = _current.set(language)
    try:
        with pytest.raises(typed.NotANumberError):
            typed.number_of(text)
    finally:
        _current.reset(token)


def test_a_colleague_of_another_ministry_goes_on_where_the_first_left(all_of: People) -> None:
    writer, colleague = all_of.writer, all_of.colleague
    reference = writer.begin()
    answer = writer.save(reference, "what", do="leave")
    assert answer.headers["location"] == f"/needs/{reference}/edit?saved=what"
    assert shown(colleague.get(f"/needs/{reference}/edit/what"), "title") == "Cold storage for fish"
    assert colleague.save(reference, "why").status_code == 303
    page = flat(writer.get(f"/needs/{reference}/edit"))
    assert "Last saved by Person 0" in page
    assert "Last saved by Person 1" in page


def test_two_editors_of_one_step_are_told_and_nothing_is_overwritten(all_of: People) -> None:
    writer, colleague = all_of.writer, all_of.colleague
    reference = writer.begin()
    opened = writer.get(f"/needs/{reference}/edit/what").one("input", name="version").attributes["value"]
    theirs = {**ANSWERS["what"], "title": "Cold rooms", "statement": "Theirs."}
    assert colleague.save(reference, "what", theirs).status_code == 303
    mine = {**ANSWERS["what"], "title": "Ice plants", "statement": "Mine,\r\nlong."}
    answer = writer.post(f"/needs/{reference}/edit/what", {**mine, "version": opened, "do": "go"})
    assert answer.status_code == 409
    tree = read(answer.text)
    assert stored(reference).title == "Cold rooms"
    assert "Person 1" in tree.with_class("govuk-error-summary")[0].text
    rows = {row.one("th").text: [cell.text for cell in row.all("td")] for row in tree.one("tbody").all("tr")}
    assert rows["Title"] == ["Cold rooms", "Ice plants"]
    assert rows["What the country asks for"] == ["Theirs.", "Mine, long."]
    assert shown(tree, "title") == "Ice plants"
    assert "Mine," in shown(tree, "statement")
    now = tree.one("input", name="version").attributes["value"]
    assert writer.post(f"/needs/{reference}/edit/what", {**mine, "version": now, "do": "go"}).status_code == 303
    assert stored(reference).title == "Ice plants"


def test_editors_of_different_steps_do_not_stand_in_each_others_way(all_of: People) -> None:
    writer, colleague = all_of.writer, all_of.colleague
    reference = writer.begin()
    opened = writer.get(f"/needs/{reference}/edit/why").one("input", name="version").attributes["value"]
    assert colleague.save(reference, "what").status_code == 303
    assert writer.post(f"/needs/{reference}/edit/why", {**ANSWERS["why"], "version": opened}).status_code == 303


def test_each_save_leaves_an_audit_row_that_repeats_no_contact(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    writer.fill(reference)
    with reading() as session:
        rows = session.scalars(
            sa.select(AuditEvent).where(AuditEvent.action == "save_need").order_by(AuditEvent.id)
        ).all()
        assert len(rows) == len(ANSWERS)
        assert rows[0].details["title"] == {"before": "Fish", "after": "Cold storage for fish"}
        assert rows[4].details["themes"] == {"before": [], "after": ["T_ONE"]}
        assert rows[7].details["contacts"] == {"before": "withheld", "after": "withheld"}
        assert "ama@example.org" not in str([row.details for row in rows])


def test_a_code_that_is_in_no_catalogue_is_refused(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    answer = writer.save(reference, "help", {**ANSWERS["help"], "themes": ["T_ONE", "T_NOWHERE"]})
    assert answer.status_code == 422
    assert list(complaints(read(answer.text))) == ["themes"]


def test_what_is_no_step_and_what_is_no_form_of_ours_is_refused(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    writer.get(f"/needs/{reference}/edit/nothing", 404)
    assert writer.client.post(f"/needs/{reference}/edit/what", data=ANSWERS["what"]).status_code == 403
    twice = {"version": ["1", "2"], "do": "go"}
    assert writer.post(f"/needs/{reference}/edit/what", twice).status_code == 400
    assert writer.post(f"/needs/{reference}/edit/what", {**ANSWERS["what"], "version": "x"}).status_code == 409


# the API ----------------------------------------------------------------------------------------------------------


def test_the_api_writes_with_the_same_schemas(session: Session, all_of: People) -> None:
    writer = all_of.writer
    token = a_token(session, writer.user, "write")
    session.commit()
    client = Person(writer.user, 0, 0).client
    body = {
        "organization_id": writer.organization_id,
        "title": "Cold storage",
        "action_area": "technology",
        "budget_amount": "1250000.00",
        "budget_currency": "USD",
        "themes": ["T_ONE"],
        "indicators": [{"name": "Spoiled", "baseline": 33.5, "target": 10}],
        "starts_on": f"{NEXT_YEAR}-03-01",
    }
    made = client.post("/api/v1/needs", json=body, headers=token)
    assert made.status_code == 201, made.text
    told, etag = made.json(), made.headers["etag"]
    assert (told["status"], told["country"]) == ("draft", "GHA")
    assert "statement" in told["missing"]
    assert "budget_amount" not in told["missing"]
    path = f"/api/v1/needs/{told['reference']}"
    change = {"statement": "Ice.", "indicators": []}
    assert client.patch(path, json=change, headers=token).status_code == 428
    assert client.patch(path, json=change, headers={**token, "if-match": '"999"'}).status_code == 412
    changed = client.patch(path, json=change, headers={**token, "if-match": etag})
    assert changed.status_code == 200, changed.text
    assert changed.json()["answers"]["indicators"] == []
    assert changed.json()["answers"]["title"] == "Cold storage"
    assert client.get(f"{path}/draft", headers=token).headers["etag"] == changed.headers["etag"] != etag
    assert {one.step for one in stored(told["reference"]).edits} >= {"what", "targets", "money"}


def test_the_api_tells_what_is_wrong_and_lets_nobody_else_in(session: Session, all_of: People) -> None:
    writer, client = all_of.writer, Person(all_of.writer.user, 0, 0).client
    tokens = {scope: a_token(session, writer.user, scope) for scope in ("read", "write")}
    abroad = a_token(session, all_of.neighbour.user, "write")
    nobody = a_token(session, a_user(session, "reviewer"), "write")
    session.commit()
    body = {"organization_id": writer.organization_id, "title": "Ice", "action_area": "technology"}
    for wrong, where in (
        ({"budget_amount": "12"}, "body"),
        ({"budget_amount": "1,250", "budget_currency": "USD"}, "body.budget_amount"),
        ({"themes": ["T_NOWHERE"]}, "body.themes"),
        ({"organization_id": all_of.neighbour.organization_id}, "body.organization_id"),
        ({"status": "open"}, "body.status"),
    ):
        answer = client.post("/api/v1/needs", json={**body, **wrong}, headers=tokens["write"])
        assert answer.status_code == 422, wrong
        assert where in [one["where"] for one in answer.json()["faults"]]
    with reading() as opened:
        assert opened.scalars(sa.select(Need)).all() == []
    reference = client.post("/api/v1/needs", json=body, headers=tokens["write"]).json()["reference"]
    path = f"/api/v1/needs/{reference}"
    assert client.post("/api/v1/needs", json=body).status_code == 401
    assert client.post("/api/v1/needs", json=body, headers=tokens["read"]).status_code == 403
    assert client.post("/api/v1/needs", json=body, headers=nobody).status_code == 403
    assert client.patch(path, json={"title": "x"}, headers={**abroad, "if-match": '"1"'}).status_code == 404
    assert client.get(f"{path}/draft", headers=abroad).status_code == 404
