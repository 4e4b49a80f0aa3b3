"""The front door: ``solve(problem, rules)`` answers with a plan."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from matching import allocation
from matching.allocation import Allocation, Floor, Option
from matching.candidates import Candidates, find_candidates
from matching.options import Options, list_options
from matching.plan import Aim, BindingLimit, InvestmentProposal, Plan, Status, TriangularProposal, Unmatched
from matching.present import present_investment, present_triangular
from matching.problem import Problem
from matching.rules import Rules
from matching.unmatched import why_unmatched
from matching.wide import choose_widely, is_packed, is_wide

Progress = Callable[[str, int | None, int | None], bool | None]
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
    start: Mapping[str, float] | None = None,
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
        ``prices`` of an earlier plan of a problem that was a little different; a wide problem is then answered sooner.

    Returns
    -------
    Plan
        Its status tells whether it is proven optimal, how far the bound is, or which floors and pins conflict.
    """
    started = time.monotonic()
    say = progress or (lambda _stage, _value, _bound: None)
    say("judging pairs", None, None)
    candidates = find_candidates(problem, rules)
    say("choosing", None, None)
    if is_wide(candidates) or is_packed(candidates):
        left = max(1.0, rules.seconds - (time.monotonic() - started))
        wide = choose_widely(candidates, say, left, start)
        options, answer, endorsed = wide.options, wide.answer, wide.endorsed
    else:
        options, answer, endorsed = _choose_listed(candidates, rules, say)
    say("explaining", None, None)
    plan = _plan(candidates, options, answer, endorsed)
    return replace(plan, seconds=round(time.monotonic() - started, 3))


def _choose_listed(candidates: Candidates, rules: Rules, say: Progress) -> tuple[Options, Allocation, int | None]:
    """List every option and choose exactly."""
    options = list_options(candidates)
    endorsed, floors, answer = _endorsed_first(options, candidates, rules)
    return options, _best_points(options, floors, rules, say) if answer is None else answer, endorsed


def _endorsed_first(
    options: Options, candidates: Candidates, rules: Rules
) -> tuple[int | None, tuple[Floor, ...], Allocation | None]:
    """Serve as many endorsed needs as possible; the number found becomes a floor for the points."""
    if not any(need.endorsed for need in candidates.problem.needs):
        return None, options.floors, None
    listed = [
        Option(key, uses.get("endorsed", 0), {name: amount for name, amount in uses.items() if name != "endorsed"})
        for key, uses in options.uses.items()
    ]
    answer = allocation.allocate(
        listed, _capacities(options), floors=options.floors, seconds=rules.seconds / 2, seed=rules.seed
    )
    if answer.status is allocation.Status.INFEASIBLE:
        return None, options.floors, answer
    return answer.value, (*options.floors, Floor("endorsed needs", "endorsed", answer.value)), None


def _capacities(options: Options) -> dict[str, int]:
    return dict(options.limits.capacities())


def _best_points(options: Options, floors: tuple[Floor, ...], rules: Rules, say: Progress) -> Allocation:
    spread = _idle_slots(options)
    scale = 1 + sum(option.value for option in spread)
    listed = [Option(key, choice.points * scale, options.uses[key]) for key, choice in options.choices.items()]

    def report(value: int, bound: int) -> bool:
        return bool(say("choosing", value // scale, bound // scale))

    answer = allocation.allocate(
        [*listed, *spread],
        _capacities(options),
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


def _plan(candidates: Candidates, options: Options, answer: Allocation, endorsed: int | None) -> Plan:
    status = STATUS[answer.status]
    if not options.choices and status is not Status.INFEASIBLE:
        status = Status.NOTHING_POSSIBLE
    chosen = [options.choices[key] for key in answer.chosen]
    used = _used(options, answer.chosen)
    triangular = tuple(present_triangular(candidates, options, used, one) for one in chosen if one.mode == "triangular")
    investment = tuple(present_investment(candidates, options, used, one) for one in chosen if one.mode == "investment")
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
        binding_limits=_binding(options, used, answer),
        aims=_aims(options, answer, endorsed, triangular, investment),
        conflict=answer.conflict,
        prices=answer.prices if options.is_partial else {},
        assumptions=_assumptions(options, used),
    )


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


def _binding(options: Options, used: Mapping[str, int], answer: Allocation) -> tuple[BindingLimit, ...]:
    """Limits that are used up or carry a price; those of a single need are left out, as they always bind."""
    found = []
    for code in options.limits.capacities():
        limit, price = options.limits[code], answer.prices.get(code, 0.0)
        if code.startswith("need_at_most_once:") or not (price > 0 or 0 < limit.capacity == used.get(code, 0)):
            continue
        worth = math.ceil(price) + answer.relaxation - answer.value
        found.append(BindingLimit(code, limit.text, limit.unit, used.get(code, 0), limit.capacity, worth))
    return tuple(sorted(found, key=lambda one: (-one.worth, one.limit)))


def _aims(
    options: Options,
    answer: Allocation,
    endorsed: int | None,
    triangular: tuple[TriangularProposal, ...],
    investment: tuple[InvestmentProposal, ...],
) -> tuple[Aim, ...]:
    loads: dict[str, int] = {}
    for one in triangular:
        loads[one.provider or "unknown"] = loads.get(one.provider or "unknown", 0) + 1
    floors = [
        Aim(
            "floor",
            floor.at_least,
            f"Floor kept: {floor.name}, at least {floor.at_least}.",
            _floor_price(answer, floor) or ("at most 0.00 points for one more" if options.is_partial else None),
        )
        for floor in options.floors
    ]
    text = (
        "No need carries an endorsement, so this aim decides nothing." if endorsed is None else "Endorsed needs served."
    )
    return (
        *floors,
        Aim("endorsed_needs_served", endorsed, text, None),
        Aim("points", answer.value, f"{len(triangular)} triangular and {len(investment)} investment proposals.", None),
        Aim(
            "load_spread",
            max(loads.values(), default=0),
            "Most proposals at one provider country.",
            "0 points: taken last",
        ),
    )


def _floor_price(answer: Allocation, floor: Floor) -> str | None:
    price = answer.prices.get(floor.resource)
    return None if price is None else f"at most {abs(price) / 100:.2f} points for one more"


def _assumptions(options: Options, used: Mapping[str, int]) -> tuple[str, ...]:
    """The stated defaults that stood in for what no source gives."""
    limits = [options.limits[code] for code in sorted(used) if options.limits.capacity_of(code) is not None]
    rules = sorted({limit.code.split(":")[0] for limit in limits if limit.assumed})
    number = {rule: sum(limit.assumed and limit.code.startswith(rule) for limit in limits) for rule in rules}
    return tuple(f"{rule}: {number[rule]} limits rest on the house default, as no source states them" for rule in rules)
