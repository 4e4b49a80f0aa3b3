"""The array form of an allocation: its linear relaxation, the certified bound, rounding, and the exact finish.

HiGHS solves the linear and the integer programmes, on one thread, so that one input gives one answer.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

if TYPE_CHECKING:
    from matching.allocation import Floor, Option

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Wholes = npt.NDArray[Any]  # int64 where that is safe, Python's own integers where it is not
SAFE = 2**62
# Rounding looks at this many of the options nearest to the prices.
MOST_ROUNDED = 20_000
HIGHS_INFEASIBLE = 2
# What lies below is a solver's noise.
LEAST_PRICE = 1e-9


@dataclass(frozen=True)
class Model:
    """Options that are not pinned, as arrays.

    ``uses`` has shape (resources, options); ``room`` is what pins leave of each limit, None where there is no limit;
    ``wanted`` what they leave to reach of each floor. ``scale`` divides rows before floats reach a solver.
    """

    keys: tuple[str, ...]
    values: Wholes
    uses: sparse.csc_matrix
    resources: tuple[str, ...]
    room: tuple[int | None, ...]
    floors: tuple[tuple[str, int, int], ...]
    pinned: tuple[str, ...]
    pinned_value: int
    pinned_uses: Mapping[str, Mapping[str, int]]
    total: Mapping[str, int]

    @classmethod
    def of(
        cls, options: Sequence["Option"], limits: Mapping[str, int], floors: Sequence["Floor"], pins: set[str]
    ) -> "Model":
        """Build the arrays; ``options`` are sorted by key."""
        free = [option for option in options if option.key not in pins]
        fixed = [option for option in options if option.key in pins]
        position: dict[str, int] = {}
        rows, columns, amounts = [], [], []
        for column, option in enumerate(free):
            for resource, amount in option.uses.items():
                if amount:
                    rows.append(position.setdefault(resource, len(position)))
                    columns.append(column)
                    amounts.append(amount)
        for resource in [floor.resource for floor in floors] + [name for one in fixed for name in one.uses]:
            position.setdefault(resource, len(position))
        used = {name: sum(option.uses.get(name, 0) for option in fixed) for name in position}
        return cls(
            keys=tuple(option.key for option in free),
            values=_wholes([option.value for option in free]),
            uses=sparse.csc_matrix(
                (np.array(amounts, dtype=np.int64), (rows, columns)), shape=(len(position), len(free)), dtype=np.int64
            ),
            resources=tuple(position),
            room=tuple(limits[name] - used[name] if name in limits else None for name in position),
            floors=tuple(
                (one.name, position[one.resource], one.at_least - used[one.resource])
                for one in sorted(floors, key=lambda one: (one.name, one.resource))
            ),
            pinned=tuple(option.key for option in fixed),
            pinned_value=sum(option.value for option in fixed),
            pinned_uses={option.key: option.uses for option in fixed},
            total=dict(limits),
        )

    def __len__(self) -> int:
        return len(self.keys)

    def is_void(self) -> bool:
        """Whether the pins alone pass a limit."""
        return any(room is not None and room < 0 for room in self.room)

    def value_of(self, plan: Sequence[int]) -> int:
        """Total value of the pinned options and those at the positions of ``plan``."""
        return self.pinned_value + sum(int(self.values[position]) for position in plan)

    def keys_of(self, plan: Sequence[int]) -> tuple[str, ...]:
        """Sorted keys of the pinned options and those of ``plan``."""
        return tuple(sorted((*self.pinned, *(self.keys[position] for position in plan))))

    def rows(self) -> tuple[sparse.csr_matrix, Floats]:
        """All limits and floors as ``A x <= b``, each row scaled to coefficients of at most 1."""
        limited = [row for row, room in enumerate(self.room) if room is not None]
        plain = self.uses.tocsr().astype(float)
        parts = [plain[limited], *(-plain[row] for _, row, _ in self.floors)]
        right = [float(self.room[row] or 0) for row in limited] + [-float(least) for _, _, least in self.floors]
        matrix = sparse.vstack(parts).tocsr()
        largest = np.maximum(1.0, abs(matrix).max(axis=1).toarray().ravel()) if matrix.shape[1] else np.ones(len(right))
        return sparse.diags(1.0 / largest) @ matrix, np.array(right) / largest


@dataclass(frozen=True)
class Relaxed:
    """The linear relaxation: values of the options in [0, 1], and a price of at least 0 per limit and per floor."""

    chosen: Floats
    limit_prices: Mapping[int, float]
    floor_prices: tuple[float, ...]


@dataclass(frozen=True)
class Certificate:
    """A bound that holds for all options.

    ``slack`` has shape (options,): a plan that holds the option has a value of at most ``bound`` - ``slack``.
    """

    bound: int
    slack: Indices
    prices: Mapping[str, float]

    def within(self, reach: int) -> Indices:
        """Positions of the options that a plan of at least ``bound`` - ``reach`` may hold."""
        return np.flatnonzero(self.slack <= reach)


@dataclass(frozen=True)
class Exact:
    """What the integer solver found among the options it was given; ``bound`` leaves the pinned options out."""

    plan: tuple[int, ...] | None
    bound: int
    is_proven: bool
    is_infeasible: bool


def relax(model: Model, seconds: float) -> Relaxed | None:
    """Solve the linear relaxation; None when it is infeasible. Running out of time gives prices of 0."""
    limited = [row for row, room in enumerate(model.room) if room is not None]
    matrix, right = model.rows()
    if not len(model):
        return Relaxed(np.zeros(0), {}, (0.0,) * len(model.floors)) if (right >= 0).all() else None
    found = linprog(
        -model.values.astype(float), matrix, right, bounds=(0, 1), method="highs-ds", options={"time_limit": seconds}
    )
    if found.status == HIGHS_INFEASIBLE:
        return None
    if found.x is None or found.ineqlin is None or found.ineqlin.marginals is None:
        return Relaxed(np.zeros(len(model)), {}, (0.0,) * len(model.floors))
    plain = abs(model.uses.tocsr())
    largest = [max(1, int(plain[row].max())) if plain[row].nnz else 1 for row in limited]
    least = [max(1, int(plain[row].max())) if plain[row].nnz else 1 for _, row, _ in model.floors]
    duals = np.maximum(0.0, -found.ineqlin.marginals)
    prices = {row: float(dual / size) for row, dual, size in zip(limited, duals[: len(limited)], largest, strict=True)}
    return Relaxed(found.x, prices, tuple(duals[len(limited) :] / np.array(least)))


def certify(model: Model, relaxed: Relaxed) -> Certificate:
    """The Lagrangian bound of the relaxation's prices, in whole numbers over all options.

    U(p) = p.b + sum over groups of max(0, max of v - p.a), where a group is what one resource of limit 1 allows only
    once; the resource of a group is not priced. Any p >= 0 gives a valid bound.
    """
    groups = _groups(model)
    grouped = {row for row in set(groups.tolist()) if row >= 0}
    priced = {row: price for row, price in relaxed.limit_prices.items() if price > 0 and row not in grouped}
    unit = _denominator(model, priced)
    prices = [0] * len(model.resources)
    fixed = 0
    for row, price in priced.items():
        prices[row] = round(price * unit)
        fixed += prices[row] * (model.room[row] or 0)
    for (_, row, least), price in zip(model.floors, relaxed.floor_prices, strict=True):
        rounded = round(price * unit) if price > LEAST_PRICE else 0
        prices[row] -= rounded
        fixed -= rounded * least
    reduced = _reduced(model, prices, unit)
    best = _best_of_groups(reduced, groups)
    bound = (fixed + sum(max(0, int(one)) for one in best.values())) // unit + model.pinned_value
    floor_of = np.array([max(0, int(best[group])) for group in _labels(groups)], dtype=reduced.dtype)
    slack = (floor_of - reduced) // unit
    worth = {model.resources[row]: price for row, price in relaxed.limit_prices.items() if price > LEAST_PRICE}
    for (_, row, _), price in zip(model.floors, relaxed.floor_prices, strict=True):
        if price > LEAST_PRICE and model.room[row] is None:
            worth[model.resources[row]] = float(price)
    return Certificate(int(bound), np.minimum(slack, SAFE).astype(np.int64), worth)


def _groups(model: Model) -> Indices:
    """For each option, a resource of limit 1 that it shares with its group; -1 where it stands alone.

    Groups are disjoint: resources are taken by size as long as none of their options is taken.
    """
    rows = model.uses.tocsr()
    sizes = np.diff(rows.indptr)
    groups = np.full(len(model), -1, dtype=np.int64)
    single = [row for row, room in enumerate(model.room) if room == 1 and sizes[row]]
    for row in sorted(single, key=lambda row: (-sizes[row], model.resources[row])):
        members = rows.indices[rows.indptr[row] : rows.indptr[row + 1]]
        if (groups[members] == -1).all():
            groups[members] = row
    return groups


def _labels(groups: Indices) -> list[int]:
    """The label of each option's group; options that stand alone are groups of their own, labelled below 0."""
    return [int(group) if group >= 0 else -1 - position for position, group in enumerate(groups)]


