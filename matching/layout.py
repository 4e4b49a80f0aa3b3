"""From candidates and rules to the array form of the large choice: rows for limits, floors, pins and earlier plans."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matching.axial import AxialModel, Chosen, Lists, Specials
from matching.candidates import NOT_TOGETHER, Candidates
from matching.compiling import in_blocks
from matching.cutting import cost_thirds, possible, without
from matching.eligibility import asked_of, larger_share
from matching.limits import Limits
from matching.options import needs_of_group
from matching.pairings import Bools, Finder
from matching.pricing import Longs, Seconds, Thirds
from matching.problem import Need
from matching.rules import Pairing


@dataclass(frozen=True)
class Layout:
    """A model of one mode and the codes of its rows.

    ``lost`` are pins that no option of the mode can keep; ``opening`` the limits of which one more unit would admit
    pairs that alone pass them, and so are left out.
    """

    mode: str
    model: AxialModel
    codes: tuple[str, ...]
    lost: tuple[str, ...]
    opening: frozenset[str]


@dataclass
class _Rows:
    """Rows by code, as they come up."""

    codes: dict[str, int] = field(default_factory=dict)
    right: list[int] = field(default_factory=list)
    floors: list[bool] = field(default_factory=list)

    def of(self, code: str, right: int, is_floor: bool = False) -> int:
        """The row of a code."""
        if code not in self.codes:
            self.codes[code] = len(self.right)
            self.right.append(right)
            self.floors.append(is_floor)
        return self.codes[code]


def lay_out(
    candidates: Candidates,
    limits: Limits,
    mode: str,
    *,
    endorsed: int | None = None,
    pins: Sequence[Pairing] = (),
    apart: Sequence[tuple[Sequence[Pairing], int]] = (),
) -> Layout:
    """The model of one mode.

    Parameters
    ----------
    candidates, limits
        What the problem and its rules allow; ``limits`` comes to know every limit of the mode.
    mode
        ``triangular`` or ``investment``.
    endorsed
        Least number of endorsed needs to serve; None for no such floor.
    pins
        The pins that this mode must keep.
    apart
        Earlier plans with the number of their proposals that may appear again.
    """
    space = candidates.triangular if mode == "triangular" else candidates.investment
    rows = _Rows()
    parts = _triangular(candidates, limits, rows) if mode == "triangular" else _investment(candidates, limits, rows)
    # Tables of points may be changed by vetoes, so the large ones are copied only then.
    model = replace(
        parts, seconds=Seconds(space.second.starts, space.second.columns, space.second.points), across=space.across
    )
    codes, right = list(rows.codes), np.array(rows.right, dtype=np.int64)
    opening = _opening(model, right)
    model = _with_floors(candidates, possible(model, right), rows, mode, endorsed)
    finder = Finder(candidates, mode)
    special: dict[tuple[int, int, int], list[int]] = {}
    model, loose, lost = _with_pins(model, finder, pins)
    model, forbidden = _with_vetoes(candidates, model, finder)
    model = _with_loose_pins(model, finder, loose, rows, special)
    _add_earlier(candidates, model, finder, rows, special, forbidden)
    for number, (plan, most) in enumerate(apart):
        if most:
            _add_specials(model, finder, plan, rows.of(f"apart:{number}", most), special, forbidden)
        else:
            forbidden |= {triple for one in plan for triple in _triples_of(model, finder, one)}
    model = replace(
        model,
        specials=_specials(special, forbidden),
        right=np.array(rows.right, dtype=np.int64),
        is_floor=np.array(rows.floors, dtype=np.bool_),
    )
    return Layout(mode, model, tuple(rows.codes), lost, frozenset(codes[row] for row in opening))


# limits ----------------------------------------------------------------------------------------------------------


def _triangular(candidates: Candidates, limits: Limits, rows: _Rows) -> AxialModel:
    problem, offers = candidates.problem, len(candidates.offers)
    used = [
        [_row(limits, rows, use[0]) for use in (limits.institution_slots(offer), limits.country_load(offer)) if use]
        for offer in range(offers)
    ]
    table = candidates.triangular.third
    budgets = [limits.budget_of(window) for window in problem.windows]
    counts = [_row(limits, rows, limits.window_proposals(window)[0]) for window in problem.windows]
    money = [-1 if code is None else _row(limits, rows, code) for code in budgets]
    rows_used, costs = np.empty(len(table.columns), dtype=np.int32), np.empty(len(table.columns), dtype=np.int64)
    asked = (*_asked(candidates), np.array(money, dtype=np.int64), np.array(counts, dtype=np.int64))
    in_blocks(
        lambda begin, end: cost_thirds(begin, end, table.starts, table.columns, *asked, rows_used, costs),
        len(problem.needs),
    )
    thirds = Thirds(table.starts, table.columns, table.points, rows_used, costs)
    return _bare(len(problem.needs), thirds, Lists.of(used), len(problem.windows))


def _opening(model: AxialModel, right: Longs) -> set[int]:
    """Rows of which one more unit is just enough for pairs that alone pass them."""
    if not len(right):
        return set()
    thirds = model.thirds.rows[model.thirds.costs == right[model.thirds.rows] + 1]
    owned = np.unique(model.amount_rows[model.amount_rows >= 0])
    owned = owned[np.isin(right[owned] + 1, model.amounts)]
    return set(np.concatenate([thirds, owned, np.flatnonzero(right == 0)]).tolist())


def _asked(candidates: Candidates) -> tuple[Longs, Longs]:
    """What every need asks of a window, in whole units rounded up, and which windows ask alike.

    Shapes (kinds, needs), -1 where unknown, and (windows,); a kind is a currency with a least own share.
    """
    needs, windows = candidates.problem.needs, candidates.problem.windows
    number: dict[tuple[str, int], int] = {}
    kinds = [number.setdefault((one.currency, one.cofinancing_share or 0), len(number)) for one in windows]
    asked = [[_whole(need, *kind) for need in needs] for kind in number]
    return np.array(asked, dtype=np.int64).reshape(len(number), len(needs)), np.array(kinds, dtype=np.int64)


def _whole(need: Need, currency: str, share: int) -> int:
    if need.budget is None or need.currency != currency:
        return -1
    return math.ceil(asked_of(need.budget, larger_share(need.self_financing_share, share)))


def _investment(candidates: Candidates, limits: Limits, rows: _Rows) -> AxialModel:
    problem, table = candidates.problem, candidates.investment.third
    used = [[_row(limits, rows, limits.investor_deals(one)[0])] for one in range(len(problem.investors))]
    cases = np.array([_row(limits, rows, limits.office_case_capacity(one)[0]) for one in range(len(problem.offices))])
    third_rows = cases[table.columns] if len(cases) else np.zeros(0)
    cases_each = np.ones(len(table.columns), dtype=np.int64)
    thirds = Thirds(table.starts, table.columns, table.points, third_rows.astype(np.int32), cases_each)
    bare = _bare(len(problem.needs), thirds, Lists.of(used), len(problem.offices))
    currencies = {one.currency for one in problem.investors if one.portfolio is not None}
    if not currencies:
        return bare
    if len(currencies) > 1 or any(need.currency not in currencies for need in problem.needs if need.budget is not None):
        raise ValueError("needs and portfolios in different currencies have to be exchanged first")
    amounts = [0 if need.budget is None else math.ceil(need.budget) for need in problem.needs]
    some = next((need for need in problem.needs if need.budget is not None), None)
    own = [None if some is None else limits.investor_portfolio(some, one) for one in range(len(problem.investors))]
    codes = [-1 if use is None else _row(limits, rows, use[0]) for use in own]
    return replace(bare, amounts=np.array(amounts, dtype=np.int64), amount_rows=np.array(codes, dtype=np.int64))


def _row(limits: Limits, rows: _Rows, code: str) -> int:
    return rows.of(code, limits[code].capacity)


def _bare(firsts: int, thirds: Thirds, second_rows: Lists, third_parties: int) -> AxialModel:
    seconds = len(second_rows.starts) - 1
    none = np.zeros(0, dtype=np.int64)
    return AxialModel(
        seconds=Seconds(np.zeros(firsts + 1, dtype=np.int64), none, none),
        thirds=thirds,
        across=np.zeros((seconds, third_parties), dtype=np.int16),
        second_rows=second_rows,
        first_rows=Lists.empty(firsts),
        third_extra=Lists.empty(third_parties),
        amounts=np.zeros(firsts, dtype=np.int64),
        amount_rows=np.full(seconds, -1, dtype=np.int64),
        right=none,
        is_floor=np.zeros(0, dtype=np.bool_),
        forced=np.zeros(firsts, dtype=np.bool_),
        specials=Specials.none(),
    )


# floors, vetoes, pins, earlier plans -----------------------------------------------------------------------------


def _with_floors(candidates: Candidates, model: AxialModel, rows: _Rows, mode: str, endorsed: int | None) -> AxialModel:
    if mode != "triangular":
        return model
    counted: list[list[int]] = [[] for _ in range(model.firsts)]
    for floor in candidates.rules.floors:
        members = needs_of_group(candidates.problem, floor)
        row = rows.of(f"floor:{floor.name}", math.ceil(len(members) * floor.least_percent / 100), True)
        for need in members:
            counted[need].append(row)
    if endorsed is not None:
        row = rows.of("endorsed", endorsed, True)
        for position, one in enumerate(candidates.problem.needs):
            if one.endorsed:
                counted[position].append(row)
    return replace(model, first_rows=Lists.of(counted))


def _with_vetoes(
    candidates: Candidates, model: AxialModel, finder: Finder
) -> tuple[AxialModel, set[tuple[int, int, int]]]:
    drop_pairs, drop_thirds = (
        np.zeros(len(model.seconds.columns), np.bool_),
        np.zeros(len(model.thirds.columns), np.bool_),
    )
    across, forbidden = model.across, set()
    for veto in candidates.rules.vetoes:
        found = finder.of(veto)
        if found is None:
            continue
        need, second, third = found
        pairs = slice(None) if need is None else slice(*model.seconds.starts[need : need + 2].tolist())
        others = slice(None) if need is None else slice(*model.thirds.starts[need : need + 2].tolist())
        if third is None:
            drop_pairs[pairs] |= True if second is None else second[model.seconds.columns[pairs]]
        elif second is None:
            drop_thirds[others] |= third[model.thirds.columns[others]]
        elif need is None:
            across = across.copy()
            across[np.ix_(second, third)] = NOT_TOGETHER
        else:
            forbidden |= {(need, *keys) for keys in _triples(model, need, second, third)}
    kept = replace(model, across=across)
    if drop_pairs.any() or drop_thirds.any():
        kept, moved = without(kept, ~drop_pairs, ~drop_thirds)
        forbidden = {moved(one) for one in forbidden}
    return kept, {one for one in forbidden if one[1] >= 0 and one[2] >= 0}


def _triples(model: AxialModel, need: int, second: Bools | None, third: Bools | None) -> Iterable[tuple[int, int]]:
    """Positions of the pairs of a need's triples with given second and third parties."""
    pairs, others = (np.arange(*one.starts[need : need + 2]) for one in (model.seconds, model.thirds))
    if second is not None:
        pairs = pairs[second[model.seconds.columns[pairs]]]
    if third is not None:
        others = others[third[model.thirds.columns[others]]]
    across = model.across[np.ix_(model.seconds.columns[pairs], model.thirds.columns[others])]
    for one, other in zip(*np.nonzero(across >= 0), strict=True):
        yield int(pairs[one]), int(others[other])


