"""The index of eligible pairs: it agrees with the judges and with the parts that are shown, for every pair."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from random_problems import random_problem
from sklearn.feature_extraction.text import TfidfVectorizer

import matching
from matching.candidates import Candidates, Pairs, find_candidates
from matching.eligibility import (
    Verdict,
    is_eligible,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.encoding import branch_bits, ladder
from matching.examples import DAY, country, need, one_of_each, practice, window, with_investment
from matching.masks import window_mask
from matching.similarity import row_cosines, text_vectors
from matching.taxonomy import isic_line, isic_overlap

RULES = matching.Rules()
KEYS = ["AAA", "BBB", "CCC", "DDD", "EEE"]
CODES = {
    f"{top}{middle}{leaf}": f"{top}{middle}" if leaf else (top if middle else None)
    for top in "ABCDEF"
    for middle in ("", "1", "2", "3", "4")
    for leaf in ("", *("12345" if middle else ""))
}
THEMES = tuple(
    matching.Theme(key=code, action_area="skills", label=code, parent=parent or None) for code, parent in CODES.items()
)
ISIC = ["C", "C10", "C104", "C1040", "C24", "C241", "A", "A01", "A0111", "B1"]
WORDS = [
    "energy",
    "solar",
    "leather",
    "tannery",
    "training",
    "the",
    "of",
    "water",
    "steel",
    "firms",
    "énergie",
    "audit",
]
MONEY = [None, *map(Decimal, ("10", "10.004", "10.005", "10.01", "19.999", "20", "20.00", "40", "1000000000000.01"))]


def some(draw: random.Random, names: list[str], most: int, least: int = 0) -> frozenset[str]:
    return frozenset(draw.sample(names, draw.randint(least, most)))


def text(draw: random.Random) -> str:
    return " ".join(draw.choices(WORDS, k=draw.choice([0, 1, 6, 12])))


def band(draw: random.Random) -> dict[str, Any]:
    amounts = [draw.choice(MONEY), draw.choice(MONEY)]
    if None not in amounts:
        amounts.sort()
    return {"min_ticket": amounts[0], "max_ticket": amounts[1], "currency": draw.choice(["USD", "USD", "EUR"])}


def mandate(draw: random.Random) -> dict[str, Any]:
    return {
        "themes": some(draw, sorted(CODES), 3),
        "accepts": draw.choice([None, some(draw, [*KEYS, "ZZZ"], 4)]),
        "accepts_complete": draw.random() < 0.7,
        **band(draw),
    }


def varied_need(draw: random.Random, key: str) -> matching.Need:
    return need(
        key,
        draw.choice(KEYS),
        text=text(draw),
        themes=some(draw, sorted(CODES), 4),
        isic=some(draw, ISIC, 3),
        sdg_targets=some(draw, ["7.3", "7.2", "1.4", "13.1"], 2),
        modalities=some(draw, ["investment", "training"], 2),
        action_area=draw.choice(matching.ACTION_AREAS),
        budget=draw.choice(MONEY),
        currency=draw.choice(["USD", "USD", "EUR"]),
        self_financing_share=draw.choice([None, 0, 10, 33, 50]),
        endorsed=draw.choice([None, False, True]),
        owner=draw.choice([None, "a ministry"]),
        priority=draw.choice([None, 0, 1, 2, 5]),
    )


def varied_practice(draw: random.Random, key: str) -> matching.GoodPractice:
    return practice(
        key,
        *draw.sample(KEYS, draw.randint(0, 3)),
        text=text(draw),
        themes=some(draw, sorted(CODES), 4),
        isic=some(draw, ISIC, 3),
        sdg_targets=some(draw, ["7.3", "7", "1.4"], 2),
        replicated_in=some(draw, [*KEYS, "ZZZ"], 3),
        results=draw.choice([None, "achieved", "planned"]),
        start_year=draw.choice([None, 1999, 2020, 2027]),
    )


def varied_window(draw: random.Random, key: str) -> matching.FundingWindow:
    return window(
        key,
        **mandate(draw),
        donor_country=draw.choice([None, *KEYS]),
        donor_type=draw.choice(["northern", "multilateral"]),
        kind=draw.choice(["call", "call", "call", "past_contribution"]),
        action_areas=some(draw, list(matching.ACTION_AREAS), 3, 1),
        budget=draw.choice(MONEY),
        cofinancing_share=draw.choice([None, None, 0, 10, 33, 50]),
        excludes=some(draw, KEYS, 2),
        open_from=draw.choice([None, None, date(2025, 1, 1), DAY, date(2026, 6, 1)]),
        open_to=draw.choice([None, date(2025, 1, 1), DAY, date(2026, 6, 1)]),
        recurs=draw.choice([None, False, True]),
        min_parties=draw.choice([None, 3, 5]),
    )


def varied_investor(draw: random.Random, key: str) -> matching.Investor:
    facts = {**mandate(draw), "isic": some(draw, ISIC, 3), "text": text(draw), "home": draw.choice([None, *KEYS])}
    return matching.Investor(key=key, name=key, **facts)


def varied_office(draw: random.Random, key: str) -> matching.ITPOOffice:
    serves = draw.choice([None, some(draw, [*KEYS, "ZZZ"], 4)])
    return matching.ITPOOffice(key=key, name=key, host=draw.choice(KEYS), serves=serves, text=text(draw))


def varied(seed: int) -> matching.Problem:
    """A problem in which every field that a rule or criterion looks at varies, and is unknown now and then."""
    draw = random.Random(seed)
    countries = [
        country(
            key,
            southern=draw.random() < 0.8,
            ldc=draw.random() < 0.3,
            oda_eligible=draw.choice([None, True, False]),
            income_group=draw.choice([None, "L", "LM", "UM", "H"]),
        )
        for key in KEYS
    ]
    makers: dict[str, Callable[[random.Random, str], Any]] = {
        "needs": varied_need,
        "practices": varied_practice,
        "windows": varied_window,
        "investors": varied_investor,
        "offices": varied_office,
    }
    parties = {kind: tuple(make(draw, f"{kind}{n}") for n in range(10)) for kind, make in makers.items()}
    projects = tuple(
        matching.PastProject(
            key=f"X{n}",
            title="Work",
            beneficiaries=tuple(draw.sample(KEYS, 2)),
            providers=tuple(draw.sample(KEYS, 1)),
            facilitators=tuple(draw.sample(KEYS, draw.randint(0, 1))),
        )
        for n in range(draw.randint(0, 6))
    )
    return matching.Problem(as_of=DAY, countries=tuple(countries), themes=THEMES, projects=projects, **parties)


PROBLEMS = [*(varied(seed) for seed in range(25)), *(random_problem(seed) for seed in range(10))]


def table(pairs: Pairs, columns: int) -> np.ndarray:
    """The index of pairs as a table of points, -1 where there is none."""
    found = np.full((len(pairs.starts) - 1, columns), -1)
    rows = np.repeat(np.arange(len(found)), np.diff(pairs.starts))
    found[rows, pairs.columns] = pairs.points
    return found


def judged(rows: int, columns: int, judge: Callable[[int, int], list[Verdict]]) -> np.ndarray:
    return np.array([[is_eligible(judge(i, j)) for j in range(columns)] for i in range(rows)]).reshape(rows, columns)


def tables(found: Candidates) -> list[np.ndarray]:
    """Points of every pair of every kind."""
    problem, offers = found.problem, len(found.offers)
    sizes = (offers, len(problem.windows), len(problem.investors), len(problem.offices))
    pairs = (found.triangular.second, found.triangular.third, found.investment.second, found.investment.third)
    across = [found.triangular.across.astype(int), found.investment.across.astype(int)]
    return [table(one, size) for one, size in zip(pairs, sizes, strict=True)] + across


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_masks_agree_with_the_judges_for_every_pair(problem: matching.Problem) -> None:
    found, needs = find_candidates(problem, RULES), problem.needs
    ground, provider, offers = found.ground, found.offers.provider, len(found.offers)
    windows, investors, offices = problem.windows, problem.investors, problem.offices
    expected = [
        judged(len(needs), offers, lambda i, j: judge_practice(ground, needs[i], found.practice(j), provider[j])),
        judged(len(needs), len(windows), lambda i, k: judge_window(ground, needs[i], windows[k])),
        judged(len(needs), len(investors), lambda i, v: judge_investor(ground, needs[i], investors[v])),
        judged(len(needs), len(offices), lambda i, o: judge_office(ground, needs[i], offices[o])),
        judged(
            offers, len(windows), lambda j, k: judge_facilitation(ground, found.practice(j), provider[j], windows[k])
        ),
        np.ones((len(investors), len(offices)), dtype=bool),
    ]
    for kind, (points, eligible) in enumerate(zip(tables(found), expected, strict=True)):
        assert np.array_equal(points >= 0, eligible), kind


def test_the_varied_problems_fail_and_pass_every_rule() -> None:
    seen = set()
    for problem in PROBLEMS[:25]:
        found = find_candidates(problem, RULES)
        ground = found.ground
        for one in problem.needs:
            verdicts = [judge_practice(ground, one, found.practice(j), p) for j, p in enumerate(found.offers.provider)]
            verdicts += [judge_window(ground, one, other) for other in problem.windows]
            verdicts += [judge_investor(ground, one, other) for other in problem.investors]
            verdicts += [judge_office(ground, one, other) for other in problem.offices]
            seen |= {(verdict.rule, str(verdict.outcome)) for some_ in verdicts for verdict in some_}
    rules = {rule for rule, _ in seen} - {"parties_are_enough"}  # which is passed or unknown
    assert len(rules) == 15
    assert {rule for rule, outcome in seen if outcome == "failed"} == rules
    assert {rule for rule, outcome in seen if outcome == "passed"} >= rules


@pytest.mark.parametrize("problem", PROBLEMS)
def test_points_in_the_index_are_the_totals_of_the_parts_that_are_shown(problem: matching.Problem) -> None:
    found = find_candidates(problem, RULES)
    criteria = found.criteria
    parts = (
        criteria.need_practice,
        criteria.need_window,
        criteria.need_investor,
        criteria.need_office,
        criteria.practice_window,
        criteria.investor_office,
    )
    for points, part in zip(tables(found), parts, strict=True):
        rows, columns = np.nonzero(points >= 0)
        assert np.array_equal(part(rows, columns).total, points[rows, columns])
        backwards = part(rows[::-1].copy(), columns[::-1].copy())
        assert np.array_equal(backwards.total[::-1], points[rows, columns])
        for row, column in list(zip(rows, columns, strict=True))[:3]:
            one = part(np.array([row]), np.array([column]))
            assert one.total[0] == points[row, column]


@pytest.mark.parametrize("seed", range(10))
def test_the_order_of_the_input_changes_nothing(seed: int) -> None:
    problem, draw = varied(seed), random.Random(seed)
    kinds = ("countries", "themes", "needs", "practices", "windows", "investors", "offices", "projects")
    moved = {kind: tuple(draw.sample(getattr(problem, kind), len(getattr(problem, kind)))) for kind in kinds}
    shuffled = replace(problem, **moved)
    for one, other in zip(
        tables(find_candidates(problem, RULES)), tables(find_candidates(shuffled, RULES)), strict=True
    ):
        assert np.array_equal(one, other)


@pytest.mark.parametrize("missing", ["needs", "practices", "windows", "investors", "offices"])
def test_a_problem_may_lack_a_kind_of_party(missing: str) -> None:
    found = find_candidates(replace(with_investment(), **{missing: ()}), RULES)
    lost = {"needs": (0, 0), "practices": (0, 1), "windows": (0, 1), "investors": (1, 0), "offices": (1, 0)}
    assert (len(found.triangular.triples()), len(found.investment.triples())) == lost[missing]


def test_nothing_may_be_eligible() -> None:
    lone = replace(one_of_each(), needs=(need("N1", "AAA", themes=frozenset({"S_TVET"}), action_area="skills"),))
    found = find_candidates(lone, RULES)
    assert len(found.triangular.second.columns) == len(found.triangular.third.columns) == 0
    assert len(found.triangular.triples()) == 0


def test_an_index_takes_four_bytes_a_pair_with_columns_ascending() -> None:
    for problem in PROBLEMS:
        found = find_candidates(problem, RULES)
        for space in (found.triangular, found.investment):
            assert space.across.dtype == np.int16
            for pairs in (space.second, space.third):
                assert (pairs.starts.dtype, pairs.columns.dtype, pairs.points.dtype) == (np.int64, np.uint16, np.int16)
                for row in range(len(pairs.starts) - 1):
                    columns = pairs.columns[pairs.of_row(row)].tolist()
                    assert columns == sorted(set(columns))
                    assert all(pairs.columns[pairs.find(row, column)] == column for column in columns)  # type: ignore[index]
                assert pairs.find(0, 10_000) is None if len(pairs.starts) > 1 else True


def test_amounts_compare_on_a_ladder_as_they_are() -> None:
    amounts = [one for one in MONEY if one is not None]
    places, others = ladder(amounts, [*amounts[::-1], None])
    assert others[-1] == -1
    for one, place in zip(amounts, places, strict=True):
        for other, step in zip(amounts[::-1], others, strict=False):
            assert (one < other, one == other) == (place < step, place == step)


def test_a_ticket_is_compared_to_the_last_digit() -> None:
    asking = need("N1", "AAA", budget=Decimal("10.015"))
    fits = [window("W1", max_ticket=Decimal("10.02")), window("W2", max_ticket=Decimal("10.0199"))]
    assert window_mask(replace(one_of_each(), needs=(asking,), windows=tuple(fits))).tolist() == [[True, False]]


def test_industries_meet_as_they_overlap() -> None:
    sets = [frozenset({one, other}) for one in ISIC for other in ISIC]
    narrow = [frozenset(code for code in one if len(code) > 1) for one in sets]
    near, own = branch_bits(narrow, narrow, isic_line)
    for i, one in enumerate(sets):
        for j, other in enumerate(sets):
            assert bool((near[i] & own[j]).any()) == (isic_overlap(one, other) is not None)


def test_texts_weigh_as_in_scikit_learn() -> None:
    draw = random.Random(0)
    texts = ["", "the of", *(text(draw) for _ in range(20)), "Énergie, énergie; x ENERGIE-audit 2024"]
    known = TfidfVectorizer(sublinear_tf=True, stop_words="english", strip_accents="unicode")
    expected = known.fit_transform(texts).toarray()
    vectors, words = text_vectors(texts, len(texts) // 2)
    rows, columns = (axis.ravel() for axis in np.indices((len(texts) // 2, len(texts) - len(texts) // 2)))
    columns = columns + len(texts) // 2
    found = row_cosines(vectors, vectors, rows, columns)
    cosines = (expected @ expected.T)[rows, columns]
    empty = ~expected.any(axis=1)
    assert np.array_equal(np.isnan(found), empty[rows] | empty[columns])
    assert np.allclose(np.nan_to_num(found), np.where(np.isnan(found), 0.0, cosines), atol=1e-12)
    assert set(words) <= set(known.get_feature_names_out())