def _best_of_groups(reduced: Wholes, groups: Indices) -> dict[int, int]:
    best: dict[int, int] = {}
    for label, one in zip(_labels(groups), reduced.tolist(), strict=True):
        if one > best.get(label, -SAFE * SAFE):
            best[label] = one
    return best


def _denominator(model: Model, priced: Mapping[int, float]) -> int:
    """A power of two so fine that rounding every price moves the bound by less than one in a thousand units."""
    room = sum(int(model.room[row] or 0) for row in priced) + sum(abs(least) for _, _, least in model.floors)
    return 1 << max(10, min(60, math.ceil(math.log2(1000.0 * max(1, room)))))


def _reduced(model: Model, prices: Sequence[int], unit: int) -> Wholes:
    """Value less priced uses of every option, times ``unit``; shape (options,)."""
    largest = max((abs(int(value)) for value in model.values.tolist()), default=0) * unit
    heaviest = int(model.uses.max()) if model.uses.nnz else 0
    most = largest + heaviest * max((abs(price) for price in prices), default=0) * max(1, len(prices))
    if most < SAFE:
        costs: Wholes = model.uses.T @ np.array(prices, dtype=np.int64)
        return np.asarray(model.values * unit - costs)
    table = model.uses
    exact = [int(value) * unit for value in model.values.tolist()]
    columns = np.repeat(np.arange(len(model)), np.diff(table.indptr))
    for column, row, amount in zip(columns.tolist(), table.indices.tolist(), table.data.tolist(), strict=True):
        exact[column] -= amount * prices[row]
    return np.array(exact, dtype=object)