def _with_pins(
    model: AxialModel, finder: Finder, pins: Sequence[Pairing]
) -> tuple[AxialModel, list[Pairing], tuple[str, ...]]:
    """A pin that names a need leaves the need only the pairs that keep it; the others are given back."""
    forced = model.forced.copy()
    lost: list[Pairing] = []
    loose: list[Pairing] = []
    drop_pairs, drop_thirds = (np.zeros(len(one.columns), np.bool_) for one in (model.seconds, model.thirds))
    for pin in pins:
        need, second, third = finder.of(pin) or (None, None, None)
        if need is None:
            (lost if second is None and third is None else loose).append(pin)
            continue
        forced[need] = True
        pairs, others = (slice(*one.starts[need : need + 2].tolist()) for one in (model.seconds, model.thirds))
        if second is not None:
            drop_pairs[pairs] |= ~second[model.seconds.columns[pairs]]
        if third is not None:
            drop_thirds[others] |= ~third[model.thirds.columns[others]]
        if drop_pairs[pairs].all() or drop_thirds[others].all():
            lost.append(pin)
    if drop_pairs.any() or drop_thirds.any():
        model, _ = without(model, ~drop_pairs, ~drop_thirds)
    return replace(model, forced=forced), loose, tuple(pin.name for pin in lost)


