"""The way for problems whose options are too many to list: prices, bounds and search over pairs.

Answers like ``allocation.allocate``, and lists only the options that a plan speaks of: the chosen ones, the best other
option of every need, and the best option of every need that goes without.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matching.aims import GROUP, Costs, Range, bound_without
from matching.allocation import Allocation, Floor, Status
from matching.auction import choose_by_bids, fits
from matching.axial import AxialModel, Chosen, Lists, Specials
from matching.candidates import Candidates
from matching.dual import Floats, evaluate
from matching.earlier import MODES, Apart, most_again, proposals_of, triples_of
from matching.finish import finish
from matching.knapsack import FINE
from matching.large import MOST_ROUNDS, Answer, choose
from matching.layout import Layout, lay_out, parties_of
from matching.limits import Limits
from matching.options import Choice, Options, investment_parties, triangular_parties
from matching.plan import Plan
from matching.pricing import SHIFT, Longs, Seconds
from matching.rules import Pairing

Say = Callable[[str, int | None, int | None], bool | None]
# Up to so many possible options are listed and solved exactly.
LISTED = 400_000
# Fewer are still better not listed where windows with budgets must be filled: more than this, and so many pairs of
# needs and windows with money. The listed way's relaxation lies too far above the best plan there.
PACKED, PACKED_PAIRS = 20_000, 1_000
# Rounds of prices and search before the exact finish takes over.
ROUNDS_BEFORE = 3


def is_wide(candidates: Candidates) -> bool:
    """Whether the options are too many to list."""
    return _possible(candidates) > LISTED


def goes_by_prices(candidates: Candidates) -> bool:
    """Whether options are not listed: they are too many, or packed."""
    return is_wide(candidates) or is_packed(candidates)


def is_packed(candidates: Candidates) -> bool:
    """Whether prices come first and the exact finish after them: budgets bind many needs, and the options are many."""
    if _possible(candidates) <= PACKED:
        return False
    needs, windows = candidates.problem.needs, candidates.problem.windows
    budgeted = np.array([window.budget is not None for window in windows], dtype=np.bool_)
    costed = np.array([need.budget is not None for need in needs], dtype=np.bool_)
    table = candidates.triangular.third
    money = budgeted[table.columns] & np.repeat(costed, np.diff(table.starts))
    return int(money.sum()) > PACKED_PAIRS


def _possible(candidates: Candidates) -> int:
    spaces = candidates.triangular, candidates.investment
    return sum(int((np.diff(one.second.starts) * np.diff(one.third.starts)).sum()) for one in spaces)


@dataclass(frozen=True)
class Wide:
    """What was chosen of both modes: options that are spoken of, the answer, and what the aims cost."""

    options: Options
    answer: Allocation
    costs: Costs
    sharp_prices: Mapping[str, float] = field(default_factory=dict)


def choose_widely(
    candidates: Candidates,
    say: Say,
    seconds: float,
    start: Mapping[str, float] | Plan | None = None,
    apart: Sequence[Apart] = (),
) -> Wide:
    """Choose among all options of a wide problem, or of a packed one that ends in the exact finish.

    Parameters
    ----------
    candidates
        What the problem and its rules allow.
    say
        Told the stage, value and bound; returns True to stop.
    seconds
        What is left of the time.
    start
        An earlier plan, or prices by resource code, from which the search begins.
    apart
        Earlier plans from which this one differs.
    """
    rules, limits, is_rough = candidates.rules, Limits(candidates), is_wide(candidates)
    pins = _pins_by_mode(candidates)
    most = _most_endorsed(candidates, limits, pins["triangular"], start, apart)
    endorsed = None if most is None else most.value
    parts: dict[str, tuple[Layout, Answer]] = {}
    value = bound = 0
    for mode, share in zip(MODES, _shares(candidates), strict=True):
        if not share and not pins[mode]:
            continue
        layout = lay_out(
            candidates,
            limits,
            mode,
            endorsed=endorsed,
            pins=pins[mode],
            apart=[(one.pairings(mode), one.most(mode)) for one in apart],
        )
        began, told = time.monotonic(), _progress(say, value, bound)
        if fits(layout.model):
            answer = choose_by_bids(layout.model, seconds=seconds * share, gap=rules.gap, progress=told)
        else:
            answer = choose(
                layout.model,
                seconds=seconds * share,
                gap=rules.gap,
                seed=rules.seed,
                progress=told,
                rounds=MOST_ROUNDS if is_rough else ROUNDS_BEFORE,
                **_beginning(candidates, layout, start),
            )
        if not is_rough:
            left = seconds * share - (time.monotonic() - began)
            answer = finish(layout.model, answer, seconds=left, gap=rules.gap, seed=rules.seed, progress=told)
        if layout.lost or answer.status is Status.INFEASIBLE:
            # Where a plan has to differ, that alone may be out of reach.
            named = () if apart else _named_conflict(candidates, limits, layout, pins[mode], endorsed)
            return _infeasible(limits, named)
        parts[mode] = layout, answer
        value, bound = value + answer.value, bound + answer.bound
    options = replace(_spoken_of(candidates, limits, parts), apart=most_again(apart))
    joined = _joined(options, parts)
    return Wide(options, joined, _costs(candidates, options, joined, parts, most), _sharp_prices(candidates, parts))


def _sharp_prices(candidates: Candidates, parts: Mapping[str, tuple[Layout, Answer]]) -> dict[str, float]:
    """Prices of rows and of needs, by code, that prove the sharper bounds."""
    found: dict[str, float] = {}
    for layout, answer in parts.values():
        if answer.first_prices is not None:
            found |= _by_code(layout.codes, answer.sharp_prices, SHIFT)
            needs = [f"need_at_most_once:{layout.mode}:{need.key}" for need in candidates.problem.needs]
            found |= _by_code(needs, answer.first_prices, FINE)
    return found


def _by_code(codes: Sequence[str], prices: Longs, shift: int) -> dict[str, float]:
    known = (prices / float(1 << shift)).tolist()
    return {code: price for code, price in zip(codes, known, strict=True) if price}


def _beginning(candidates: Candidates, layout: Layout, start: Mapping[str, float] | Plan | None) -> dict[str, Any]:
    """Prices and plan from which the choice begins, and whether it stays near that plan."""
    if isinstance(start, Plan):
        held = triples_of(candidates, layout.model, layout.mode, proposals_of(start, layout.mode))
        needs = [f"need_at_most_once:{layout.mode}:{need.key}" for need in candidates.problem.needs]
        known = start.sharp_prices
        sharp = [np.array([known.get(code, 0.0) for code in codes]) for codes in (layout.codes, needs)]
        has_sharp = sharp[1].any()
        return {
            "prices": _started(layout, start.prices),
            "plan": held,
            "sharp": tuple(sharp) if has_sharp else None,
            "stays_near": True,
        }
    return {"prices": _started(layout, start), "plan": _earlier(candidates, layout)}


def _costs(
    candidates: Candidates,
    options: Options,
    joined: Allocation,
    parts: Mapping[str, tuple[Layout, Answer]],
    most: Answer | None,
) -> Costs:
    """What floors and endorsed needs cost; both are kept by triangular proposals."""
    if "triangular" not in parts:
        return Costs()
    layout, answer = parts["triangular"]
    told = []
    for gone in (GROUP, "endorsed"):
        rows = np.array([code.startswith(gone) for code in layout.codes], dtype=np.bool_)
        told.append(Range(0, max(0, bound_without(layout.model, answer, rows) - answer.value)))
    costs = Costs(floors=told[0], endorsing=told[1])
    if most is None:
        return costs
    served = {options.choices[key].need for key in joined.chosen if options.choices[key].mode == "triangular"}
    endorsed = {place for place, need in enumerate(candidates.problem.needs) if need.endorsed}
    return replace(costs, endorsed=len(served & endorsed), most_endorsed=min(most.bound, len(endorsed)))


def _shares(candidates: Candidates) -> tuple[float, float]:
    """How the time is shared between the modes: by pairs, but at least a fifth where there is anything to do."""
    sizes = [len(space.second.columns) for space in (candidates.triangular, candidates.investment)]
    least = [0.2 if size else 0.0 for size in sizes]
    rest = 1.0 - sum(least)
    return tuple(low + rest * size / max(1, sum(sizes)) for low, size in zip(least, sizes, strict=True))  # type: ignore[return-value]  # two in, two out


def _progress(say: Say, value: int, bound: int) -> Callable[[int, int], bool]:
    return lambda now, most: bool(say("choosing", value + now, bound + most))


def _pins_by_mode(candidates: Candidates) -> dict[str, list[Pairing]]:
    """Which mode keeps each pin; one that names only a need is kept by the triangular side where that can."""
    needs = {need.key: position for position, need in enumerate(candidates.problem.needs)}
    found: dict[str, list[Pairing]] = {mode: [] for mode in MODES}
    for pin in candidates.rules.pins:
        named = set(pin.parties())
        if named & {"investor", "office"}:
            found["investment"].append(pin)
        elif named != {"need"} or pin.need not in needs:
            found["triangular"].append(pin)
        else:
            starts = candidates.triangular.second.starts[needs[pin.need] :][:2]
            found["triangular" if starts[0] < starts[1] else "investment"].append(pin)
    return found


def _most_endorsed(
    candidates: Candidates,
    limits: Limits,
    pins: Sequence[Pairing],
    start: Mapping[str, float] | Plan | None,
    apart: Sequence[Apart],
) -> Answer | None:
    """The greatest number of endorsed needs that was found to be served together; None where none is endorsed."""
    endorsed = np.array([bool(need.endorsed) for need in candidates.problem.needs], dtype=np.bool_)
    if not endorsed.any():
        return None
    rules, mode = candidates.rules, "triangular"
    earlier = [(one.pairings(mode), one.most(mode)) for one in apart]
    layout = lay_out(
        replace(candidates, rules=replace(rules, most_changes=None)), limits, mode, pins=pins, apart=earlier
    )
    model = layout.model
    points = np.repeat(endorsed.astype(np.int16), np.diff(model.seconds.starts))
    counting = replace(
        model,
        seconds=Seconds(model.seconds.starts, model.seconds.columns, points),
        thirds=model.thirds._replace(points=np.zeros_like(model.thirds.points)),
        across=np.minimum(model.across, 0),
    )
    held = triples_of(candidates, model, mode, start.triangular) if isinstance(start, Plan) else None
    found = choose(counting, seconds=rules.seconds / 4, seed=rules.seed, rounds=2, plan=held)
    if is_wide(candidates):
        return found
    return finish(counting, found, seconds=rules.seconds / 4, seed=rules.seed)


def _started(layout: Layout, start: Mapping[str, float] | None) -> Floats | None:
    if not start:
        return None
    sign = np.where(layout.model.is_floor, -1.0, 1.0)
    prices: Floats = sign * np.array([start.get(code, 0.0) for code in layout.codes])
    return prices


def _earlier(candidates: Candidates, layout: Layout) -> Chosen | None:
    """The earlier plan, where the rules name one: it may still be a good beginning."""
    special = layout.model.specials
    if candidates.rules.most_changes is None or not len(special):
        return None
    row = layout.codes.index("least_change")
    number = [place for place in range(len(special)) if special.is_open[place] and row in special.rows[place]]
    first, where = np.unique(special.first[number], return_index=True)
    kept = np.array(number, dtype=np.int64)[where]
    return Chosen(first, special.pair[kept], special.third_pair[kept])


def _infeasible(limits: Limits, conflict: tuple[str, ...]) -> Wide:
    answer = Allocation((), 0, 0, 0.0, Status.INFEASIBLE, conflict=conflict)
    return Wide(Options({}, {}, limits, (), is_partial=True), answer, Costs())


def _named_conflict(
    candidates: Candidates, limits: Limits, layout: Layout, pins: Sequence[Pairing], endorsed: int | None
) -> tuple[str, ...]:
    """Which pins and floors exclude each other: leaving out any one that is named mends it."""
    if layout.lost:
        return tuple(f"pin:{name}" for name in layout.lost)
    return _conflict(candidates, limits, layout.mode, pins, endorsed)


def _conflict(
    candidates: Candidates, limits: Limits, mode: str, pins: Sequence[Pairing], endorsed: int | None
) -> tuple[str, ...]:
    rules = candidates.rules
    kept_pins, kept_floors = list(pins), list(rules.floors)

    def fails(pins: Sequence[Pairing], floors: Sequence[Any]) -> bool:
        changed = replace(candidates, rules=replace(rules, floors=tuple(floors), pins=()))
        layout = lay_out(changed, limits, mode, endorsed=endorsed, pins=pins)
        answer = choose(layout.model, seconds=10.0, rounds=0)
        return bool(layout.lost) or answer.status is Status.INFEASIBLE

    for pin in pins:
        rest = [one for one in kept_pins if one is not pin]
        if fails(rest, kept_floors):
            kept_pins = rest
    for floor in rules.floors:
        fewer = [one for one in kept_floors if one is not floor]
        if fails(kept_pins, fewer):
            kept_floors = fewer
    return (*(f"pin:{pin.name}" for pin in kept_pins), *(f"floor:{floor.name}" for floor in kept_floors))


# what the plan speaks of -----------------------------------------------------------------------------------------


def _spoken_of(candidates: Candidates, limits: Limits, parts: Mapping[str, tuple[Layout, Answer]]) -> Options:
    choices: dict[str, Choice] = {}
    uses: dict[str, Mapping[str, int]] = {}
    floors = []
    for mode, (layout, answer) in parts.items():
        best = _best_other(layout.model, answer.plan)
        for plan in (answer.plan, best):
            for need, second, third, points in parties_of(layout, plan):
                choice = Choice(mode, need, second, third, points)
                key = _key(candidates, choice)
                choices[key] = choice
                find = limits.of_triangular if mode == "triangular" else limits.of_investment
                uses[key] = dict(find(need, second, third))
        floors += [
            (code.removeprefix("floor:"), code, int(layout.model.right[row]))
            for row, code in enumerate(layout.codes)
            if code.startswith("floor:")
        ]
    opening = frozenset().union(*(layout.opening for layout, _ in parts.values()))
    return Options(choices, uses, limits, tuple(Floor(*one) for one in floors), is_partial=True, opening=opening)


def _best_other(model: AxialModel, plan: Chosen) -> Chosen:
    """The triple of most points of every first party that the plan does not hold."""
    forbidden = model.specials
    first = np.concatenate([plan.first, forbidden.first[~forbidden.is_open]])
    pair = np.concatenate([plan.pair, forbidden.pair[~forbidden.is_open]])
    third = np.concatenate([plan.third_pair, forbidden.third_pair[~forbidden.is_open]])
    order = np.lexsort((third, pair, first))
    barred = Specials(first[order], pair[order], third[order], Lists.empty(len(order)), np.zeros(len(order), np.bool_))
    found = evaluate(replace(model, specials=barred), np.zeros(model.rows, dtype=np.int64))
    return Chosen.of(found.pair, found.third_pair)


def _key(candidates: Candidates, choice: Choice) -> str:
    find = triangular_parties if choice.mode == "triangular" else investment_parties
    parties = find(candidates, choice.need, choice.second, choice.third)
    return choice.mode[0].upper() + "|" + "|".join(str(key) for key in parties.values())


def _joined(options: Options, parts: Mapping[str, tuple[Layout, Answer]]) -> Allocation:
    """The answers of both modes as one."""
    answers = [answer for _, answer in parts.values()]
    value, bound = sum(one.value for one in answers), sum(one.bound for one in answers)
    chosen = [
        key for key, choice in options.choices.items() if choice.mode in parts and _holds(parts[choice.mode], choice)
    ]
    prices: dict[str, float] = {}
    for layout, answer in parts.values():
        prices |= {code: abs(price) for code, price in _by_code(layout.codes, answer.prices, SHIFT).items()}
    return Allocation(
        tuple(sorted(chosen)),
        value,
        bound,
        (bound - value) / max(1, abs(value)),
        _worst([one.status for one in answers]),
        prices,
        sum(one.seconds for one in answers),
        sum(one.relaxation for one in answers),
    )


def _holds(part: tuple[Layout, Answer], choice: Choice) -> bool:
    layout, answer = part
    place = int(np.searchsorted(answer.plan.first, choice.need))
    if place == len(answer.plan) or answer.plan.first[place] != choice.need:
        return False
    model = layout.model
    second: Longs = model.seconds.columns[answer.plan.pair[place : place + 1]]
    third: Longs = model.thirds.columns[answer.plan.third_pair[place : place + 1]]
    return (choice.second, choice.third) == (int(second[0]), int(third[0]))


def _worst(statuses: Sequence[Status]) -> Status:
    order = (Status.CANCELLED, Status.TIME_LIMIT, Status.EFFORT_SPENT, Status.WITHIN_GAP, Status.OPTIMAL)
    return next((status for status in order if status in statuses), Status.OPTIMAL)
