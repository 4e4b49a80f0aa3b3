"""Small random problems, and their best value by trying every combination."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import matching
from matching.candidates import find_candidates
from matching.eligibility import amount_asked
from matching.examples import DAY, THEMES, country, need, practice, window

AREAS = ("environment", "skills")
CODES = ("E_ENMS", "E_LOWCARB", "S_TVET")


def random_problem(seed: int) -> matching.Problem:
    """Up to four needs, four practices, three windows, three investors and two offices over five countries."""
    draw = random.Random(seed)
    keys = ["AAA", "BBB", "CCC", "DDD", "EEE"]
    countries = [
        country(key, ldc=draw.random() < 0.4, southern=draw.random() < 0.9, income_group=draw.choice(["L", "LM", None]))
        for key in keys
    ]
    return matching.Problem(
        as_of=DAY,
        countries=tuple(countries),
        themes=THEMES,
        needs=tuple(_need(draw, f"N{n}", keys) for n in range(draw.randint(0, 4))),
        practices=tuple(_practice(draw, f"P{n}", keys) for n in range(draw.randint(1, 4))),
        windows=tuple(_window(draw, f"W{n}", keys) for n in range(draw.randint(1, 3))),
        investors=tuple(_investor(draw, f"V{n}", keys) for n in range(draw.randint(0, 3))),
        offices=tuple(
            matching.ITPOOffice(key=f"O{n}", name=f"Office {n}", host="EEE", case_capacity=draw.choice([None, 1, 2]))
            for n in range(draw.randint(0, 2))
        ),
        institution_slots={f"institution-P{n}": draw.randint(0, 2) for n in range(3)},
        country_slots={key: draw.randint(0, 3) for key in keys[:3]},
    )


def random_rules(seed: int) -> matching.Rules:
    """Rules with small defaults, so that limits bind."""
    draw = random.Random(seed)
    return matching.Rules(
        proposals_per_window_when_unknown=draw.randint(1, 2),
        slots_per_institution_when_unknown=draw.randint(1, 2),
        slots_per_country_when_unknown=draw.randint(1, 2),
        cases_per_office_when_unknown=1,
        deals_per_investor_when_unknown=1,
    )


def _need(draw: random.Random, key: str, keys: list[str]) -> matching.Need:
    return need(
        key,
        draw.choice(keys),
        themes=frozenset(draw.sample(CODES, draw.randint(1, 2))),
        action_area=draw.choice(AREAS),
        budget=draw.choice([None, Decimal(40), Decimal(70)]),
        endorsed=draw.choice([None, None, True]),
        modalities=frozenset(draw.choice([["investment"], ["training"], ["investment", "training"]])),
    )


def _practice(draw: random.Random, key: str, keys: list[str]) -> matching.GoodPractice:
    providers = draw.sample(keys, draw.randint(0, 2))
    institution = f"institution-{key}" if draw.random() < 0.7 else None
    themes = frozenset(draw.sample(CODES, draw.randint(1, 2)))
    return replace(practice(key, *providers, themes=themes), institution=institution)


def _window(draw: random.Random, key: str, keys: list[str]) -> matching.FundingWindow:
    return window(
        key,
        donor_country=draw.choice([None, *keys]),
        action_areas=frozenset(draw.sample(AREAS, draw.randint(1, 2))),
        budget=draw.choice([None, Decimal(100)]),
        budget_group=draw.choice([None, "shared"]),
        cofinancing_share=draw.choice([None, 50]),
        accepts=draw.choice([None, frozenset(keys[:3]), frozenset(keys)]),
        open_to=draw.choice([None, date(2026, 6, 1), date(2025, 1, 1)]),
        recurs=draw.choice([None, True]),
    )


def _investor(draw: random.Random, key: str, keys: list[str]) -> matching.Investor:
    return matching.Investor(
        key=key,
        name=f"Investor {key}",
        home=draw.choice([None, *keys]),
        themes=frozenset(draw.sample(CODES, 1)),
        accepts=draw.choice([None, frozenset(keys[:4])]),
        deals=draw.choice([None, 2]),
    )


def best_by_trying(problem: matching.Problem, rules: matching.Rules, *, endorsed_first: bool = True) -> tuple[int, int]:
    """Most endorsed needs served, counted per mode, and most points among those; shares no code with the optimizer.

    Without ``endorsed_first`` the most points, however many endorsed needs that serves.
    """
    candidates = find_candidates(problem, rules)
    best_endorsed, best_points = 0, 0
    for kind, limits_kept in ((candidates.triangular, _triangular_kept), (candidates.investment, _investment_kept)):
        choices = []
        for position in range(len(problem.needs)):
            triples = kind.triples_of(position)
            rows = zip(triples.second.tolist(), triples.third.tolist(), triples.points.tolist(), strict=True)
            choices.append([None, *((position, *row) for row in rows)])
        results = []
        for combination in _combinations(choices):
            if limits_kept(candidates, combination):
                endorsed = (
                    sum(bool(problem.needs[one[0]].endorsed) for one in combination)
                    if kind is candidates.triangular
                    else 0
                )
                results.append((endorsed, sum(one[3] for one in combination)))
        endorsed, points = max(results, key=lambda one: one if endorsed_first else (one[1], 0))
        best_endorsed, best_points = best_endorsed + endorsed, best_points + points
    return best_endorsed, best_points


def _combinations(choices: list[list]) -> Iterator[list]:
    for combination in product(*choices):
        yield [one for one in combination if one is not None]


def _triangular_kept(candidates, chosen) -> bool:
    problem, rules = candidates.problem, candidates.rules
    institutions, countries, counted, spent = Counter(), Counter(), Counter(), Counter()
    budgets = {}
    for one in problem.windows:
        group = one.budget_group or one.key
        if one.budget is not None:
            budgets[group] = max(one.budget, budgets.get(group, 0))
    for i, j, k, _points in chosen:
        work, provider = candidates.practice(j), candidates.offers.provider[j]
        institutions[work.institution or work.key] += 1
        if provider is not None:
            countries[provider] += 1
        group = problem.windows[k].budget_group or problem.windows[k].key
        asked = amount_asked(problem.needs[i], problem.windows[k])
        if asked is None or group not in budgets:
            counted[group] += 1
        else:
            spent[group] += asked
    return (
        all(
            n <= problem.institution_slots.get(key, rules.slots_per_institution_when_unknown)
            for key, n in institutions.items()
        )
        and all(
            n <= problem.country_slots.get(key, rules.slots_per_country_when_unknown) for key, n in countries.items()
        )
        and all(n <= rules.proposals_per_window_when_unknown for n in counted.values())
        and all(money <= budgets[group] for group, money in spent.items())
    )


def _investment_kept(candidates, chosen) -> bool:
    problem, rules = candidates.problem, candidates.rules
    deals, cases = Counter(one[1] for one in chosen), Counter(one[2] for one in chosen)
    return all(
        n <= (problem.investors[v].deals or rules.deals_per_investor_when_unknown) for v, n in deals.items()
    ) and all(n <= (problem.offices[o].case_capacity or rules.cases_per_office_when_unknown) for o, n in cases.items())


def best_plan_apart(
    problem: matching.Problem, rules: matching.Rules, earlier: Sequence[matching.Plan], percent: int
) -> int | None:
    """The best value of triangular proposals that hold at most ``percent`` of those of each earlier plan, by trying."""
    candidates = find_candidates(problem, rules)
    held = [{(one.need, one.practice, one.provider, one.window) for one in plan.triangular} for plan in earlier]

    def named(one: tuple[int, ...]) -> tuple[str | None, ...]:
        i, j, k, _points = one
        practice, provider = candidates.practice(j).key, candidates.offers.provider[j]
        return problem.needs[i].key, practice, provider, problem.windows[k].key

    choices = []
    for position in range(len(problem.needs)):
        triples = candidates.triangular.triples_of(position)
        rows = zip(triples.second.tolist(), triples.third.tolist(), triples.points.tolist(), strict=True)
        choices.append([None, *((position, *row) for row in rows)])
    values = [
        sum(one[3] for one in chosen)
        for chosen in _combinations(choices)
        if all(100 * sum(named(one) in then for one in chosen) <= percent * len(then) for then in held)
        and _triangular_kept(candidates, chosen)
    ]
    return max(values, default=None)