def _with_loose_pins(
    model: AxialModel,
    finder: Finder,
    pins: Sequence[Pairing],
    rows: _Rows,
    special: dict[tuple[int, int, int], list[int]],
) -> AxialModel:
    """Pins that name no need become floors of one."""
    for pin in pins:
        _, second, third = finder.of(pin) or (None, None, None)
        row = rows.of(f"pin:{pin.name}", 1, True)
        if third is None and second is not None:
            model = replace(model, second_rows=_with_row(model.second_rows, second, row))
        elif second is None and third is not None:
            model = replace(model, third_extra=_with_row(model.third_extra, third, row))
        else:
            for need in range(model.firsts):
                for pair, other in _triples(model, need, second, third):
                    special.setdefault((need, pair, other), []).append(row)
    return model


def _with_row(lists: Lists, members: Bools, row: int) -> Lists:
    return Lists.of([[*lists[party].tolist(), *([row] if members[party] else [])] for party in range(len(members))])


def _add_earlier(
    candidates: Candidates,
    model: AxialModel,
    finder: Finder,
    rows: _Rows,
    special: dict[tuple[int, int, int], list[int]],
    forbidden: set[tuple[int, int, int]],
) -> None:
    """At most so many of the earlier proposals that are still eligible may be dropped."""
    rules = candidates.rules
    if rules.most_changes is None:
        return
    row = rows.of("least_change", 0, True)
    kept = _add_specials(model, finder, rules.earlier, row, special, forbidden)
    rows.right[row] = max(0, kept - rules.most_changes)


