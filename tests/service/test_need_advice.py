"""Advice on a need that is being written: each promise it makes is kept once the answer is there."""

from datetime import date
from decimal import Decimal

import pytest
from need_walks import ANSWERS, People, flat, people
from page_reading import Element, read
from records import a_country, a_funding_window, a_good_practice, a_grouping, a_need, a_theme, added
from sqlalchemy.orm import Session
from test_page_queries import statements

import matching
from matching.eligibility import FAILED, PASSED, Ground, judge_practice, judge_window
from sstic import audit
from sstic.database import reading
from sstic.match_runs import advice
from sstic.match_runs.advice import SHOWN, Advice, Asked, Promise, advise
from sstic.match_runs.snapshot import build_supply
from sstic.tables.classifications import UnidoProgramme
from sstic.tables.countries import CountryFact

DAY = date(2026, 11, 25)
TEXT = "Ice plants and cold rooms for fish landed by small boats."


def asked(**answers: object) -> Asked:
    return Asked(**{"key": "N-GHA-1", "country": "GHA", "title": "Cold storage", "text": TEXT, **answers})  # type: ignore[arg-type]


def kept(asking: Asked, promise: Promise) -> Asked:
    """The need with the answers that a promise names; of an amount the bound that is there."""
    answers = dict(vars(asking))
    if promise.theme is not None:
        answers["themes"] = asking.themes | {promise.theme}
    if "budget_amount" in promise.fields:
        answers |= {"budget": promise.lowest if promise.lowest is not None else promise.highest}
        answers |= {"currency": promise.currency}
    if promise.share is not None:
        answers["self_financing_share"] = promise.share
    return Asked(**answers)


def reached(found: Advice) -> set[str]:
    return {one.reference for one in (*found.practices, *found.windows)}


def see_promises_kept(session: Session, asking: Asked) -> int:
    """Fill in every answer that advice names; what it promised must appear. How many promises there were."""
    before = advise(session, asking, DAY)
    for promise in before.promises:
        after = advise(session, kept(asking, promise), DAY)
        named = {one.reference for one in promise.unlocks}
        assert named
        assert not named & reached(before)
        if promise.theme is not None:
            assert named <= reached(after), promise
            assert after.practices_number == before.practices_number + promise.number
        else:
            assert after.windows_number >= before.windows_number + promise.number - promise.loses, promise
            assert after.windows_number > SHOWN or named <= reached(after), promise
    return len(before.promises)


ASKED = (
    asked(),
    asked(themes=frozenset({"T_FOODSYS"})),
    asked(themes=frozenset({"T_FOODSYS"}), budget=Decimal(900), currency="USD"),
    asked(themes=frozenset({"T_FOODSYS"}), budget=Decimal(90_000_000), currency="USD", self_financing_share=0),
    asked(country="COL", action_area="environment", budget=Decimal(500_000), currency="EUR", self_financing_share=10),
    asked(country="VNM", action_area="skills", self_financing_share=50),
)


@pytest.mark.parametrize("asking", ASKED)
def test_every_promise_on_the_reference_data_is_kept(seeded_session: Session, asking: Asked) -> None:
    assert see_promises_kept(seeded_session, asking) > 0


@pytest.mark.parametrize("asking", ASKED)
def test_what_is_said_to_be_reached_fails_no_hard_rule(seeded_session: Session, asking: Asked) -> None:
    problem = build_supply(seeded_session, DAY)
    ground, found = Ground.of(problem), advise(seeded_session, asking, DAY)
    answers = {name: value for name, value in vars(asking).items() if name != "currency"}
    need = matching.Need(**answers, currency=asking.currency or "USD")
    practices = {one.key: one for one in problem.practices}
    windows = {one.key: one for one in problem.windows}
    for one in found.practices:
        practice = practices[one.reference]
        sides = [judge_practice(ground, need, practice, side) for side in practice.providers or (None,)]
        assert any(all(verdict.outcome is not FAILED for verdict in side) for side in sides)
    for one in found.windows:
        verdicts = judge_window(ground, need, windows[one.reference])
        assert all(verdict.outcome is not FAILED for verdict in verdicts)
        assert set(one.unknown) == {verdict.rule for verdict in verdicts if verdict.outcome is not PASSED}
    eligible = [
        practice
        for practice in problem.practices
        if any(
            all(verdict.outcome is not FAILED for verdict in judge_practice(ground, need, practice, side))
            for side in practice.providers or (None,)
        )
    ]
    assert found.practices_number == len(eligible)


