"""Scoring and pricing on more machines: shards are runs of neighbouring needs, one answer comes of them all.

What every score looks up is encoded once, since the rarity of a word depends on all texts, and sent to every worker.
Scored pairs and models stay on the workers; a pricing pass sends prices and brings back a sum, uses and choices. All
sums are of whole numbers, so the answer is that of one machine.
"""

import importlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any, Protocol, cast

import numpy as np

from matching.candidates import Candidates, Pairs, Space, across_windows, pairs_of
from matching.compiling import in_blocks
from matching.criteria import Criteria, Offers
from matching.dual import evaluate
from matching.eligibility import Ground
from matching.graph import CooperationGraph
from matching.layout import Layout, lay_out
from matching.limits import Limits
from matching.masks import (
    eligible_investors,
    eligible_offers,
    office_mask,
    window_mask,
)
from matching.options import needs_of_group
from matching.pricing import SHIFT, Longs
from matching.problem import Problem
from matching.rules import Rules
from matching.scoring import Bools, Columns, Indices, Points, score_investors, score_practices

MODES = ("triangular", "investment")
EXTRA = "work on more machines needs Dask: install the extra with `pip install 'sstic[distributed]'`"


class Machines(Protocol):
    """What is asked of a client of Dask; ``distributed.Client`` is one."""

    def scatter(self, data: Any, *, broadcast: bool, hash: bool) -> Any:
        """Send data to the workers, to all of them with ``broadcast``."""

    def submit(self, function: Callable[..., Any], *arguments: Any, pure: bool) -> Any:
        """Call a function on a worker."""

    def gather(self, futures: Any) -> Any:
        """Bring results back."""


def connect(address: str) -> Machines:
    """A client of the Dask scheduler at an address such as ``tcp://scheduler:8786``.

    Raises
    ------
    ImportError
        When Dask is not installed.
    """
    try:
        distributed = importlib.import_module("distributed")
    except ImportError as error:
        raise ImportError(EXTRA) from error
    return cast(Machines, distributed.Client(address))


@dataclass(frozen=True)
class Common:
    """What every worker holds: the problem, the tables that scores look up, and c of both modes."""

    problem: Problem
    rules: Rules
    ground: Ground
    graph: CooperationGraph
    offers: Offers
    criteria: Criteria
    across: dict[str, Points]

    @classmethod
    def of(cls, problem: Problem, rules: Rules) -> "Common":
        """Encode a problem."""
        ground, graph, offers = Ground.of(problem), CooperationGraph(problem), Offers(problem)
        criteria = Criteria(problem, rules, graph, offers)
        # They are kept with the criteria, and so travel with them.
        assert criteria.practice_tables is not None
        assert criteria.investor_tables is not None
        tables = across_windows(problem, criteria), criteria.points_across_offices()
        across = dict(zip(MODES, tables, strict=True))
        return cls(problem, rules, ground, graph, offers, criteria, across)

    def candidates(self, problem: Problem, rules: Rules, pairs: dict[str, tuple[Pairs, Pairs]]) -> Candidates:
        """Candidates out of tables of pairs; ``problem`` has the needs that are their rows."""
        spaces = (Space(*pairs[mode], self.across[mode]) for mode in MODES)
        return Candidates(problem, rules, self.ground, self.graph, self.offers, self.criteria, *spaces)


@dataclass(frozen=True)
class Part:
    """The scored pairs of the needs ``first:last`` by mode, on a worker: with second parties, and with third ones."""

    first: int
    last: int
    pairs: dict[str, tuple[Pairs, Pairs]]

    def __sizeof__(self) -> int:
        """Bytes of the pairs: Dask leaves what is large where it is."""
        tables = [table for both in self.pairs.values() for table in both]
        return sum(table.starts.nbytes + table.columns.nbytes + table.points.nbytes for table in tables)


@dataclass(frozen=True)
class Shards:
    """A scored problem on the workers. ``common`` and ``parts`` are futures; letting go of them frees the workers."""

    problem: Problem
    rules: Rules
    machines: Machines
    common: Any
    parts: tuple[Any, ...]

    def candidates(self) -> Candidates:
        """Bring all pairs together, as ``find_candidates`` alone gives them."""
        common, parts = cast(tuple[Common, list[Part]], self.machines.gather((self.common, list(self.parts))))
        pairs = {mode: (_joined(parts, mode, 0), _joined(parts, mode, 1)) for mode in MODES}
        return common.candidates(self.problem, self.rules, pairs)


@dataclass(frozen=True)
class ModelShards:
    """The models of one mode on the workers. ``codes`` names the rows and ``right`` (rows,) is their right-hand side.

    Both are those of ``lay_out`` alone; ``models`` are futures.
    """

    mode: str
    codes: tuple[str, ...]
    right: Longs
    machines: Machines
    models: tuple[Any, ...]