def _add_specials(
    model: AxialModel,
    finder: Finder,
    pairings: Sequence[Pairing],
    row: int,
    special: dict[tuple[int, int, int], list[int]],
    forbidden: set[tuple[int, int, int]],
) -> int:
    """Let the triples of some pairings use one unit of a row; how many pairings have a triple."""
    number = 0
    for pairing in pairings:
        triples = [one for one in _triples_of(model, finder, pairing) if one not in forbidden]
        number += bool(triples)
        for one in triples:
            special.setdefault(one, []).append(row)
    return number


def _triples_of(model: AxialModel, finder: Finder, pairing: Pairing) -> list[tuple[int, int, int]]:
    """The triples of a pairing that names a need."""
    need, second, third = finder.of(pairing) or (None, None, None)
    return [] if need is None else [(need, *keys) for keys in _triples(model, need, second, third)]


def _specials(special: dict[tuple[int, int, int], list[int]], forbidden: set[tuple[int, int, int]]) -> Specials:
    everything = sorted({*special, *forbidden})
    first, pair, third = (np.array([one[axis] for one in everything], dtype=np.int64) for axis in range(3))
    rows = Lists.of([special.get(one, []) for one in everything])
    return Specials(first, pair, third, rows, np.array([one not in forbidden for one in everything], dtype=np.bool_))


def parties_of(layout: Layout, plan: Chosen) -> Iterable[tuple[int, int, int, int]]:
    """Need, second party, third party and points of every chosen triple."""
    model = layout.model
    second, third = model.seconds.columns[plan.pair], model.thirds.columns[plan.third_pair]
    points = model.values_of(plan)
    return zip(plan.first.tolist(), second.tolist(), third.tolist(), points.tolist(), strict=True)