# small worlds, known answers ---------------------------------------------------------------------------------------


@pytest.fixture
def small(session: Session) -> Session:
    """A practice of Brazil on theme one, one on theme two, and windows that ask for money and for an own share."""
    a_country(session, "GHA")
    a_country(session, "BRA")
    a_grouping(session, "G77", ("BRA", "GHA"))
    a_theme(session, "T_TWO")
    a_good_practice(session, reference="GP-ONE")
    a_good_practice(session, theme="T_TWO", reference="GP-TWO")
    a_good_practice(session, ("GHA",), reference="GP-OWN")
    a_funding_window(session, "G77", reference="FW-MOST", max_ticket=Decimal(500_000), open_to=date(2100, 1, 1))
    asks_share = {"min_ticket": Decimal(100_000), "cofinancing_share": 20, "open_to": date(2100, 1, 1)}
    a_funding_window(session, "G77", reference="FW-SHARE", **asks_share)
    a_funding_window(session, "G77", reference="FW-SHUT", open_to=date(2020, 1, 1), recurs=False)
    a_funding_window(session, "G77", reference="FW-EUR", max_ticket=Decimal(9_000), currency="EUR")
    return session


def promised(found: Advice) -> dict[tuple[str, ...], list[Promise]]:
    told: dict[tuple[str, ...], list[Promise]] = {}
    for one in found.promises:
        told.setdefault(one.fields, []).append(one)
    return told


def test_an_empty_need_is_told_what_each_answer_unlocks(small: Session) -> None:
    found = advise(small, asked(), DAY)
    assert (found.practices_number, found.windows_number) == (0, 0)
    told = promised(found)
    assert [(one.theme, one.unlocks[0].reference) for one in told["themes",]] == [
        ("T_ONE", "GP-ONE"),
        ("T_TWO", "GP-TWO"),
    ]
    money = {one.unlocks[0].reference: one for one in told["budget_amount",]}
    assert (money["FW-MOST"].lowest, money["FW-MOST"].highest, money["FW-MOST"].currency) == (None, 500_000, "USD")
    assert money["FW-EUR"].currency == "EUR"
    (both,) = told["budget_amount", "self_financing_share"]
    assert (both.unlocks[0].reference, both.lowest, both.share) == ("FW-SHARE", 125_000, 20)
    kept_out = {(one.kind, one.rule): one.number for one in found.kept_out}
    assert kept_out["window", "window_is_open_on"] == 1
    assert kept_out["practice", "beneficiary_is_not_provider"] == 1
    assert see_promises_kept(small, asked()) == len(found.promises)


def test_a_cost_too_high_is_told_how_low_it_would_have_to_be(small: Session) -> None:
    asking = asked(themes=frozenset({"T_ONE"}), budget=Decimal(700_000), currency="USD", self_financing_share=20)
    found = advise(small, asking, DAY)
    assert [one.reference for one in found.windows] == ["FW-SHARE"]
    money = {one.unlocks[0].reference: one for one in promised(found)["budget_amount",]}
    assert money["FW-MOST"].highest == Decimal(625_000)  # a fifth of it is the country's own
    assert (money["FW-MOST"].loses, money["FW-EUR"].loses) == (0, 1)
    assert found.triangles == (("GP-ONE", "FW-SHARE"),)
    assert see_promises_kept(small, asking) > 0


def test_a_share_too_low_is_told_how_high_it_would_have_to_be(small: Session) -> None:
    asking = asked(budget=Decimal(400_000), currency="USD", self_financing_share=5)
    (promise,) = promised(advise(small, asking, DAY))["self_financing_share",]
    assert (promise.share, promise.unlocks[0].reference) == (20, "FW-SHARE")


def test_what_is_kept_between_questions_follows_what_is_there(small: Session) -> None:
    asking = asked(themes=frozenset({"T_ONE"}))
    assert advise(small, asking, DAY).practices_number == 1
    a_good_practice(small, reference="GP-NEW")
    assert advise(small, asking, DAY).practices_number == 2
    with statements() as run:
        advise(small, asking, DAY)
    assert len(run) == 3
    practice = a_good_practice(small, reference="GP-LATER", status="draft")
    assert advise(small, asking, DAY).practices_number == 2
    practice.status = "published"
    audit.record(small, "test", "publish_practice", "good_practice", practice.id, {})
    assert advise(small, asking, DAY).practices_number == 3