def fits(model: Model, plan: Sequence[int]) -> bool:
    """Whether a plan keeps all limits and floors, in whole numbers."""
    used = [0] * len(model.resources)
    table = model.uses
    for position in plan:
        for place in range(table.indptr[position], table.indptr[position + 1]):
            used[table.indices[place]] += int(table.data[place])
    limits_kept = all(room is None or amount <= room for amount, room in zip(used, model.room, strict=True))
    return limits_kept and all(used[row] >= least for _, row, least in model.floors)


def round_down(model: Model, certificate: Certificate, relaxed: Relaxed) -> tuple[int, ...]:
    """A plan near the relaxation: options by relaxed choice, then slack, then value, each taken when it fits."""
    order = np.lexsort((np.arange(len(model)), certificate.slack, -np.round(relaxed.chosen, 6)))[:MOST_ROUNDED]
    left = [math.inf if room is None else room for room in model.room]
    table, plan = model.uses, []
    for position in order.tolist():
        span = range(table.indptr[position], table.indptr[position + 1])
        uses = [(int(table.indices[place]), int(table.data[place])) for place in span]
        if model.values[position] > 0 and all(amount <= left[row] for row, amount in uses):
            plan.append(position)
            for row, amount in uses:
                left[row] -= amount
    return tuple(sorted(plan))


def solve_exactly(model: Model, held: Indices, seconds: float, seed: int) -> Exact:
    """The best plan among the options at the positions ``held``."""
    matrix, right = model.rows()
    if not len(held):
        return Exact((), 0, True, not (right >= 0).all())
    solver = _solver(matrix.tocsc()[:, held], right, model.values[held].astype(float), seconds, seed)
    solver.run()
    status, info = solver.getModelStatus(), solver.getInfo()
    if status == highspy.HighsModelStatus.kInfeasible:
        return Exact(None, 0, True, True)
    chosen = np.array(solver.getSolution().col_value)
    has_plan = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    plan = tuple(int(position) for position in held[chosen > 0.5]) if has_plan else None
    dual = info.mip_dual_bound
    bound = math.floor(dual + 1e-6 * max(1.0, abs(dual))) if math.isfinite(dual) else SAFE
    return Exact(plan, bound, status == highspy.HighsModelStatus.kOptimal, False)


