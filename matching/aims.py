"""The ordered aims of a plan with what each costs in points, and what one more unit of a limit would bring.

All is proven by prices. With a bound U at prices p for a problem, one unit more of a limit, or one unit less of a
floor, lifts the bound by the price of that row and no more (Geoffrion, 1974). Without a floor the bound at a price of
nothing for it holds, and is improved from there. Nothing is said of one unit more of a floor: prices only prove
that it costs at least something.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching import allocation
from matching.allocation import Allocation, Floor, Option, Status
from matching.axial import AxialModel
from matching.dual import TOUCH_UP, ascend
from matching.large import Answer
from matching.options import Options
from matching.pairings import Bools
from matching.plan import Aim, BindingLimit, InvestmentProposal, TriangularProposal
from matching.pricing import SHIFT

# The points of a proposal, in hundredths, at most.
MOST_POINTS = 10_000
GROUP = "floor:"
SPREAD = "0 points: taken last"


@dataclass(frozen=True)
class Range:
    """What an aim costs, in hundredths of a point: at least ``least`` and at most ``most``."""

    least: int
    most: int


@dataclass(frozen=True)
class Costs:
    """What all floors of groups together, and serving most endorsed needs, cost; None where no time was left to tell.

    ``endorsed`` is how many endorsed needs are served, None where none is endorsed; no plan serves more than
    ``most_endorsed``.
    """

    floors: Range | None = None
    endorsing: Range | None = None
    endorsed: int | None = None
    most_endorsed: int | None = None


# what an aim costs -----------------------------------------------------------------------------------------------


def bound_without(model: AxialModel, answer: Answer, freed: Bools) -> int:
    """A bound for the model without some of its floors.

    Parameters
    ----------
    model, answer
        What was chosen from, and the answer.
    freed
        Which rows are left out, floors all; shape (rows,).
    """
    if not answer.sharp_prices[freed].any():
        return answer.bound
    if not answer.prices[freed].any():
        return answer.relaxation
    # A floor of nothing is always kept.
    wider = replace(model, right=np.where(freed, 0, model.right))
    prices = np.where(freed, 0, answer.prices) / float(1 << SHIFT)
    return ascend(wider, prices, TOUCH_UP).bound


def listed_range(
    options: Options, answer: Allocation, floors: Sequence[Floor], gone: str, seconds: float
) -> Range | None:
    """What floors cost among listed options, those whose resource begins with ``gone``; None without time to tell."""
    kept = [floor for floor in floors if not floor.resource.startswith(gone)]
    if not any(price for resource, price in answer.prices.items() if resource.startswith(gone)):
        # The relaxation has been rounded up by one for what prices of single units may be off.
        return Range(0, max(0, answer.relaxation - 1 - answer.value))
    if seconds <= 0:
        return None
    capacities = options.capacities()
    known = capacities.keys() | {floor.resource for floor in kept}
    listed = [
        Option(key, choice.points, {name: amount for name, amount in options.uses[key].items() if name in known})
        for key, choice in options.choices.items()
    ]
    # Any gap will do: the linear relaxation gives a bound and, rounded, a plan.
    wider = allocation.allocate(listed, capacities, floors=kept, seconds=seconds, gap=math.inf)
    return Range(max(0, wider.value - answer.bound), max(0, wider.bound - answer.value))


# telling ---------------------------------------------------------------------------------------------------------


def aims(
    options: Options,
    answer: Allocation,
    costs: Costs,
    triangular: tuple[TriangularProposal, ...],
    investment: tuple[InvestmentProposal, ...],
) -> tuple[Aim, ...]:
    """The aims in their order."""
    loads: dict[str, int] = {}
    for one in triangular:
        loads[one.provider or "unknown"] = loads.get(one.provider or "unknown", 0) + 1
    number = f"{len(triangular)} triangular and {len(investment)} investment proposals."
    return (
        *(_floor(options, answer, floor, costs.floors) for floor in options.floors),
        _endorsed(answer, costs),
        Aim("points", answer.value, number, None),
        Aim("load_spread", max(loads.values(), default=0), "Most proposals at one provider country.", SPREAD, 0, 0),
    )


def _floor(options: Options, answer: Allocation, floor: Floor, cost: Range | None) -> Aim:
    text = f"Floor kept: {floor.name}, at least {floor.at_least}."
    one_less = _one_less(answer, floor.resource)
    if answer.status is Status.INFEASIBLE:
        return Aim("floor", floor.at_least, text, None)
    if not floor.resource.startswith(GROUP):
        price = f"without it at most {one_less / 100:.2f} points more"
        return Aim("floor", floor.at_least, text, price, one_less=one_less)
    groups = sum(one.resource.startswith(GROUP) for one in options.floors)
    what = "all floors together cost " if groups > 1 else "costs "
    return _priced("floor", floor.at_least, text, what, cost, one_less)


def _endorsed(answer: Allocation, costs: Costs) -> Aim:
    if costs.endorsed is None:
        return Aim("endorsed_needs_served", None, "No need carries an endorsement, so this aim decides nothing.", None)
    is_most = costs.most_endorsed is None or costs.endorsed >= costs.most_endorsed
    text = "Endorsed needs served." if is_most else f"Endorsed needs served; no plan serves over {costs.most_endorsed}."
    one_less = _one_less(answer, "endorsed")
    return _priced("endorsed_needs_served", costs.endorsed, text, "costs ", costs.endorsing, one_less)


def _priced(aim: str, value: int, text: str, what: str, cost: Range | None, one_less: int) -> Aim:
    least_one = f"one less would bring at most {one_less / 100:.2f} points"
    if cost is None:
        return Aim(aim, value, text, f"{least_one}; no time was left to tell the whole cost", one_less=one_less)
    if cost.least == cost.most:
        told = f"{cost.most / 100:.2f} points"
    elif cost.least == 0:
        told = f"at most {cost.most / 100:.2f} points"
    else:
        told = f"between {cost.least / 100:.2f} and {cost.most / 100:.2f} points"
    return Aim(aim, value, text, f"{what}{told}; {least_one}", cost.least, cost.most, one_less)


def _one_less(answer: Allocation, resource: str) -> int:
    return math.ceil(answer.prices.get(resource, 0.0)) + answer.relaxation - answer.value


def binding_limits(
    options: Options, used: Mapping[str, int], answer: Allocation, *, has_promises: bool
) -> tuple[BindingLimit, ...]:
    """Limits that are used up or carry a price, and what one more unit would bring at most.

    Those of a single need are left out, as they always bind; so are, where floors, pins or earlier proposals are
    promised (``has_promises``), those whose next unit admits what prices know nothing of.
    """
    found = []
    for code in options.limits.capacities():
        limit, price = options.limits[code], answer.prices.get(code, 0.0)
        if code.startswith("need_at_most_once:") or not (price > 0 or 0 < limit.capacity == used.get(code, 0)):
            continue
        worth = math.ceil(price) + answer.relaxation - answer.value
        if code in options.opening and has_promises:
            continue
        if code in options.opening:
            # An option that needs all of the wider limit stands alone in it: without it the old bound holds.
            worth = max(worth, answer.bound - answer.value + MOST_POINTS)
        found.append(BindingLimit(code, limit.text, limit.unit, used.get(code, 0), limit.capacity, worth))
    return tuple(sorted(found, key=lambda one: (-one.worth, one.limit)))
