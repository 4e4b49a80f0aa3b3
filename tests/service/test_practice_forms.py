"""Good practices through forms: written in steps, confirmed, reviewed, published, replicated; and who may not."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from conftest import SEED_DATA
from page_reading import Element, page, read
from records import a_country, a_good_practice, a_theme, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_migrations import rows_at
from test_page_queries import statements

from sstic.app import create_app
from sstic.database import reading
from sstic.good_practices import queries
from sstic.good_practices.form import FAULT_WORDS, STEPS
from sstic.labels import LABELS
from sstic.match_runs.snapshot import build_problem
from sstic.migrating import configuration, migrate
from sstic.permissions import Principal, Standing
from sstic.seeding import seed
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent
from sstic.tables.classifications import Isic, SdgTarget
from sstic.tables.good_practices import (
    EVIDENCE_GRADES,
    GOOD_PRACTICE_MOVES,
    Capability,
    GoodPractice,
    PracticeBlock,
    PracticePrecondition,
    PracticeResult,
    PracticeSource,
    Replication,
)
from sstic.tables.organizations import Organization

# Reads every practice.
A_REVIEWER = Principal(user_id=1, standings=(Standing("reviewer", 1, None),))


class People:
    """Brazil provides and Ghana replicates; each has a ministry. Fiji looks on."""

    def __init__(self, session: Session) -> None:
        self.session = session
        session.expire_on_commit = False  # reading a row anew would keep the database of the pages locked
        for iso3 in ("BRA", "GHA", "FJI"):
            a_country(session, iso3)
        self.ministries = {iso3: an_organization(session, "government", country=iso3) for iso3 in ("BRA", "GHA", "FJI")}
        self.institute = an_organization(session, "provider_institution", country="BRA", name="Institute of Mills")
        self.foreign_institute = an_organization(session, "provider_institution", country="GHA")
        self.house = an_organization(session, "coordinator", country=None)
        a_theme(session)
        a_theme(session, "E_GREEN", "environment")
        added(session, Isic(code="C10", level="division", title_en="Manufacture of food products"))
        added(session, SdgTarget(code="9.4", goal=9, text_en="Upgrade infrastructure"))
        self.users: dict[str, User] = {}
        session.commit()

    def user(self, name: str, role: str, home: Organization) -> User:
        if name not in self.users:
            self.users[name] = a_user(self.session, role, home)
            self.users[name].name = name
            self.session.commit()
        return self.users[name]

    def client(self, name: str) -> TestClient:
        home = {
            "author": ("focal_point", "BRA"),
            "colleague": ("focal_point", "BRA"),
            "approver": ("approver", "BRA"),
            "ghanaian": ("focal_point", "GHA"),
            "fijian": ("focal_point", "FJI"),
        }
        roles = {"reviewer": "reviewer", "other reviewer": "reviewer", "coordinator": "coordinator"}
        client = TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
        if name in home:
            role, iso3 = home[name]
            sign_in(client, self.user(name, role, self.ministries[iso3]))
        elif name in roles:
            sign_in(client, self.user(name, roles[name], self.house))
        return client


@pytest.fixture
def people(session: Session) -> People:
    return People(session)


def post(client: TestClient, path: str, **sent: str) -> Any:
    return client.post(path, data={"form_token": form_token(client), **sent})


def version_at(client: TestClient, path: str) -> str:
    return read(client.get(path).text).all("input", name="version")[0].attributes["value"]


def save(client: TestClient, reference: str, step: str, version: str | None = None, **sent: str) -> Any:
    path = f"/good-practices/{reference}/edit/{step}"
    return post(client, path, version=version_at(client, path) if version is None else version, **sent)


def act(client: TestClient, reference: str, doing: str, version: str | None = None, **sent: str) -> Any:
    with reading() as session:
        held = session.scalar(sa.select(GoodPractice.version).where(GoodPractice.reference == reference))
    return post(client, f"/good-practices/{reference}/{doing}", version=version or str(held), **sent)


def stored(reference: str) -> GoodPractice:
    with reading() as session:
        found = queries.one_practice(session, A_REVIEWER, reference)
        assert found is not None
        return found


def audited(table: str = "good_practice") -> list[tuple[str, dict[str, Any]]]:
    with reading() as session:
        rows = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))
        return [(row.action, row.details) for row in rows if row.subject_table == table]


def a_draft(client: TestClient, title: str = "Energy audits for mills") -> str:
    answer = post(client, "/good-practices/new", title=title, country="BRA", action_area="technology")
    assert answer.status_code == 303, read(answer.text).text
    return str(answer.headers["location"]).split("/")[2]


ANSWERS: dict[str, dict[str, str]] = {
    "about": {
        "title": "Energy audits for mills",
        "action_area": "technology",
        "summary": "Mills used too much energy.\r\nTeams audit them.",
        "start_year": "2016",
        "source_url": "https://example.org/audits",
    },
    "blocks": {
        "what-1": "A mobile team",
        "enabling_factors-1": "Trained engineers",
        "cost_driver-1": "Travel",
        "lesson-1": "Small mills first",
        "what-3": "A revolving fund",
    },
    "preconditions": {"kind-1": "hard", "text-1": "A grid", "kind-2": "soft", "text-2": "A mill association"},
    "results": {
        "results_kind": "achieved",
        "indicator-1": "Energy per tonne",
        "unit-1": "kWh",
        "before-1": "1,200.5",
        "after-1": "900",
        "year-1": "2020",
        "method-1": "Meters",
    },
    "evidence": {
        "evidence_grade": "compared",
        "title-1": "Evaluation",
        "year-1": "2021",
        "url-1": "https://example.org/e",
    },
    "coding": {"theme-T_ONE": "yes", "isic-1": "c10", "sdg_targets-1": "9.4"},
    "capacity": {"other": "Mill Board"},
    "replications": {"country-1": "GHA", "year-1": "2022", "outcome-1": "Twenty mills"},
}


def write_all(client: TestClient, reference: str) -> None:
    for step, answers in ANSWERS.items():
        answer = save(client, reference, step, **answers)
        assert answer.status_code == 303, (step, read(answer.text).with_class("govuk-error-summary")[0].text)


YES = {"relevance": "yes", "impact": "yes", "replicability": "yes"}


def published(people: People) -> str:
    author = people.client("author")
    reference = a_draft(author)
    write_all(author, reference)
    assert act(people.client("approver"), reference, "confirm").status_code == 303
    assert act(people.client("reviewer"), reference, "review", **YES).status_code == 303
    assert act(people.client("coordinator"), reference, "publish").status_code == 303
    return reference


def fact(tree: Element, key: str) -> str:
    (row,) = [one for one in tree.with_class("govuk-summary-list__row") if one.one("dt").text == key]
    return row.one("dd").text


# the way from draft to catalogue ------------------------------------------------------------------------------------


def test_a_practice_goes_from_draft_to_the_catalogue_and_every_step_is_audited(people: People) -> None:
    anyone = TestClient(create_app(), base_url="https://testserver")
    author = people.client("author")
    reference = a_draft(author)
    page(anyone, f"/good-practices/{reference}", 404)
    tree = page(author, f"/good-practices/{reference}/edit")
    tasks = [one.one("a").text for one in tree.with_class("govuk-task-list__item")]
    assert tasks == [step.title for step in STEPS.values()]
    assert act(people.client("approver"), reference, "confirm").status_code == 409  # nothing is written yet
    write_all(author, reference)
    tree = page(author, f"/good-practices/{reference}/edit")
    assert {one.text for one in tree.with_class("govuk-task-list__status")} == {"Written"}
    assert "Saved last by author" in tree.text
    approver, reviewer, coordinator = (people.client(name) for name in ("approver", "reviewer", "coordinator"))
    assert act(approver, reference, "confirm").status_code == 303
    page(anyone, f"/good-practices/{reference}", 404)
    assert act(reviewer, reference, "review", **YES).status_code == 303
    assert act(coordinator, reference, "publish").status_code == 303
    tree = page(anyone, f"/good-practices/{reference}")
    assert {one.text for one in tree.all("h3", **{"class": "govuk-heading-s"})} >= {
        "Building block 1",
        "Building block 2",
    }
    assert "Hard A grid" in tree.text
    (table,) = [one for one in tree.all("table") if one.one("caption").text == "Measured results"]
    cells = [cell.text for cell in table.one("tbody").all("td")]
    assert cells == ["1200.5", "900", "2020", "Meters"]
    assert "Evaluation (2021)" in fact(tree, "Documents")
    assert fact(tree, "What the results rest on") == LABELS["evidence_grade"]["compared"]
    assert "Claimed" in tree.text
    assert not tree.all("form", method="post")
    assert page(anyone, "/good-practices").with_class("app-result")[0].one("h2").text == "Energy audits for mills"
    actions = [action for action, _ in audited()]
    assert actions == [
        "start_practice",
        *["save_practice_step"] * 8,
        "confirm_practice",
        "review_practice",
        "publish_practice",
    ]
    assert audited()[3][1]["text-1"] == {"before": None, "after": "A grid"}
    assert audited()[-1][1]["status"] == {"before": "reviewed", "after": "published"}
    practice = stored(reference)
    assert [(one.position, one.what) for one in practice.blocks] == [(1, "A mobile team"), (2, "A revolving fund")]
    assert [(one.before, one.after) for one in practice.outcomes] == [(1200.5, 900.0)]
    assert practice.summary == "Mills used too much energy.\nTeams audit them."
    assert practice.review_due_on is not None


def test_a_review_that_does_not_pass_returns_the_practice_with_its_comments(people: People) -> None:
    author = people.client("author")
    reference = a_draft(author)
    write_all(author, reference)
    act(people.client("approver"), reference, "confirm")
    reviewer = people.client("reviewer")
    answer = act(reviewer, reference, "review", **{**YES, "impact": "no"})
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.with_class("govuk-error-summary")[0].one("a").attributes["href"] == "#impact_comment"
    assert "checked" in tree.one("input", name="impact", value="no").attributes
    assert stored(reference).status == "provider_confirmed"
    sent = {**YES, "impact": "no", "impact_comment": "Name the evaluation."}
    assert act(reviewer, reference, "review", **sent).status_code == 303
    practice = stored(reference)
    assert (practice.status, practice.confirmed_by_id) == ("draft", None)
    tree = page(author, f"/good-practices/{reference}/edit")
    assert "What is to be mended" in tree.text
    assert "Name the evaluation." in tree.text
    assert act(people.client("approver"), reference, "confirm").status_code == 303


def test_a_published_practice_is_called_for_review_renewed_and_archived(people: People) -> None:
    reference = published(people)
    coordinator, reviewer = people.client("coordinator"), people.client("reviewer")
    assert act(coordinator, reference, "review-due").status_code == 303
    assert reference in page(reviewer, "/good-practices/at-work").text
    no = {**YES, "relevance": "no", "relevance_comment": "Is it still in use?"}
    assert act(reviewer, reference, "review", **no).status_code == 303
    assert stored(reference).status == "review_due"
    assert act(reviewer, reference, "review", **YES).status_code == 303
    assert stored(reference).status == "renewed"
    assert act(coordinator, reference, "publish").status_code == 303
    assert act(coordinator, reference, "archive").status_code == 303
    page(TestClient(create_app(), base_url="https://testserver"), f"/good-practices/{reference}", 404)
    assert act(coordinator, reference, "publish").status_code == 409


def test_a_reviewed_practice_may_be_returned_instead_of_published(people: People) -> None:
    author, coordinator = people.client("author"), people.client("coordinator")
    reference = a_draft(author)
    write_all(author, reference)
    assert act(people.client("approver"), reference, "confirm").status_code == 303
    assert act(author, reference, "take-back").status_code == 303
    assert act(people.client("approver"), reference, "confirm").status_code == 303
    assert act(people.client("reviewer"), reference, "review", **YES).status_code == 303
    page(coordinator, f"/good-practices/{reference}/return")
    assert act(coordinator, reference, "return", comment=" ").status_code == 422
    assert act(coordinator, reference, "return", comment="The title says too little.").status_code == 303
    assert stored(reference).status == "draft"
    assert "The title says too little." in page(author, f"/good-practices/{reference}/edit").text
    assert act(author, reference, "give-up").status_code == 303
    assert stored(reference).status == "archived"


@pytest.mark.parametrize("state", GOOD_PRACTICE_MOVES)
def test_states_move_along_the_dict_alone(people: People, session: Session, state: str) -> None:
    author = people.user("author", "focal_point", people.ministries["BRA"])
    practice = a_good_practice(session, reference="GP-1", status=state, origin="submitted", author_id=author.id)
    full(session, practice)
    session.commit()
    moves = {
        "confirm": ("approver", "provider_confirmed", {}),
        "publish": ("coordinator", "published", {}),
        "review-due": ("coordinator", "review_due", {}),
        "archive": ("coordinator", "archived", {}),
    }
    for doing, (name, to, sent) in moves.items():
        session.execute(sa.update(GoodPractice).values(status=state, confirmed_by_id=None))
        session.commit()
        status = act(people.client(name), "GP-1", doing, **sent).status_code
        assert (doing, status) == (doing, 303 if to in GOOD_PRACTICE_MOVES[state] else 409)
        assert stored("GP-1").status == (to if status == 303 else state)


def full(session: Session, practice: GoodPractice) -> None:
    practice.evidence_grade = "stated"
    session.add_all(
        [
            PracticeBlock(practice_id=practice.id, position=1, what="A team"),
            PracticePrecondition(practice_id=practice.id, position=1, is_hard=True, text="A grid"),
            PracticeResult(practice_id=practice.id, position=1, indicator="Energy", year=2020, after=1.0),
        ]
    )


# who may not --------------------------------------------------------------------------------------------------------


def test_a_draft_is_hidden_from_others_and_written_by_its_country_alone(people: People) -> None:
    reference = a_draft(people.client("author"))
    path = f"/good-practices/{reference}"
    for name in ("ghanaian", "fijian", "nobody"):
        page(people.client(name), path, 404)
    for name in ("ghanaian", "fijian"):
        client = people.client(name)
        page(client, f"{path}/edit", 404)
        page(client, f"{path}/edit/about", 404)
        assert save(client, reference, "about", "0.0", **ANSWERS["about"]).status_code == 404
        assert act(client, reference, "give-up").status_code == 404
        assert reference not in page(client, "/good-practices/at-work").text
    for name in ("reviewer", "coordinator"):
        client = people.client(name)
        assert "Go on writing" not in page(client, path).text
        page(client, f"{path}/edit", 403)
        assert save(client, reference, "about", "0.0", **ANSWERS["about"]).status_code == 403
        assert post(client, "/good-practices/new", title="x", country="BRA", action_area="skills").status_code == 403
    stranger = people.client("nobody")
    assert stranger.get(f"{path}/edit").headers["location"].startswith("/sign-in")
    assert stranger.get("/good-practices/at-work").status_code == 303
    page(people.client("colleague"), f"{path}/edit")
    assert stored(reference).title == "Energy audits for mills"


def test_nobody_confirms_reviews_or_publishes_their_own_words(people: People, session: Session) -> None:
    approver = people.client("approver")
    reference = a_draft(approver)
    write_all(people.client("author"), reference)
    assert "Confirm for the provider country" not in page(approver, f"/good-practices/{reference}").text
    answer = act(approver, reference, "confirm")
    assert answer.status_code == 403
    assert "second person" in read(answer.text).text
    assert act(people.client("author"), reference, "confirm").status_code == 403  # a focal point is no approver
    assert stored(reference).status == "draft"
    other = people.client("colleague")
    people.users["colleague"].posts[0].role = "approver"
    session.commit()
    assert save(other, reference, "preconditions", **{"kind-1": "soft", "text-1": "A road"}).status_code == 303
    assert act(other, reference, "confirm").status_code == 403
    practice = session.scalars(sa.select(GoodPractice)).one()
    practice.status, practice.confirmed_by_id = (
        "provider_confirmed",
        people.user("reviewer", "reviewer", people.house).id,
    )
    session.commit()
    assert act(people.client("reviewer"), reference, "review", **YES).status_code == 403
    assert act(people.client("coordinator"), reference, "review", **YES).status_code == 403
    assert act(people.client("other reviewer"), reference, "review", **YES).status_code == 303
    assert act(people.client("author"), reference, "publish").status_code == 403
    assert act(people.client("reviewer"), reference, "publish").status_code == 403
    assert act(people.client("author"), reference, "archive").status_code == 403
    assert stored(reference).status == "reviewed"


def test_a_practice_is_offered_for_the_own_country_alone(people: People) -> None:
    author = people.client("author")
    answer = post(author, "/good-practices/new", title="Mine", country="GHA", action_area="technology")
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.one("input", id="title").attributes["value"] == "Mine"
    assert "Provider country" in tree.with_class("govuk-error-summary")[0].text
    assert {one.attributes["value"] for one in tree.all("input", name="country")} == {"BRA"}


def test_a_form_without_its_token_is_refused(people: People) -> None:
    author = people.client("author")
    reference = a_draft(author)
    for path in ("new", f"{reference}/edit/about", f"{reference}/confirm", f"{reference}/give-up"):
        assert author.post(f"/good-practices/{path}", data={"form_token": "x"}).status_code == 403


# writing ------------------------------------------------------------------------------------------------------------


def test_two_colleagues_at_once_lose_nothing(people: People) -> None:
    author, colleague = people.client("author"), people.client("colleague")
    reference = a_draft(author)
    path = f"/good-practices/{reference}/edit/blocks"
    version = version_at(author, path)
    first, second = {"what-1": "A team", "lesson-1": "Start small"}, {"what-1": "A crew", "cost_driver-1": "Fuel"}
    assert save(author, reference, "blocks", version, **first).status_code == 303
    answer = save(colleague, reference, "blocks", version, **second)
    assert answer.status_code == 409
    tree = read(answer.text)
    (table,) = tree.all("table")
    rows = [[cell.text for cell in row.walk() if cell.tag in ("th", "td")] for row in table.one("tbody").all("tr")]
    assert rows == [
        ["What it is (1)", "A team", "A crew"],
        ["What was learnt (1)", "Start small", "Empty"],
        ["What drives its cost (1)", "Empty", "Fuel"],
    ]
    assert tree.one("textarea", id="what-1").text == "A crew"
    assert [one.what for one in stored(reference).blocks] == ["A team"]
    newer = tree.one("input", name="version").attributes["value"]
    assert (
        save(colleague, reference, "blocks", newer, **{"what-1": "A crew", "cost_driver-1": "Fuel"}).status_code == 303
    )
    assert [(one.what, one.lesson) for one in stored(reference).blocks] == [("A crew", None)]
    # Another step is another text: no conflict there. Nor is there one where both say the same.
    assert save(author, reference, "about", "0.0", **ANSWERS["about"]).status_code == 303
    assert save(author, reference, "about", "0.0", **ANSWERS["about"]).status_code == 303
    assert len([one for one, _ in audited() if one == "save_practice_step"]) == 3


def test_what_changed_since_it_was_looked_at_is_not_confirmed(people: People) -> None:
    author = people.client("author")
    reference = a_draft(author)
    write_all(author, reference)
    seen = str(stored(reference).version)
    assert save(author, reference, "preconditions", **{"kind-1": "soft", "text-1": "A road"}).status_code == 303
    assert act(people.client("approver"), reference, "confirm", version=seen).status_code == 409
    assert stored(reference).status == "draft"


LONG = "x" * 4001
WRONG: list[tuple[str, dict[str, str], str, str]] = [
    ("about", {"title": " "}, "title", "missing"),
    ("about", {"summary": ""}, "summary", "missing"),
    ("about", {"summary": LONG}, "summary", "long"),
    ("about", {"summary": "a\0b"}, "summary", "control"),
    ("about", {"action_area": "money"}, "action_area", "choice"),
    ("about", {"start_year": "soon"}, "start_year", "figure"),
    ("about", {"start_year": "1066"}, "start_year", "year"),
    ("about", {"start_year": "2016.5"}, "start_year", "whole"),
    ("about", {"source_url": "javascript:alert(1)"}, "source_url", "link"),
    ("about", {"programme": "NO_TOOL"}, "programme", "choice"),
    ("blocks", {"what-3": "", "lesson-3": "Alone"}, "what-3", "missing"),
    ("preconditions", {"kind-2": ""}, "kind-2", "missing"),
    ("results", {"before-1": "", "after-1": ""}, "after-1", "no_figure"),
    ("results", {"after-1": "1.2.3"}, "after-1", "figure"),
    ("results", {"after-1": "NaN"}, "after-1", "figure"),
    ("results", {"after-1": "9" * 400}, "after-1", "high"),
    ("results", {"year-1": ""}, "year-1", "missing"),
    ("results", {"results_kind": ""}, "results_kind", "missing"),
    ("evidence", {"title-1": "", "year-1": "", "url-1": ""}, "title-1", "source_asked"),
    ("evidence", {"url-1": "https://a b"}, "url-1", "link"),
    ("coding", {"theme-T_ONE": ""}, "theme-E_GREEN", "no_theme"),
    ("coding", {"isic-2": "Z99"}, "isic-2", "unknown_code"),
    ("coding", {"sdg_targets-8": "99.9"}, "sdg_targets-8", "unknown_code"),
    ("capacity", {"other": ""}, "institution", "missing"),
    ("capacity", {"institution": "nowhere", "other": ""}, "institution", "choice"),
    ("capacity", {"institution": "FOREIGN", "other": ""}, "institution", "choice"),
    ("capacity", {"institution": "OWN"}, "other", "both"),
    ("replications", {"country-1": "BRA"}, "country-1", "provider"),
    ("replications", {"country-1": "XXX"}, "country-1", "choice"),
    ("replications", {"country-2": "GHA", "year-2": "2023"}, "country-1", "twice"),
]


@pytest.mark.parametrize(("step", "change", "place", "kind"), WRONG)
def test_a_wrong_answer_comes_back_filled_in_and_nothing_is_kept(
    people: People, step: str, change: dict[str, str], place: str, kind: str
) -> None:
    author = people.client("author")
    reference = a_draft(author)
    institutions = {"FOREIGN": people.foreign_institute.reference, "OWN": people.institute.reference}
    sent = {**ANSWERS[step], **{name: institutions.get(value, value) for name, value in change.items()}}
    answer = save(author, reference, step, **sent)
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.one("title").text.startswith("Error:")
    link = tree.with_class("govuk-error-summary")[0].all("a")[0]
    assert link.attributes["href"] == f"#{place}"
    assert [one for one in tree.walk() if one.attributes.get("id") == place]
    remedy = FAULT_WORDS[kind].split(". ")[-1].split(" %(")[0].rstrip(".")
    assert remedy in link.text
    typed = {one.attributes["name"]: one.attributes.get("value", "") for one in tree.all("input", type="text")}
    typed |= {one.attributes["name"]: one.text for one in tree.all("textarea")}
    for name, value in sent.items():
        if name in typed and "\0" not in value:
            assert " ".join(typed[name].split()) == " ".join(value.split()), name
    assert [action for action, _ in audited()] == ["start_practice"]


def test_more_rows_are_shown_without_saving_and_rows_are_taken_out(people: People) -> None:
    author = people.client("author")
    reference = a_draft(author)
    answer = save(author, reference, "blocks", more="yes", rows="2", **{"what-1": "A team"})
    assert answer.status_code == 200
    tree = read(answer.text)
    assert tree.one("textarea", id="what-1").text == "A team"
    assert tree.all("textarea", id="what-4")
    assert not stored(reference).blocks
    two = {"what-1": "A team", "what-2": "A fund"}
    assert save(author, reference, "blocks", **two).status_code == 303
    assert save(author, reference, "blocks", **two, **{"remove-1": "yes"}).status_code == 303
    assert [one.what for one in stored(reference).blocks] == ["A fund"]
    tree = page(author, f"/good-practices/{reference}/edit/blocks")
    assert len(tree.all("fieldset")[0].all("textarea")) == 4
    ids = [one.attributes["id"] for one in tree.walk() if "id" in one.attributes]
    assert len(ids) == len(set(ids))


def test_figures_are_read_and_shown_in_the_language_of_the_page(people: People) -> None:
    author = people.client("author")
    reference = a_draft(author)
    author.get("/?lang=fr")
    sent = {**ANSWERS["results"], "before-1": "1200,5", "after-1": "0,00012345"}
    assert save(author, reference, "results", **sent).status_code == 303
    assert [(one.before, one.after) for one in stored(reference).outcomes] == [(1200.5, 0.00012345)]
    tree = page(author, f"/good-practices/{reference}/edit/results")
    assert tree.one("input", id="after-1").attributes["value"] == "0,00012345"
    assert audited()[-1][1]["before-1"]["after"] == "1200.5"
    assert save(author, reference, "results", **sent).status_code == 303
    assert len(audited()) == 2  # nothing changed
    author.get("/?lang=ar")
    tree = page(author, f"/good-practices/{reference}/edit/results")
    assert tree.one("html").attributes["dir"] == "rtl"


def test_capacity_is_stated_for_a_registered_institution(people: People, session: Session) -> None:
    author, year = people.client("author"), date.today().year  # noqa: DTZ011 - the form asks from the present year on
    reference = a_draft(author)
    own = {"institution": people.institute.reference}
    answer = save(author, reference, "capacity", **own, **{f"slots-{year}": "3"})
    assert answer.status_code == 422  # the figures are not those of an institution yet
    assert save(author, reference, "capacity", **own).headers["location"].endswith("/edit/capacity")
    added(session, Capability(institution_id=people.institute.id, year=year, slots_per_year=2, is_demo=True))
    session.commit()
    tree = page(author, f"/good-practices/{reference}/edit/capacity")
    assert "Institute of Mills" in tree.text
    assert tree.one("input", id=f"slots-{year}").attributes["value"] == "2"
    assert save(author, reference, "capacity", **own, **{f"slots-{year}": ""}).status_code == 422
    assert (
        save(author, reference, "capacity", **own, **{f"slots-{year}": "2", f"days-{year + 1}": "9"}).status_code == 422
    )
    path = f"/good-practices/{reference}/edit/capacity"
    seen = version_at(author, path)
    figures = {f"slots-{year}": "4", f"days-{year}": "60", f"slots-{year + 1}": "0"}
    assert save(author, reference, "capacity", **own, **figures).status_code == 303
    with reading() as opened:
        rows = opened.scalars(sa.select(Capability).order_by(Capability.year)).all()
    assert [(one.year, one.slots_per_year, one.expert_days_per_year, one.is_demo) for one in rows] == [
        (year, 4, 60, False),
        (year + 1, 0, None, False),
    ]
    assert audited()[-1][1][f"slots-{year}"] == {"before": "2", "after": "4"}
    # A second practice of the same institution changes the same figures: who was slower is told.
    second = a_draft(author, "Another practice")
    assert save(author, second, "capacity", **own).status_code == 303
    changed = {**figures, f"slots-{year}": "5"}
    assert save(author, second, "capacity", **own, **changed).status_code == 303
    assert save(author, reference, "capacity", seen, **own, **{**figures, f"slots-{year}": "6"}).status_code == 409


def test_after_publishing_only_yearly_facts_and_replications_stay_open(people: People) -> None:
    reference = published(people)
    author = people.client("author")
    tree = page(author, f"/good-practices/{reference}/edit")
    assert len(tree.with_class("govuk-task-list__status--cannot-start-yet")) == 6
    answer = save(author, reference, "about", "1.0", **{**ANSWERS["about"], "title": "Another"})
    assert answer.status_code == 409
    assert read(answer.text).one("input", id="title").attributes["value"] == "Another"
    assert save(author, reference, "capacity", other="Another Board").status_code == 422
    more = {**ANSWERS["replications"], "country-2": "FJI", "year-2": "2024"}
    assert save(author, reference, "replications", **more).status_code == 303
    practice = stored(reference)
    assert (practice.status, practice.title) == ("published", "Energy audits for mills")
    assert [one.iso3 for one in practice.replications] == ["FJI", "GHA"]


# replications -------------------------------------------------------------------------------------------------------


def confirm_replication(client: TestClient, reference: str, iso3: str, version: str | None = None) -> int:
    with reading() as session:
        held = session.scalar(sa.select(Replication.version).where(Replication.iso3 == iso3))
    path = f"/good-practices/{reference}/replications/{iso3}/confirm"
    return int(post(client, path, version=version or str(held)).status_code)


def test_a_replication_is_confirmed_only_by_both_countries(people: People) -> None:
    reference = published(people)
    anyone = TestClient(create_app(), base_url="https://testserver")

    def confirmed() -> list[str]:
        tree = page(anyone, f"/good-practices/{reference}")
        listed = len(page(anyone, "/good-practices?replicated=confirmed").with_class("app-result"))
        with reading() as opened:
            (practice,) = build_problem(opened, date(2026, 11, 25)).practices
        assert practice.replicated_in == (frozenset({"GHA"}) if listed else frozenset())
        return [one.text for one in tree.with_class("app-result")[0].with_class("app-tag")] + ["listed"] * listed

    author, ghanaian = people.client("author"), people.client("ghanaian")
    assert confirmed() == ["Claimed"]
    for name in ("fijian", "approver", "reviewer", "coordinator"):
        assert confirm_replication(people.client(name), reference, "GHA") == 403
    assert confirm_replication(ghanaian, reference, "FJI") == 404
    assert confirm_replication(ghanaian, reference, "GHA", version="9") == 409
    assert "Confirm the replication in Country GHA" in page(author, f"/good-practices/{reference}").text
    assert confirm_replication(author, reference, "GHA") == 303
    assert "Confirm the replication" not in page(author, f"/good-practices/{reference}").text
    assert confirmed() == ["Claimed", "Confirmed by the provider country"]
    assert confirm_replication(author, reference, "GHA") == 409
    assert confirm_replication(ghanaian, reference, "GHA") == 303
    assert confirmed() == ["Confirmed by both countries", "listed"]
    assert [details["for"] for _, details in audited("replication")] == ["provider", "replicator"]
    # Another story is another claim.
    assert (
        save(author, reference, "replications", **{**ANSWERS["replications"], "outcome-1": "Forty"}).status_code == 303
    )
    assert confirmed() == ["Claimed"]


def test_one_person_never_confirms_for_both_countries(people: People, session: Session) -> None:
    reference = published(people)
    ghanaian = people.client("ghanaian")
    user = people.users["ghanaian"]
    post_ = type(user.posts[0])
    added(
        session,
        post_(
            user_id=user.id,
            organization_id=people.ministries["BRA"].id,
            role="focal_point",
            from_on=date(2020, 1, 1),
        ),
    )
    session.commit()
    assert confirm_replication(ghanaian, reference, "GHA") == 303
    assert confirm_replication(ghanaian, reference, "GHA") == 403
    row = session.scalars(sa.select(Replication)).one()
    assert not row.is_confirmed
    row.replicator_confirmed_by_id = row.provider_confirmed_by_id
    with pytest.raises(IntegrityError):
        session.flush()


def test_what_a_source_names_is_told_and_not_claimed_again(people: People, session: Session) -> None:
    practice = a_good_practice(session, reference="GP-1")
    added(session, Replication(practice_id=practice.id, iso3="GHA"))
    session.commit()
    author = people.client("author")
    answer = save(author, "GP-1", "replications", **ANSWERS["replications"])
    assert answer.status_code == 422
    assert "public source" in read(answer.text).with_class("govuk-error-summary")[0].text
    assert confirm_replication(author, "GP-1", "GHA") == 303
    with reading() as opened:
        (found,) = build_problem(opened, date(2026, 11, 25)).practices
    assert found.replicated_in == {"GHA"}


# the catalogue ------------------------------------------------------------------------------------------------------


def test_the_catalogue_is_searched_filtered_and_counted(session: Session) -> None:
    client = TestClient(create_app(), base_url="https://testserver")
    a_country(session, "FJI", region="Oceania")
    a_theme(session, "T_TOP")
    a_theme(session, "T_LOW").parent_code = "T_TOP"
    for number in range(21):
        a_good_practice(session, title=f"Cocoa {number:02}", evidence_grade="stated")
    other = a_good_practice(
        session, ("FJI", "BRA"), theme="T_LOW", title="Solar 100%", evidence_grade="independent", results_kind="planned"
    )
    added(session, Replication(practice_id=other.id, iso3="GHA" if a_country(session, "GHA") else ""))
    a_good_practice(session, title="Hidden draft", status="draft")
    session.commit()
    tree = page(client, "/good-practices")
    assert "Results 1 to 20 of 22" in tree.text
    choices = {one.attributes["id"]: [option.text for option in one.all("option")] for one in tree.all("select")}
    assert choices["evidence"][1].endswith("(1)")
    assert choices["evidence"][4].endswith("(21)")
    assert choices["region"][1:] == ["Africa (22)", "Americas (0)", "Asia (0)", "Europe (0)", "Oceania (1)"]
    assert [one[-3:] for one in choices["replicated"][1:]] == ["(1)", "(0)"]
    assert len(page(client, "/good-practices?page=2").with_class("app-result")) == 2
    page(client, "/good-practices?page=3", 404)
    for query in ("q=solar", "q=100%25", "theme=T_TOP", "region=Oceania", "country=FJI", "evidence=independent"):
        found = page(client, f"/good-practices?{query}").with_class("app-result")
        assert [one.one("h2").text for one in found] == ["Solar 100%"], query
    for query in ("replicated=claimed", "results=planned"):
        assert len(page(client, f"/good-practices?{query}").with_class("app-result")) == 1
    tree = page(client, "/good-practices?replicated=confirmed&q=x")
    assert "Take a filter out" in tree.text
    for query in ("evidence=much", "theme=a b", "replicated=yes", "q=%00"):
        assert client.get(f"/good-practices?{query}").status_code == 422
    told = client.get("/api/v1/good-practices?evidence=independent").json()
    assert [row["title"] for row in told["rows"]] == ["Solar 100%"]


def test_an_empty_catalogue_and_an_empty_desk_say_so(people: People) -> None:
    client = TestClient(create_app(), base_url="https://testserver")
    assert "No good practice is published yet." in page(client, "/good-practices").text
    assert "Nothing waits for you." in page(people.client("reviewer"), "/good-practices/at-work").text


def test_the_page_says_what_nobody_states(session: Session) -> None:
    practice = a_good_practice(session, results_kind="unknown")
    session.commit()
    client = TestClient(create_app(), base_url="https://testserver")
    tree = page(client, f"/good-practices/{practice.reference}")
    for words in (
        "No building blocks",
        "No preconditions",
        "No results",
        "No capacity",
        "No replication",
        "Not graded",
    ):
        assert words in tree.text
    told = client.get(f"/api/v1/good-practices/{practice.reference}").json()
    assert (told["evidence_grade"], told["blocks"], told["replications"]) == (None, [], [])


def test_what_people_write_stays_text(people: People) -> None:
    wicked = "<script>alert(1)</script><b onload=x>{{ 7*7 }}"
    author = people.client("author")
    reference = a_draft(author, wicked)
    for path in (f"/good-practices/{reference}", f"/good-practices/{reference}/edit", "/good-practices/at-work"):
        tree = page(author, path)
        assert wicked in tree.text
        assert len(tree.all("script")) == 1


def test_the_number_of_queries_does_not_grow_with_the_rows(people: People, session: Session) -> None:
    practice = a_good_practice(session, reference="GP-1", institution_id=people.institute.id, origin="submitted")
    full(session, practice)
    a_good_practice(session, ("BRA", "GHA"), status="draft")
    session.commit()
    clients = {name: people.client(name) for name in ("author", "reviewer", "nobody")}
    paths = [("nobody", "/good-practices"), ("nobody", "/good-practices/GP-1"), ("author", "/good-practices/GP-1")]
    paths += [("author", "/good-practices/GP-1/edit"), ("author", "/good-practices/at-work")]
    paths += [("author", f"/good-practices/GP-1/edit/{step}") for step in STEPS]
    paths += [("reviewer", "/good-practices/GP-1/review"), ("nobody", "/technology-offers")]

    def counted() -> list[int]:
        found = []
        for name, path in paths:
            with statements() as seen:
                page(clients[name], path)
            found.append(len(seen))
        return found

    counted()
    few = counted()
    for number in range(2, 12):
        session.add_all(
            [
                PracticeBlock(practice_id=practice.id, position=number, what="A team"),
                PracticePrecondition(practice_id=practice.id, position=number, is_hard=False, text="A road"),
                PracticeResult(practice_id=practice.id, position=number, indicator="Energy", year=2020, after=1.0),
                PracticeSource(practice_id=practice.id, position=number, title="A paper"),
            ]
        )
        a_good_practice(session, ("BRA", "GHA"), status="draft")
        other = a_good_practice(session, ("BRA", "GHA"))
        a_country(session, f"X{number:02}"[:3])
        added(session, Replication(practice_id=practice.id, iso3=f"X{number:02}"[:3], origin="submitted", year=2020))
        added(session, Replication(practice_id=other.id, iso3="FJI"))
    session.commit()
    assert counted() == few
    assert max(few) <= 30


def test_loading_the_reference_data_again_leaves_what_people_wrote(seeded_session: Session) -> None:
    session, claimed = seeded_session, "SYC"
    practice = session.scalars(sa.select(GoodPractice).order_by(GoodPractice.id)).first()
    figure = session.scalars(sa.select(Capability).where(Capability.is_demo).order_by(Capability.id)).first()
    assert practice is not None
    assert figure is not None
    session.add(Replication(practice_id=practice.id, iso3=claimed, origin="submitted", year=2020))
    figure.slots_per_year, figure.is_demo = 77, False
    session.flush()
    report = seed(session, SEED_DATA)
    assert report.changes == 0
    assert session.get(Replication, (practice.id, claimed)) is not None
    assert (figure.slots_per_year, figure.is_demo) == (77, False)


def test_the_tables_of_practices_join_a_populated_database(seeded_database: str) -> None:
    before = rows_at(seeded_database)
    command.downgrade(configuration(seeded_database), "0005")
    migrate(seeded_database)
    assert rows_at(seeded_database) == before
    with reading() as session:
        assert set(session.scalars(sa.select(Replication.origin))) == {"published"}


def test_every_state_and_grade_has_a_word() -> None:
    assert set(GOOD_PRACTICE_MOVES) == set(LABELS["practice_status"])
    assert set(EVIDENCE_GRADES) == set(LABELS["evidence_grade"])
