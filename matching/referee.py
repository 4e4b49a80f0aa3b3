"""The referee: checks a plan against the rules by itself. It never reads the optimizer, its options or its limits."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal

from matching.eligibility import (
    Ground,
    Verdict,
    amount_asked,
    is_eligible,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.plan import InvestmentProposal, Plan, Status, TriangularProposal
from matching.problem import FundingWindow, Problem
from matching.rules import GroupFloor, Pairing, Rules


def broken_rules(problem: Problem, rules: Rules, plan: Plan) -> list[str]:
    """Everything that a plan breaks, as sentences; empty when the plan is sound.

    Checks: every party exists; no hard rule fails; every limit, floor, pin and veto is kept; points add up; the
    objective is the sum of the points and does not exceed the bound; the gap is what the two say.
    """
    if plan.status is Status.INFEASIBLE:
        return [] if not plan.triangular and not plan.investment else ["an infeasible plan holds proposals"]
    broken = list(_unknown_parties(problem, plan))
    if broken:
        return broken
    checks: tuple[Callable[[Problem, Rules, Plan], Iterator[str]], ...] = (
        _eligibility,
        _need_at_most_once,
        _provider_capacity,
        _window_capacity,
        _investment_capacity,
        _floors,
        _pairings,
        _least_change,
        _points,
        _proof,
        _every_need_told,
    )
    return [sentence for check in checks for sentence in check(problem, rules, plan)]


def too_alike(plans: Sequence[Plan], least_percent_different: int, most_percent_worse: int) -> list[str]:
    """What a list of near-best plans breaks of its promises, as sentences; empty when all are kept.

    Of each kind of proposals, a plan may hold at most 100 - ``least_percent_different`` percent of those of each plan
    before it; it is worth at least 100 - ``most_percent_worse`` percent of the first.
    """
    broken = []
    for number, plan in enumerate(plans):
        if 100 * plan.objective < (100 - most_percent_worse) * plans[0].objective:
            broken.append(f"plan {number + 1} is worth {plan.objective}, too little beside {plans[0].objective}")
        for before, earlier in enumerate(plans[:number]):
            for kind, now, then in (
                ("triangular", _named(plan.triangular), _named(earlier.triangular)),
                ("investment", _named(plan.investment), _named(earlier.investment)),
            ):
                same = len(now & then)
                if 100 * same > (100 - least_percent_different) * len(then):
                    broken.append(
                        f"plan {number + 1} holds {same} of {len(then)} {kind} proposals of plan {before + 1}"
                    )
    return broken


def _named(proposals: Iterable[TriangularProposal | InvestmentProposal]) -> set[tuple[str | None, ...]]:
    return {
        (one.need, one.practice, one.provider, one.window)
        if isinstance(one, TriangularProposal)
        else (one.need, one.investor, one.office)
        for one in proposals
    }


def _unknown_parties(problem: Problem, plan: Plan) -> Iterator[str]:
    keys = {
        kind: {party.key for party in getattr(problem, kind)}
        for kind in ("needs", "practices", "windows", "investors", "offices")
    }
    named = [("needs", one.need) for one in plan.proposals]
    named += [("practices", one.practice) for one in plan.triangular] + [
        ("windows", one.window) for one in plan.triangular
    ]
    named += [("investors", one.investor) for one in plan.investment] + [
        ("offices", one.office) for one in plan.investment
    ]
    for kind, key in named:
        if key not in keys[kind]:
            yield f"the plan names '{key}', which is not among the {kind}"


def _eligibility(problem: Problem, _rules: Rules, plan: Plan) -> Iterator[str]:
    ground = Ground.of(problem)
    needs, practices = {one.key: one for one in problem.needs}, {one.key: one for one in problem.practices}
    windows = {one.key: one for one in problem.windows}
    investors, offices = {one.key: one for one in problem.investors}, {one.key: one for one in problem.offices}
    for one in plan.triangular:
        need, practice, window = needs[one.need], practices[one.practice], windows[one.window]
        if one.provider not in (practice.providers or (None,)):
            yield f"{one.need}: {one.provider} does not provide practice {one.practice}"
            continue
        verdicts = judge_practice(ground, need, practice, one.provider) + judge_window(ground, need, window)
        yield from _failed(one.need, verdicts + judge_facilitation(ground, practice, one.provider, window), one.ledger)
    for deal in plan.investment:
        need, investor, office = needs[deal.need], investors[deal.investor], offices[deal.office]
        yield from _failed(
            deal.need, judge_investor(ground, need, investor) + judge_office(ground, need, office), deal.ledger
        )


def _failed(need: str, verdicts: list[Verdict], ledger: tuple[Verdict, ...]) -> Iterator[str]:
    if not is_eligible(verdicts):
        failed = [verdict.rule for verdict in verdicts if verdict.outcome == "failed"]
        yield f"{need}: the hard rules {', '.join(failed)} fail"
    if sorted(verdict.rule for verdict in verdicts) != sorted(verdict.rule for verdict in ledger):
        yield f"{need}: the ledger does not tell of every hard rule"


def _need_at_most_once(_problem: Problem, _rules: Rules, plan: Plan) -> Iterator[str]:
    count = Counter((type(one).__name__, one.need) for one in plan.proposals)
    for (kind, need), number in count.items():
        if number > 1:
            yield f"{need} has {number} proposals of the kind {kind}"


def _over(rule: str, used: Counter[str], capacity: Callable[[str], int], rules: Rules) -> Iterator[str]:
    for key, number in sorted(used.items()):
        allowed = capacity(key) + rules.extra_capacity.get(f"{rule}:{key}", 0)
        if number > allowed:
            yield f"{rule}: {key} has {number}, allowed are {allowed}"


def _provider_capacity(problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    practices = {one.key: one for one in problem.practices}
    holders = Counter(practices[one.practice].institution or one.practice for one in plan.triangular)
    countries = Counter(one.provider for one in plan.triangular if one.provider is not None)
    slots, load = problem.institution_slots, problem.country_slots
    yield from _over(
        "institution_slots", holders, lambda key: slots.get(key, rules.slots_per_institution_when_unknown), rules
    )
    yield from _over("country_load", countries, lambda key: load.get(key, rules.slots_per_country_when_unknown), rules)


def _window_capacity(problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    windows, needs = {one.key: one for one in problem.windows}, {one.key: one for one in problem.needs}

    def group(window: FundingWindow) -> str:
        return window.budget_group or window.key

    budgets: dict[str, Decimal] = {}
    for window in problem.windows:
        if window.budget is not None:
            budgets[group(window)] = max(window.budget, budgets.get(group(window), Decimal(0)))
    counted: Counter[str] = Counter()
    spent: dict[str, Decimal] = {}
    for one in plan.triangular:
        window = windows[one.window]
        asked = amount_asked(needs[one.need], window)
        if asked is None or group(window) not in budgets:
            counted[group(window)] += 1
        else:
            spent[group(window)] = spent.get(group(window), Decimal(0)) + asked
    yield from _over("window_proposals", counted, lambda _key: rules.proposals_per_window_when_unknown, rules)
    for key, money in sorted(spent.items()):
        if money > budgets[key] + rules.extra_capacity.get(f"window_budget:{key}", 0):
            yield f"window_budget: {key} pays {money}, its budget is {budgets[key]}"


def _investment_capacity(problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    deals = {one.key: one.deals for one in problem.investors}
    cases = {one.key: one.case_capacity for one in problem.offices}

    def deals_of(key: str) -> int:
        known = deals[key]
        return rules.deals_per_investor_when_unknown if known is None else known

    def cases_of(key: str) -> int:
        known = cases[key]
        return rules.cases_per_office_when_unknown if known is None else known

    yield from _over("investor_deals", Counter(one.investor for one in plan.investment), deals_of, rules)
    yield from _over("office_case_capacity", Counter(one.office for one in plan.investment), cases_of, rules)
    needs, investors = {one.key: one for one in problem.needs}, {one.key: one for one in problem.investors}
    placed: Counter[str] = Counter()
    for one in plan.investment:
        need, investor = needs[one.need], investors[one.investor]
        if investor.portfolio is not None and need.budget is not None and need.currency == investor.currency:
            placed[one.investor] += math.ceil(need.budget)
    yield from _over("investor_portfolio", placed, lambda key: math.floor(investors[key].portfolio or 0), rules)


def _floors(problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    served = {one.need for one in plan.triangular}
    for floor in rules.floors:
        members = {need.key for need in problem.needs if _in_group(problem, floor, need.country, need.action_area)}
        promised = math.ceil(len(members) * floor.least_percent / 100)
        if len(members & served) < promised:
            yield f"floor {floor.name}: {len(members & served)} of the promised {promised} are served"


def _in_group(problem: Problem, floor: GroupFloor, country: str, action_area: str) -> bool:
    if floor.group == "ldc":
        return problem.country[country].ldc
    return floor.value == (problem.country[country].region if floor.group == "region" else action_area)


def _holds(pairing: Pairing, proposal: TriangularProposal | InvestmentProposal) -> bool:
    return all(getattr(proposal, party, None) == key for party, key in pairing.parties().items())


def _pairings(_problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    for pin in rules.pins:
        if not any(_holds(pin, one) for one in plan.proposals):
            yield f"the pin '{pin.name}' is not kept"
    for veto in rules.vetoes:
        for one in plan.proposals:
            if _holds(veto, one):
                yield f"the veto '{veto.name}' is broken by the proposal for {one.need}"


def _least_change(problem: Problem, rules: Rules, plan: Plan) -> Iterator[str]:
    """Earlier proposals that could still be held and are not; a pairing that names no window or office is passed."""
    if rules.most_changes is None:
        return
    ground = Ground.of(problem)
    needs, practices = {one.key: one for one in problem.needs}, {one.key: one for one in problem.practices}
    windows = {one.key: one for one in problem.windows}
    investors, offices = {one.key: one for one in problem.investors}, {one.key: one for one in problem.offices}
    dropped: Counter[str] = Counter()
    for one in rules.earlier:
        named = (one.need, one.practice, one.window) if one.window else (one.need, one.investor, one.office)
        if any(veto.covers(one) for veto in rules.vetoes) or any(_holds(one, held) for held in plan.proposals):
            continue
        need = needs.get(str(named[0]))
        if one.window and need is not None and one.practice in practices and one.window in windows:
            practice, window = practices[one.practice], windows[one.window]
            verdicts = judge_practice(ground, need, practice, one.provider) + judge_window(ground, need, window)
            if is_eligible(verdicts + judge_facilitation(ground, practice, one.provider, window)):
                dropped["triangular"] += 1
        elif need is not None and one.investor in investors and one.office in offices:
            investor, office = investors[one.investor], offices[one.office]
            if is_eligible(judge_investor(ground, need, investor) + judge_office(ground, need, office)):
                dropped["investment"] += 1
    for mode, number in dropped.items():
        if number > rules.most_changes:
            yield f"{number} earlier {mode} proposals are dropped, allowed are {rules.most_changes}"


def _points(_problem: Problem, _rules: Rules, plan: Plan) -> Iterator[str]:
    for one in plan.proposals:
        if one.points != sum(part.points or 0 for part in one.parts):
            yield f"{one.need}: the parts do not add up to {one.points}"
        if not 0 <= one.points <= 10_000:
            yield f"{one.need}: {one.points} points are out of range"
        if any(part.points is not None and not 0 <= part.points <= part.weight + 1 for part in one.parts):
            yield f"{one.need}: a criterion gives more than its weight"


def _proof(_problem: Problem, _rules: Rules, plan: Plan) -> Iterator[str]:
    total = sum(one.points for one in plan.proposals)
    if plan.objective != total:
        yield f"the objective is {plan.objective}, the points add up to {total}"
    if plan.bound < plan.objective:
        yield f"the bound {plan.bound} lies below the objective {plan.objective}"
    if not math.isclose(plan.gap, (plan.bound - plan.objective) / max(1, plan.objective), abs_tol=1e-12):
        yield f"the gap {plan.gap} is not what objective and bound say"


def _every_need_told(problem: Problem, _rules: Rules, plan: Plan) -> Iterator[str]:
    told = {one.need for one in plan.triangular} | {one.need for one in plan.unmatched if one.mode == "triangular"}
    for need in problem.needs:
        if need.key not in told:
            yield f"{need.key} is neither served nor told as unmatched"
    for one in plan.unmatched:
        if not one.reasons:
            yield f"{one.need} is unmatched without a reason"
