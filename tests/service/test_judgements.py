"""Judging practices by hand: on the pages and at the terminal, and what is kept of it."""

from datetime import date

import pytest
import sqlalchemy as sa
from page_reading import Element, page, read
from records import a_country, a_good_practice, a_need, a_source, a_user, added, form_token, sign_in
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from test_page_queries import statements
from typer.testing import CliRunner

from matching.judged import agreements, crossed, weighted_kappa
from matching.retrieval import plain_words, retrieval_scores
from sstic.app import create_app
from sstic.cli import app
from sstic.database import reading
from sstic.judgements import queries
from sstic.judgements.form import MOST_REASON
from sstic.match_runs.snapshot import build_problem
from sstic.sent import MOST_BYTES
from sstic.tables.audit import AuditEvent
from sstic.tables.countries import CountryFact
from sstic.tables.good_practices import GoodPractice
from sstic.tables.judgements import Judgement
from sstic.tables.needs import Need


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app(), base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def judge(session: Session, client: TestClient) -> str:
    """The browser is signed in as a reviewer; judgements are written under this name."""
    user = a_user(session, "reviewer", name="Reader One")
    actor = f"user:{user.id}"
    sign_in(client, user)
    return actor


@pytest.fixture
def pair(session: Session) -> tuple[Need, GoodPractice]:
    """A need and a practice that share a theme."""
    need, practice = a_need(session, reference="N-1"), a_good_practice(session, reference="GP-1")
    session.commit()
    return need, practice


def kept() -> list[tuple[str, int, str | None]]:
    with reading() as session:
        found = session.scalars(sa.select(Judgement).order_by(Judgement.id))
        return [(one.judge, one.grade, one.reason) for one in found]


def audited() -> list[tuple[str, str, dict[str, object]]]:
    with reading() as session:
        rows = session.scalars(sa.select(AuditEvent).order_by(AuditEvent.id))
        return [(row.actor, row.action, row.details) for row in rows if row.subject_table == "judgement"]


def became(before: object, after: object) -> dict[str, object]:
    return {"before": before, "after": after}


def send(client: TestClient, grade: str, reason: str = "", **headers: str) -> int:
    sent = {"grade-GP-1": grade, "reason-GP-1": reason, "form_token": form_token(client)}
    return client.post("/judgements/N-1", data=sent, headers=headers).status_code


