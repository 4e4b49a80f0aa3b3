"""The front door: ``solve(problem, rules)`` answers with a plan."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from matching import allocation
from matching.aims import GROUP, Costs, aims, binding_limits, listed_range
from matching.allocation import Allocation, Floor, Option
from matching.candidates import Candidates, find_candidates
from matching.earlier import Apart, kept_apart
from matching.options import Options, list_options
from matching.plan import InvestmentProposal, Plan, Status, TriangularProposal, Unmatched
from matching.present import present_investment, present_triangular
from matching.problem import Problem
from matching.rules import Rules
from matching.unmatched import why_unmatched
from matching.wide import choose_widely, goes_by_prices

Progress = Callable[[str, int | None, int | None], bool | None]
Start = Mapping[str, float] | Plan
STATUS = {
    allocation.Status.OPTIMAL: Status.OPTIMAL,
    allocation.Status.WITHIN_GAP: Status.WITHIN_GAP,
    allocation.Status.TIME_LIMIT: Status.TIME_LIMIT,
    allocation.Status.EFFORT_SPENT: Status.EFFORT_SPENT,
    allocation.Status.CANCELLED: Status.CANCELLED,
    allocation.Status.INFEASIBLE: Status.INFEASIBLE,
}


def solve(
    problem: Problem,
    rules: Rules,
    *,
    progress: Progress | None = None,
    start: Start | None = None,
    candidates: Candidates | None = None,
) -> Plan:
    """Choose the best plan and prove how good it is.

    Aims in order: no hard rule broken; floors and pins; most endorsed needs served; points; load spread over provider
    countries. Points and spread are one integer objective in which a hundredth of a point outweighs any spread.

    Parameters
    ----------
    problem
        The frozen parties.
    rules
        Weights, limits, floors, pins and vetoes.
    progress
        Called with the stage, and the value and bound so far in hundredths of a point; return True to stop.
    start
        An earlier plan of a problem or of rules that were a little different, or only its ``prices``; a wide problem
        is then answered sooner. From a plan, such as the one before a new pin or veto, as little as can be changes.
    candidates
        What ``find_candidates`` found for the same problem and weights, which then is not found again.

    Returns
    -------
    Plan
        Its status tells whether it is proven optimal, how far the bound is, or which floors and pins conflict.

    Raises
    ------
    ValueError
        When ``candidates`` were found for another problem or other weights.
    """
    started = time.monotonic()
    say = progress or (lambda _stage, _value, _bound: None)
    found = ready(problem, rules, say, candidates)
    listed = None if goes_by_prices(found) else list_options(found)
    return answer(found, listed, say, started, start)


def ready(problem: Problem, rules: Rules, say: Progress, candidates: Candidates | None) -> Candidates:
    """Candidates under the present rules: those given, or found now."""
    say("judging pairs", None, None)
    if candidates is None:
        return find_candidates(problem, rules)
    if candidates.problem is not problem and candidates.problem != problem:
        raise ValueError("'candidates' were found for another problem")
    before = candidates.rules
    if (before.weights, before.investment_weights) != (rules.weights, rules.investment_weights):
        raise ValueError("'candidates' were found for other weights")
    return replace(candidates, problem=problem, rules=rules)


def answer(
    candidates: Candidates,
    listed: Options | None,
    say: Progress,
    started: float,
    start: Start | None = None,
    apart: Sequence[Apart] = (),
) -> Plan:
    """The best plan that differs enough from some earlier plans.

    Parameters
    ----------
    candidates
        What the problem and its rules allow.
    listed
        All options; None where they are too many to list.
    say, started
        Who is told of progress, and when the computation began on the monotonic clock.
    start
        Where a wide problem begins.
    apart
        The earlier plans.
    """
    rules = candidates.rules

    def left() -> float:
        return rules.seconds - (time.monotonic() - started)

    say("choosing", None, None)
    if listed is None:
        wide = choose_widely(candidates, say, max(1.0, left()), start, apart)
        options, found, costs, sharp = wide.options, wide.answer, wide.costs, wide.sharp_prices
    else:
        options = kept_apart(listed, apart) if apart else listed
        found, costs = _choose_listed(options, candidates, say, left)
        sharp = {}
    say("explaining", None, None)
    plan = _plan(candidates, options, found, costs)
    return replace(plan, sharp_prices=sharp, apart=_told(apart), seconds=round(time.monotonic() - started, 3))


def _told(apart: Sequence[Apart]) -> str:
    if not apart:
        return ""
    return f"At most {apart[0].percent} % of the proposals of each kind of {len(apart)} earlier plans come again."


def _choose_listed(
    options: Options, candidates: Candidates, say: Progress, left: Callable[[], float]
) -> tuple[Allocation, Costs]:
    """Choose exactly among all options; ``left`` tells the seconds that are left for what the aims cost."""
    rules = candidates.rules
    endorsed, floors, refused = _endorsed_first(options, candidates, rules)
    if refused is not None:
        return refused, Costs()
    found = _best_points(options, floors, rules, say)
    if found.status is allocation.Status.INFEASIBLE:
        return found, Costs()
    told = [listed_range(options, found, floors, gone, left()) for gone in (GROUP, "endorsed")]
    costs = Costs(floors=told[0], endorsing=told[1])
    if endorsed is None:
        return found, costs
    return found, replace(costs, endorsed=endorsed.value, most_endorsed=endorsed.bound)


def _endorsed_first(
    options: Options, candidates: Candidates, rules: Rules
) -> tuple[Allocation | None, tuple[Floor, ...], Allocation | None]:
    """Serve as many endorsed needs as possible; the number found becomes a floor for the points."""
    if not any(need.endorsed for need in candidates.problem.needs):
        return None, options.floors, None
    listed = [
        Option(key, uses.get("endorsed", 0), {name: amount for name, amount in uses.items() if name != "endorsed"})
        for key, uses in options.uses.items()
    ]
    most = allocation.allocate(
        listed, options.capacities(), floors=options.floors, seconds=rules.seconds / 2, seed=rules.seed
    )
    if most.status is allocation.Status.INFEASIBLE:
        return None, options.floors, most
    return most, (*options.floors, Floor("endorsed needs", "endorsed", most.value)), None


def _best_points(options: Options, floors: tuple[Floor, ...], rules: Rules, say: Progress) -> Allocation:
    spread = _idle_slots(options)
    scale = 1 + sum(option.value for option in spread)
    listed = [Option(key, choice.points * scale, options.uses[key]) for key, choice in options.choices.items()]

    def report(value: int, bound: int) -> bool:
        return bool(say("choosing", value // scale, bound // scale))

    answer = allocation.allocate(
        [*listed, *spread],
        options.capacities(),
        floors=floors,
        seconds=rules.seconds,
        gap=rules.gap,
        seed=rules.seed,
        progress=report,
    )
    chosen = tuple(key for key in answer.chosen if key in options.choices)
    value = sum(options.choices[key].points for key in chosen)
    bound = max(value, answer.bound // scale) if answer.status is not allocation.Status.INFEASIBLE else 0
    return replace(
        answer,
        chosen=chosen,
        value=value,
        bound=bound,
        gap=(bound - value) / max(1, value),
        prices={resource: price / scale for resource, price in answer.prices.items()},
        # What the relaxation lies above the plan, and less than a unit of spread, rounded up.
        relaxation=value + (max(0, answer.relaxation - answer.value) + 2 * scale - 1) // scale,
    )


def _idle_slots(options: Options) -> list[Option]:
    """Options that reward idle slots of provider countries, so that the next slot of a country costs ever more.

    With load l of a country, the idle slots earn a constant less l(l+1)/2: the convex cost that spreads the load.
    """
    slots = []
    for code, capacity in options.limits.capacities().items():
        if code.startswith("country_load:"):
            for idle in range(1, capacity + 1):
                slots.append(Option(f"~idle|{code}|{idle:04d}", capacity - idle + 1, {code: 1}))
    return slots


def _plan(candidates: Candidates, options: Options, answer: Allocation, costs: Costs) -> Plan:
    status = STATUS[answer.status]
    if not options.choices and status is not Status.INFEASIBLE:
        status = Status.NOTHING_POSSIBLE
    chosen = [options.choices[key] for key in answer.chosen]
    used = _used(options, answer.chosen)
    triangular = present_triangular(candidates, options, used, [one for one in chosen if one.mode == "triangular"])
    investment = present_investment(candidates, options, used, [one for one in chosen if one.mode == "investment"])
    return Plan(
        status=status,
        objective=answer.value,
        bound=answer.bound,
        gap=answer.gap,
        seconds=0.0,
        snapshot_digest=candidates.problem.digest,
        rules=candidates.rules,
        options=_counts(options),
        triangular=triangular,
        investment=investment,
        unmatched=_unmatched(candidates, options, used, triangular, investment, status),
        binding_limits=binding_limits(options, used, answer, has_promises=_has_promises(candidates.rules, costs)),
        aims=aims(options, answer, costs, triangular, investment),
        conflict=answer.conflict,
        prices=answer.prices if options.is_partial else {},
        assumptions=_assumptions(options, used),
    )


def _has_promises(rules: Rules, costs: Costs) -> bool:
    return bool(rules.floors or rules.pins or rules.most_changes is not None or costs.endorsed is not None)


def _used(options: Options, chosen: Iterable[str]) -> dict[str, int]:
    used: dict[str, int] = {}
    for key in chosen:
        for resource, amount in options.uses[key].items():
            used[resource] = used.get(resource, 0) + amount
    return used


def _counts(options: Options) -> dict[str, int]:
    modes = [choice.mode for choice in options.choices.values()]
    return {mode: modes.count(mode) for mode in ("triangular", "investment")}


def _unmatched(
    candidates: Candidates,
    options: Options,
    used: Mapping[str, int],
    triangular: tuple[TriangularProposal, ...],
    investment: tuple[InvestmentProposal, ...],
    status: Status,
) -> tuple[Unmatched, ...]:
    if status is Status.INFEASIBLE:
        return ()
    served = {("triangular", one.need) for one in triangular} | {("investment", one.need) for one in investment}
    found = []
    for position, need in enumerate(candidates.problem.needs):
        for mode in ("triangular", "investment"):
            asked = mode == "triangular" or "investment" in need.modalities
            if asked and (mode, need.key) not in served:
                found.append(why_unmatched(candidates, options, used, position, mode))
    return tuple(found)


def _assumptions(options: Options, used: Mapping[str, int]) -> tuple[str, ...]:
    """The stated defaults that stood in for what no source gives."""
    limits = [options.limits[code] for code in sorted(used) if options.limits.capacity_of(code) is not None]
    rules = sorted({limit.code.split(":")[0] for limit in limits if limit.assumed})
    number = {rule: sum(limit.assumed and limit.code.startswith(rule) for limit in limits) for rule in rules}
    return tuple(f"{rule}: {number[rule]} limits rest on the house default, as no source states them" for rule in rules)