# on the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def all_of(small: Session) -> People:
    added(small, UnidoProgramme(code="CIRP", name="Recovery", action_area="technology", purpose="P", outputs="O"))
    added(small, UnidoProgramme(code="ECP", name="Curriculum", action_area="skills", purpose="P", outputs="O"))
    added(small, UnidoProgramme(code="PCP", name="Partnership", action_area="cross_cutting", purpose="P", outputs="O"))
    return people(small)


def aside(tree: Element) -> Element:
    return tree.one("aside", id="reach")


def names(tree: Element) -> set[str]:
    """References that the aside links to before it says what would unlock more."""
    listed = aside(tree).with_class("app-reach__list")
    return {one.attributes["href"].rsplit("/", 1)[-1] for group in listed for one in group.all("a")}


def test_the_page_promises_and_keeps(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    before = writer.get(f"/needs/{reference}/edit/help")
    assert "Themes: Theme T_ONE" in flat(before)
    assert "0 good practices" in aside(before).text
    assert writer.save(reference, "help", {**ANSWERS["help"], "themes": ["T_ONE"]}).status_code == 303
    after = writer.get(f"/needs/{reference}/edit/money")
    assert "1 good practice" in aside(after).text
    assert "GP-ONE" in names(after)
    assert "Total cost: at most USD 500,000" in aside(after).text
    writer.save(
        reference, "money", {"budget_amount": "500,000", "budget_currency": "USD", "self_financing_share": "20"}
    )
    assert "2 funding windows" in aside(writer.get(f"/needs/{reference}/edit/what")).text


def test_the_button_gives_advice_on_what_is_typed_and_saves_nothing(all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    answer = writer.look(reference, "help", {**ANSWERS["help"], "themes": ["T_TWO"]}, "advise")
    assert answer.status_code == 200
    tree = read(answer.text)
    assert "GP-TWO" in names(tree)
    assert "nothing was saved" in aside(tree).text
    ticked = [one for one in tree.all("input", name="themes") if "checked" in one.attributes]
    assert [one.attributes["value"] for one in ticked] == ["T_TWO"]
    assert "0 good practices" in aside(writer.get(f"/needs/{reference}/edit/help")).text
    again = writer.client.get(f"/needs/{reference}/edit/help/look")
    assert (again.status_code, again.headers["location"]) == (303, f"/needs/{reference}/edit/help")
    answer = writer.look(reference, "money", {**ANSWERS["money"], "budget_amount": "much"}, "advise")
    assert answer.status_code == 422


def test_needs_that_say_nearly_the_same_are_told_if_one_may_read_them(session: Session, all_of: People) -> None:
    a_need(session, "GHA", title="Storage that is cold, for fish", reference="N-1")
    a_need(session, "CIV", title="Cold storage for fish", reference="N-2")
    session.commit()
    writer, colleague = all_of.writer, all_of.colleague
    first, second = writer.begin(), colleague.begin()
    writer.save(first, "what")
    colleague.save(second, "what")
    links = [
        one.attributes["href"]
        for one in aside(writer.get(f"/needs/{first}/edit/what")).with_class("govuk-inset-text")[0].all("a")
    ]
    assert set(links) == {"/needs/N-1", f"/needs/{second}/status"}


def test_tools_of_the_field_are_told_with_the_caution_of_their_own_terms(session: Session, all_of: People) -> None:
    writer, reference = all_of.writer, all_of.writer.begin()
    text = aside(writer.get(f"/needs/{reference}/edit/what")).text
    assert "2 UNIDO tools of this field" in text
    assert "Recovery: P Its own terms aim at LDCs" in text
    assert "Curriculum" not in text
    fact = {"kind": "income_group", "value": "LM", "valid_from": date(2020, 1, 1), "source_code": "SOURCE"}
    added(session, CountryFact(iso3="GHA", **fact))
    session.commit()
    assert "Its own terms" not in aside(writer.get(f"/needs/{reference}/edit/what")).text


def test_advice_never_names_an_investor() -> None:
    assert not [name for name in dir(advice) if "nvest" in name]


def test_advice_reads_the_same_number_of_statements_whatever_there_is(small: Session) -> None:
    for number in range(3):
        a_good_practice(small, reference=f"GP-X{number}")
    small.commit()
    with reading() as session:
        advise(session, asked(), DAY)
        with statements() as run:
            advise(session, asked(themes=frozenset({"T_ONE"})), DAY)
    assert len(run) == 3