def test_a_judgement_is_given_changed_and_taken_back_and_each_leaves_an_audit_row(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    sent = {"grade-GP-1": "2", "reason-GP-1": " same crop ", "form_token": form_token(client)}
    answer = client.post("/judgements/N-1", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, "/judgements/N-1?saved=1")
    assert kept() == [(judge, 2, "same crop")]
    assert send(client, "2", "same crop") == 303
    assert send(client, "1") == 303
    assert kept() == [(judge, 1, None)]
    assert send(client, "") == 303
    assert kept() == []
    assert send(client, "") == 303
    names = {"need": "N-1", "practice": "GP-1"}
    assert audited() == [
        (judge, "judge_practice", {**names, "grade": became(None, 2), "reason": became(None, "same crop")}),
        (judge, "judge_practice", {**names, "grade": became(2, 1), "reason": became("same crop", None)}),
        (judge, "take_back_judgement", {**names, "grade": became(1, None)}),
    ]


def checked(tree: Element, practice: str) -> list[str]:
    radios = tree.all("input", name=f"grade-{practice}", type="radio")
    return [one.attributes["value"] for one in radios if "checked" in one.attributes]


def test_the_page_shows_the_answer_so_far(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    tree = page(client, "/judgements/N-1")
    assert checked(tree, "GP-1") == [""]
    send(client, "0", "another crop")
    tree = page(client, "/judgements/N-1?saved=1")
    assert checked(tree, "GP-1") == ["0"]
    assert tree.one("input", id="reason-GP-1").attributes["value"] == "another crop"
    assert "1 judgement changed." in tree.text
    listed = page(client, "/judgements")
    assert "You judge as Reader One" in listed.text
    assert "1 judged by you · 1 judgements in all" in listed.text


@pytest.mark.parametrize(
    ("grade", "reason", "field", "message"),
    [
        ("3", "", "grade", "Choose relevant, partly relevant or not relevant"),
        ("two", "x", "grade", "Choose relevant, partly relevant or not relevant"),
        ("", "a reason alone", "grade", "Choose a grade, or take the reason out"),
        ("1", "x" * (MOST_REASON + 1), "reason", "The reason must have 300 characters or fewer"),
        ("1", "a\0b", "reason", "The reason must not hold control characters"),
    ],
)
def test_a_wrong_answer_comes_back_filled_in_and_nothing_is_kept(
    session: Session,
    client: TestClient,
    judge: str,
    pair: tuple[Need, GoodPractice],
    grade: str,
    reason: str,
    field: str,
    message: str,
) -> None:
    a_good_practice(session, reference="GP-2")
    session.commit()
    sent = {"grade-GP-1": grade, "reason-GP-1": reason, "grade-GP-2": "2", "reason-GP-2": "right"}
    sent["form_token"] = form_token(client)
    answer = client.post("/judgements/N-1", data=sent)
    assert answer.status_code == 422
    tree = read(answer.text)
    assert tree.one("title").text.startswith("Error:")
    (link,) = tree.with_class("govuk-error-summary")[0].all("a")
    assert (link.attributes["href"], link.text) == (f"#{field}-GP-1", f"Quality programme for cocoa: {message}")
    shown = tree.one("p", id=f"{field}-GP-1-error")
    assert message in shown.text
    assert tree.one("input", id="reason-GP-2").attributes["value"] == "right"
    assert checked(tree, "GP-2") == ["2"]
    assert tree.one("input", id="reason-GP-1").attributes["value"] == reason.replace("\0", "\ufffd") or "\0" in reason
    assert kept() == []
    assert audited() == []


@pytest.mark.parametrize("role", [None, "focal_point", "auditor"])
def test_who_may_not_judge_is_shown_and_writes_nothing(
    session: Session, client: TestClient, pair: tuple[Need, GoodPractice], role: str | None
) -> None:
    if role is not None:
        sign_in(client, a_user(session, role))
    tree = page(client, "/judgements/N-1")
    assert "Judging is not open on these pages." in tree.text
    assert not tree.one("main").all("form")
    assert not tree.one("main").all("input")
    assert send(client, "2") == (303 if role is None else 403)
    assert kept() == []


def test_a_form_without_its_token_is_refused(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    other = TestClient(create_app(), base_url="https://testserver")
    sign_in(other, a_user(session, "reviewer"))
    for token in ({}, {"form_token": ""}, {"form_token": form_token(other)}):
        assert client.post("/judgements/N-1", data={"grade-GP-1": "2", **token}).status_code == 403
    assert kept() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", "origin": "https://testserver"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_is_refused(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice], headers: dict[str, str]
) -> None:
    assert send(client, "2", **headers) == 403
    assert kept() == []
    assert send(client, "2", **{"origin": "https://testserver", "sec-fetch-site": "same-origin"}) == 303


def test_what_is_sent_has_bounds(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    assert client.post("/judgements/N-1", content=b"x" * (MOST_BYTES + 1)).status_code == 413
    assert client.post("/judgements/N-1", content="&".join("a=b" for _ in range(1001))).status_code == 400
    assert client.post("/judgements/N-1", content=b"reason-GP-1=%ff&grade-GP-1=2").status_code == 400
    assert kept() == []


def test_only_what_is_put_before_the_judge_is_judged(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    a_good_practice(session, reference="GP-2", status="draft")
    a_good_practice(session, ("GHA", "BRA"), reference="GP-3")
    a_good_practice(session, reference="GP-4", theme="T_FAR")
    a_need(session, reference="N-2", status="draft")
    session.commit()
    sent = {f"grade-GP-{number}": "2" for number in (2, 3, 4)} | {"form_token": form_token(client)}
    assert client.post("/judgements/N-1", data=sent).headers["location"] == "/judgements/N-1?saved=0"
    for path in ("/judgements/N-9", "/judgements/N-2"):
        page(client, path, 404)
        assert client.post(path, data={"form_token": form_token(client)}).status_code == 404
    assert kept() == []


def test_practices_come_in_a_drawn_order_with_no_score(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    need, _ = pair
    references = [f"GP-{number}" for number in range(1, 9)]
    for reference in references[1:]:
        a_good_practice(session, reference=reference)
    a_source(session)
    fact = {"kind": "income_group", "value": "LM", "valid_from": date(2020, 1, 1), "source_code": "SOURCE"}
    added(session, CountryFact(iso3="GHA", **fact))
    session.commit()
    shown = [one.reference for one in queries.practices_for(session, need, judge)]
    assert sorted(shown) == references
    assert shown != references
    assert shown != [one.reference for one in queries.practices_for(session, need, "Another Reader")]
    tree = page(client, "/judgements/N-1")
    fields = [one.attributes["name"] for one in tree.all("input", type="text")]
    assert fields == [f"reason-{reference}" for reference in shown]
    assert "Lower middle income" in tree.text
    assert not tree.with_class("app-figure")


def test_what_another_judge_graded_is_asked_too_but_not_told(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    need, _ = pair
    far = a_good_practice(session, reference="GP-2", theme="T_FAR")
    added(session, a_judgement(need, far, judge="Reader Two", reason="a telling reason"))
    session.commit()
    tree = page(client, "/judgements/N-1")
    assert checked(tree, "GP-2") == [""]
    assert "a telling reason" not in tree.text
    assert "0 judged by you · 1 judgements in all" in page(client, "/judgements").text


def a_judgement(need: Need, practice: GoodPractice, **facts: object) -> Judgement:
    plain = {"judge": "Reader One", "grade": 2, "judged_on": date(2026, 11, 25)}
    return Judgement(need_id=need.id, practice_id=practice.id, **{**plain, **facts})


@pytest.mark.parametrize("grade", [-1, 3])
def test_the_table_keeps_legal_grades_only(session: Session, pair: tuple[Need, GoodPractice], grade: int) -> None:
    session.add(a_judgement(*pair, grade=grade))
    with pytest.raises(IntegrityError):
        session.flush()


def test_a_judge_has_one_judgement_of_a_pair(session: Session, pair: tuple[Need, GoodPractice]) -> None:
    session.add_all([a_judgement(*pair), a_judgement(*pair, judge="Reader Two")])
    session.flush()
    session.add(a_judgement(*pair, grade=0))
    with pytest.raises(IntegrityError):
        session.flush()


def test_the_number_of_queries_does_not_grow_with_the_rows(
    session: Session, client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    added(session, a_judgement(*pair))
    session.commit()
    paths = ("/judgements", "/judgements/N-1")

    def counted() -> list[int]:
        found = []
        for path in paths:
            with statements() as seen:
                page(client, path)
            found.append(len(seen))
        return found

    few = counted()
    a_country(session, "CHN")
    for _ in range(12):
        added(session, a_judgement(a_need(session), a_good_practice(session, ("BRA", "CHN"))))
    session.commit()
    assert counted() == few
    assert max(few) <= 15


def test_the_pages_read_from_right_to_left_in_arabic(
    client: TestClient, judge: str, pair: tuple[Need, GoodPractice]
) -> None:
    tree = page(client, "/judgements/N-1?lang=ar")
    assert tree.one("html").attributes["dir"] == "rtl"
    assert tree.one("h1").text == "الحكم على ممارسات من أجل حاجة"
    assert {one.attributes["lang"] for one in tree.one("main").one("form").all("bdi") if "lang" in one.attributes} == {
        "en"
    }


# at the terminal --------------------------------------------------------------------------------------------------


def sit(lines: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["judge", *arguments], input=lines)
    return result.exit_code, result.output


def test_at_the_terminal_answers_are_kept_skipped_and_taken_back(
    session: Session, pair: tuple[Need, GoodPractice]
) -> None:
    a_good_practice(session, reference="GP-2")
    session.commit()
    code, told = sit("u\n7\n1 another branch\nu\n2\ns\n", "N-1", "--judge", "Reader One")
    assert code == 0, told
    assert "There is nothing to take back." in told
    assert "2 relevant, 1 partly, 0 not" in told
    assert "1 judgements kept." in told
    assert "Country GHA: Quality of cocoa" in told
    assert [(judge, grade) for judge, grade, _ in kept()] == [("Reader One", 2)]
    assert [action for _, action, _ in audited()] == ["judge_practice", "take_back_judgement", "judge_practice"]
    code, told = sit("q\n", "--judge", "Reader One")
    assert (code, "1 practices to judge" in told) == (0, True)


def test_at_the_terminal_the_end_of_input_ends_the_sitting(pair: tuple[Need, GoodPractice], session: Session) -> None:
    assert sit("0\n", "N-1", "--judge", "Reader One")[0] == 0
    assert kept() == [("Reader One", 0, None)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("N-1",), "say who judges"),
        (("N-1", "--judge", "x"), "2 to 40 letters"),
        (("N-1", "--judge", "[red]!"), "2 to 40 letters"),
        (("N-9", "--judge", "Reader One"), "there is no need 'N-9'"),
    ],
)
def test_at_the_terminal_refusals_are_plain(
    session: Session, pair: tuple[Need, GoodPractice], arguments: tuple[str, ...], message: str
) -> None:
    code, told = sit("2\n", *arguments)
    assert code == 1
    assert message in " ".join(told.split())
    assert kept() == []


# the reference judgements -----------------------------------------------------------------------------------------


def test_the_reference_data_bring_at_least_sixty_needs_judged_ten_times(seeded_database: str) -> None:
    with reading() as session:
        query = sa.select(Judgement.need_id, sa.func.count()).where(Judgement.judge == "model")
        counts = [count for _, count in session.execute(query.group_by(Judgement.need_id))]
        own = session.scalar(sa.text(OWN))
    assert len(counts) >= 60
    assert min(counts) >= 10
    assert own == 0


def test_retrieval_finds_what_the_reader_found(seeded_session: Session) -> None:
    """The figures of docs/judging.md, with a little room for another version of a library."""
    problem = build_problem(seeded_session, date(2026, 11, 24))
    first, second = (grades_of(seeded_session, judge) for judge in ("model", "model-again"))
    assert len(second) == 60
    assert weighted_kappa(crossed(first, second)) >= 0.8
    ndcg = {}
    for name, scores in (("score", retrieval_scores(problem)), ("plain", plain_words(problem))):
        found = agreements(problem, scores, first)
        assert len(found) >= 50
        assert sum(one.judged for one in found.values()) / len(found) >= 0.99
        ndcg[name] = sum(one.ndcg for one in found.values()) / len(found)
    assert ndcg["score"] >= 0.70
    assert ndcg["score"] >= 1.5 * ndcg["plain"]


def grades_of(session: Session, judge: str) -> dict[tuple[str, str], int]:
    query = sa.select(Need.reference, GoodPractice.reference, Judgement.grade).select_from(Judgement)
    query = query.join(Judgement.need).join(Judgement.practice).where(Judgement.judge == judge)
    return {(need, practice): grade for need, practice, grade in session.execute(query)}


OWN = """
SELECT count(*) FROM judgement
JOIN need ON need.id = judgement.need_id
JOIN good_practice_provider ON good_practice_provider.practice_id = judgement.practice_id
WHERE good_practice_provider.iso3 = need.country_iso3
"""