@dataclass(frozen=True)
class PricedShards:
    """What prices prove and what they make every need choose, out of all shards.

    ``uses`` has shape (rows,): what the choices use of every row. ``first``, ``second``, ``third`` and ``points`` have
    a place for each need that chooses a triple, in order; they may break limits.
    """

    bound: int
    uses: Longs
    first: Longs
    second: Longs
    third: Longs
    points: Longs


@dataclass(frozen=True)
class _Priced:
    """What one shard adds to the bound, in ``2**-SHIFT`` points, and its choices; ``rows`` are those of ``uses``."""

    worth: int
    rows: Longs
    uses: Longs
    choices: tuple[Longs, Longs, Longs, Longs]


@dataclass(frozen=True)
class _Model:
    """The layout of a shard, on a worker; its rows have the places ``rows`` among those of all shards."""

    first: int
    layout: Layout
    rows: Longs

    def __sizeof__(self) -> int:
        """Bytes of the pairs: Dask leaves what is large where it is."""
        return sum(table.nbytes for table in (*self.layout.model.seconds, *self.layout.model.thirds))


def score_shards(problem: Problem, rules: Rules, machines: Machines, number: int = 8) -> Shards:
    """Find and score the eligible pairs of ``number`` shards of needs, each on a worker, where they stay.

    Points are those of ``find_candidates`` for the whole problem.

    Raises
    ------
    ValueError
        When there is not at least one shard.
    """
    if number < 1:
        raise ValueError(f"there must be at least one shard, not {number}")
    needs = len(problem.needs)
    common = machines.scatter(Common.of(problem, rules), broadcast=True, hash=False)
    ends = [needs * place // number for place in range(number + 1)]
    runs = [run for run in pairwise(ends) if run[0] < run[1]] or [(0, 0)]
    parts = tuple(machines.submit(score_part, common, *run, pure=False) for run in runs)
    return Shards(problem, rules, machines, common, parts)


def lay_out_shards(shards: Shards, mode: str, **options: Any) -> ModelShards:
    """Build the model of every shard where its pairs are; ``options`` are those of ``lay_out``."""
    frame = _frame(shards, mode, options)
    made = partial(_model, mode=mode, options=options, codes=frame.codes)
    models = tuple(shards.machines.submit(made, shards.common, part, pure=False) for part in shards.parts)
    right = frame.model.right.copy()
    place = {code: row for row, code in enumerate(frame.codes)}
    for floor in reversed(shards.rules.floors):
        if f"floor:{floor.name}" in place:
            members = len(needs_of_group(shards.problem, floor))
            right[place[f"floor:{floor.name}"]] = math.ceil(members * floor.least_percent / 100)
    if "least_change" in place:
        kept = shards.machines.gather([shards.machines.submit(_kept, model, pure=False) for model in models])
        right[place["least_change"]] = max(0, sum(kept) - (shards.rules.most_changes or 0))
    return ModelShards(mode, frame.codes, right, shards.machines, models)


def price_shards(models: ModelShards, prices: Longs) -> PricedShards:
    """Price all triples of all shards: the bound of ``evaluate`` alone, and the same choices.

    Parameters
    ----------
    models
        The shards, where they are.
    prices
        Whole multiples of ``2**-SHIFT`` points, as from ``whole_prices``, in the order of ``models.codes``.

    Raises
    ------
    ValueError
        When there is not one price for each row.
    """
    if prices.shape != models.right.shape:
        raise ValueError(f"there must be {len(models.right)} prices, one for each row, not {prices.shape}")
    machines = models.machines
    sent = machines.scatter(prices, broadcast=True, hash=False)
    found: list[_Priced] = machines.gather([machines.submit(_price, one, sent, pure=False) for one in models.models])
    fixed = sum(price * right for price, right in zip(prices.tolist(), models.right.tolist(), strict=True))
    uses = np.zeros(len(prices), dtype=np.int64)
    for part in found:
        uses[part.rows] += part.uses
    choices = (np.concatenate([part.choices[axis] for part in found]) for axis in range(4))
    return PricedShards((fixed + sum(part.worth for part in found)) >> SHIFT, uses, *choices)


def bound_of(
    problem: Problem, rules: Rules, prices: Longs, mode: str, machines: Machines, number: int = 8, **options: Any
) -> int:
    """The bound that prices prove for one mode of a problem, in points; see ``lay_out_shards`` and ``price_shards``."""
    shards = score_shards(problem, rules, machines, number)
    return price_shards(lay_out_shards(shards, mode, **options), prices).bound


# on a worker -----------------------------------------------------------------------------------------------------


def score_part(common: Common, first: int, last: int) -> Part:
    """The eligible pairs of the needs ``first:last`` and their points."""
    problem = replace(common.problem, needs=common.problem.needs[first:last])
    criteria, needs = common.criteria, len(common.problem.needs)

    def in_kernel(kernel: Callable[..., None], tables: Any, starts: Indices, columns: Columns) -> Pairs:
        points, padded = np.empty(len(columns), dtype=np.int16), _padded(starts, first, needs)
        in_blocks(lambda a, b: kernel(tables, first + a, first + b, padded, columns, points), last - first)
        return Pairs(starts, columns, points)

    def in_mask(score: Callable[[Indices, Columns], Points], mask: Bools) -> Pairs:
        starts, columns = pairs_of(mask)
        return Pairs(starts, columns, score(_padded(starts, first, needs), columns))

    offers = eligible_offers(problem, criteria.provider, common.offers.starts)
    second = in_kernel(score_practices, criteria.practice_tables, *offers)
    triangular = second, in_mask(criteria.points_of_windows, window_mask(problem))
    second = in_kernel(score_investors, criteria.investor_tables, *eligible_investors(problem))
    investment = second, in_mask(criteria.points_of_offices, office_mask(problem))
    return Part(first, last, dict(zip(MODES, (triangular, investment), strict=True)))


def _padded(starts: Indices, first: int, rows: int) -> Indices:
    """Starts of all rows, of which only those from ``first`` on have items."""
    after = rows - first - (len(starts) - 1)
    return np.concatenate((np.zeros(first, dtype=np.int64), starts, np.full(after, starts[-1])))


def _laid_out(common: Common, part: Part, mode: str, options: dict[str, Any]) -> Layout:
    """The layout of one part; its floor of earlier proposals asks for all of them, so that parts can be added up."""
    problem = replace(common.problem, needs=common.problem.needs[part.first : part.last])
    rules = common.rules if common.rules.most_changes is None else replace(common.rules, most_changes=0)
    candidates = common.candidates(problem, rules, part.pairs)
    return lay_out(candidates, Limits(candidates), mode, **options)


def _model(common: Common, part: Part, mode: str, options: dict[str, Any], codes: tuple[str, ...]) -> _Model:
    layout = _laid_out(common, part, mode, options)
    place = {code: row for row, code in enumerate(codes)}
    return _Model(part.first, layout, np.array([place[code] for code in layout.codes], dtype=np.int64))


def _row_frame(common: Common, mode: str, options: dict[str, Any]) -> Layout:
    """A layout without pairs: its rows are those of all shards, in the order that they have alone.

    Rows come up by offers, windows, investors and offices; of needs it only matters whether one has a budget.
    """
    needs = common.problem.needs
    first = next((place for place, need in enumerate(needs) if need.budget is not None), 0)
    last = min(first + 1, len(needs))
    none = Pairs(np.zeros(last - first + 1, np.int64), np.zeros(0, np.uint16), np.zeros(0, np.int16))
    layout = _laid_out(common, Part(first, last, dict.fromkeys(MODES, (none, none))), mode, options)
    # Only rows travel back.
    return replace(layout, model=replace(layout.model, across=np.zeros((0, 0), dtype=np.int16)))


def _kept(model: _Model) -> int:
    """How many earlier proposals a shard could keep."""
    layout = model.layout
    return int(layout.model.right[layout.codes.index("least_change")])


def _price(model: _Model, prices: Longs) -> _Priced:
    """One pricing pass over a shard; the worth is added up in Python's whole numbers, which have no end."""
    parts = model.layout.model
    found = evaluate(parts, prices[model.rows])
    plan = found.plan
    second = parts.seconds.columns[plan.pair].astype(np.int64)
    third = parts.thirds.columns[plan.third_pair].astype(np.int64)
    choices = (plan.first + model.first, second, third, parts.values_of(plan))
    return _Priced(sum(found.worths.tolist()), model.rows, parts.uses_of(plan), choices)


# at home ---------------------------------------------------------------------------------------------------------


def _frame(shards: Shards, mode: str, options: dict[str, Any]) -> Layout:
    machines = shards.machines
    return cast(Layout, machines.gather(machines.submit(_row_frame, shards.common, mode, options, pure=False)))


def _joined(parts: Iterable[Part], mode: str, place: int) -> Pairs:
    """The pairs of all parts in one table."""
    tables = [part.pairs[mode][place] for part in parts]
    counts = np.concatenate([np.diff(table.starts) for table in tables])
    starts = np.concatenate(([0], np.cumsum(counts))).astype(np.int64)
    columns, points = (np.concatenate([getattr(table, name) for table in tables]) for name in ("columns", "points"))
    return Pairs(starts, columns, points)