def _solver(matrix: sparse.csc_matrix, right: Floats, values: Floats, seconds: float, seed: int) -> "highspy.Highs":
    """HiGHS, ready to choose among the columns of ``matrix`` within ``right``."""
    rows, columns = matrix.shape
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = columns, rows
    programme.sense_ = highspy.ObjSense.kMaximize
    programme.col_cost_, programme.col_lower_, programme.col_upper_ = values, np.zeros(columns), np.ones(columns)
    programme.row_lower_, programme.row_upper_ = np.full(rows, -highspy.kHighsInf), right
    programme.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    programme.a_matrix_.start_, programme.a_matrix_.index_ = matrix.indptr, matrix.indices
    programme.a_matrix_.value_ = matrix.data
    programme.integrality_ = [highspy.HighsVarType.kInteger] * columns
    solver = highspy.Highs()
    settings = {"output_flag": False, "threads": 1, "random_seed": seed, "time_limit": seconds, "mip_rel_gap": 0.0}
    # Values are whole, so a plan less than one below the bound is the best.
    for name, value in {**settings, "mip_abs_gap": 0.99}.items():
        solver.setOptionValue(name, value)
    solver.passModel(programme)
    return solver


def conflict(model: Model, seconds: float) -> tuple[str, ...]:
    """A smallest set of pins, floors and limits that exclude each other: leaving out any one of them mends it."""
    system = _System(model, seconds)
    names = system.suspects()
    for name in list(names):
        if not system.is_feasible([one for one in names if one != name]):
            names.remove(name)
    return tuple(sorted(names))


class _System:
    """Every pin, floor and limit as one named row, so that any of them can be left out."""

    def __init__(self, model: Model, seconds: float) -> None:
        self._seconds = seconds
        everything = [*model.keys, *model.pinned]
        position = {name: row for row, name in enumerate(model.resources)}
        pinned = sparse.lil_matrix((len(model.resources), len(model.pinned)))
        for column, key in enumerate(model.pinned):
            for resource, amount in model.pinned_uses[key].items():
                pinned[position[resource], column] = amount
        uses = sparse.hstack([model.uses.astype(float), pinned.tocsc()]).tocsr()
        rows, right, self.names = [], [], []
        for row, resource in enumerate(model.resources):
            if resource in model.total:
                rows.append(uses[row])
                right.append(float(model.total[resource]))
                self.names.append(f"limit:{resource}")
        for name, row, least in model.floors:
            already = sum(model.pinned_uses[key].get(model.resources[row], 0) for key in model.pinned)
            rows.append(-uses[row])
            right.append(-float(least + already))
            self.names.append(f"floor:{name}")
        for key in model.pinned:
            unit = sparse.csr_matrix(([-1.0], ([0], [everything.index(key)])), shape=(1, len(everything)))
            rows.append(unit)
            right.append(-1.0)
            self.names.append(f"pin:{key}")
        matrix = sparse.vstack(rows).tocsr()
        largest = np.maximum(1.0, abs(matrix).max(axis=1).toarray().ravel()) if matrix.shape[1] else np.ones(len(rows))
        self._matrix, self._right = sparse.diags(1.0 / largest) @ matrix, np.array(right) / largest

    def suspects(self) -> list[str]:
        """The rows with a price where the total violation is least: they exclude each other, but may be too many."""
        if not self._matrix.shape[1]:
            return [name for name, right in zip(self.names, self._right, strict=True) if right < 0][:1]
        rows = len(self.names)
        widened = sparse.hstack([self._matrix, -sparse.identity(rows)])
        cost = np.concatenate([np.zeros(self._matrix.shape[1]), np.ones(rows)])
        bounds = np.column_stack(
            [np.zeros(len(cost)), np.concatenate([np.ones(self._matrix.shape[1]), np.full(rows, np.inf)])]
        )
        found = linprog(cost, widened, self._right, bounds=bounds, method="highs-ds")
        priced = [name for name, dual in zip(self.names, found.ineqlin.marginals, strict=True) if dual < -1e-9]
        return priced if priced and found.fun > 1e-7 else list(self.names)

    def is_feasible(self, names: Sequence[str]) -> bool:
        """Whether some plan keeps the named rows."""
        kept = [row for row, name in enumerate(self.names) if name in set(names)]
        width = self._matrix.shape[1]
        if not kept or not width:
            return bool((self._right[kept] >= 0).all())
        limits = LinearConstraint(self._matrix[kept], -np.inf, self._right[kept])
        found = milp(
            np.zeros(width),
            constraints=limits,
            integrality=np.ones(width),
            bounds=Bounds(0, 1),
            options={"time_limit": self._seconds},
        )
        return bool(found.status != HIGHS_INFEASIBLE)


def _wholes(values: Sequence[int]) -> Wholes:
    if all(abs(value) < SAFE for value in values):
        return np.array(values, dtype=np.int64)
    return np.array(values, dtype=object)
