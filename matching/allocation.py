"""The optimizer: choose options that use resources, under limits and floors. It knows no domain word.

The bound is the allocation's own: prices from the linear relaxation are rounded to fractions of one denominator, and
the Lagrangian bound is recomputed from them in whole numbers over all options (Geoffrion, 1974). A solver's tolerance
can only loosen it. Options whose reduced value proves that no better plan holds them are fixed to zero; the few that
survive are solved exactly.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from matching.relaxation import Certificate, Indices, Model, certify, fits, relax, round_down, solve_exactly
from matching.relaxation import conflict as find_conflict

Progress = Callable[[int, int], bool | None]
# The first restricted model holds options whose reduced value lies within this share of the bound.
FIRST_SHARE = 0.001


class Status(StrEnum):
    """How an allocation ended."""

    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    TIME_LIMIT = "time_limit"
    EFFORT_SPENT = "effort_spent"
    CANCELLED = "cancelled"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Option:
    """Something that can be chosen once: a whole value, and whole amounts of resources that it uses."""

    key: str
    value: int
    uses: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Floor:
    """The chosen options must use at least so much of a resource."""

    name: str
    resource: str
    at_least: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """What was chosen, and the proof.

    ``bound`` holds for all options, ``gap`` is (bound - value) / max(1, abs(value)). ``prices`` are worths of one more
    unit of a limit in the linear relaxation (of a floor: of one unit less), whose bound, rounded down, is
    ``relaxation``: one more unit is worth less than its price + relaxation + 1 - value. ``conflict`` names a smallest
    set of pins, floors and limits that exclude each other, as ``pin:KEY``, ``floor:NAME``, ``limit:RESOURCE``. A status
    of ``time_limit`` or ``cancelled`` tells that the plan is the best so far; it misses a floor only when it is empty.
    """

    chosen: tuple[str, ...]
    value: int
    bound: int
    gap: float
    status: Status
    prices: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    relaxation: int = 0
    conflict: tuple[str, ...] = ()


def allocate(
    options: Iterable[Option],
    limits: Mapping[str, int],
    *,
    floors: Sequence[Floor] = (),
    pins: Iterable[str] = (),
    vetoes: Iterable[str] = (),
    seconds: float = 60.0,
    gap: float = 0.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Allocation:
    """Choose the options of greatest total value.

    Parameters
    ----------
    options
        Unique keys; whole values of any sign; whole uses >= 0 of resources with a limit, or that a floor counts.
    limits
        How much there is of each resource, whole and >= 0.
    floors
        Least uses of resources.
    pins, vetoes
        Keys that must or must not be chosen.
    seconds
        Wall time after which the best plan so far is given; the status then says so.
    gap
        Relative distance to the bound that is good enough; 0 asks for a proof of optimality.
    seed
        Handed to the exact solver; one seed gives one answer.
    progress
        Called with value and bound whenever one improves; return True to stop.

    Raises
    ------
    ValueError
        When a key appears twice, a pin or veto is unknown or both, a resource is unknown, or a number is negative or
        not whole.
    """
    run = _Run(time.monotonic(), seconds, gap, seed, progress)
    listed = sorted(options, key=lambda option: option.key)
    forced, forbidden = _check(listed, limits, floors, set(pins), set(vetoes))
    kept = [option for option in listed if option.key not in forbidden]
    model = Model.of(kept, limits, floors, forced)
    return run.answer(model)


class _Run:
    """One computation: the best plan so far, the bound so far, and the clock."""

    def __init__(self, started: float, seconds: float, gap: float, seed: int, progress: Progress | None) -> None:
        self._started, self._seconds, self._gap, self._seed = started, seconds, gap, seed
        self._progress = progress
        self._plan: tuple[int, ...] | None = None
        self._value, self._bound, self._reach, self._cancelled = 0, 0, 0, False

    def answer(self, model: Model) -> Allocation:
        """Relax, certify, round, fix and finish exactly."""
        if model.is_void():
            return self._end(model, Status.INFEASIBLE, None, find_conflict(model, self._left()))
        relaxed = relax(model, self._left())
        if relaxed is None:
            return self._end(model, Status.INFEASIBLE, None, find_conflict(model, self._left()))
        certificate = certify(model, relaxed)
        self._bound = certificate.bound
        self._take(model, round_down(model, certificate, relaxed))
        while self._wanting():
            held = self._survivors(certificate)
            found = solve_exactly(model, held, self._left(), self._seed)
            if found.is_infeasible and len(held) == len(model):
                return self._end(model, Status.INFEASIBLE, certificate, find_conflict(model, self._left()))
            kept = self._take(model, found.plan)
            if self._covers(certificate, held):
                proven = self._value if kept and found.is_proven else found.bound + model.pinned_value
                self._bound = min(self._bound, max(self._value, proven))
                break
            if not found.is_proven:
                break
        return self._end(model, self._status(), certificate, ())

    def _left(self) -> float:
        return max(0.1, self._seconds - (time.monotonic() - self._started))

    def _wanting(self) -> bool:
        """Whether the plan is still too far from the bound, time is left, and nobody has said stop."""
        self._tell()
        if self._cancelled or time.monotonic() - self._started >= self._seconds:
            return False
        return self._plan is None or self._bound - self._value > self._gap * max(1, abs(self._value))

    def _tell(self) -> None:
        if self._progress is not None and not self._cancelled:
            self._cancelled = bool(self._progress(self._value, self._bound))

    def _take(self, model: Model, plan: Sequence[int] | None) -> bool:
        """Keep a plan that is better and, in whole numbers, within all limits and floors; tell whether it is within."""
        if plan is None or not fits(model, plan):
            return False
        value = model.value_of(plan)
        if self._plan is None or value > self._value:
            self._plan, self._value = tuple(plan), value
        return True

    def _survivors(self, certificate: Certificate) -> Indices:
        """Options near the prices at first; then all that a plan better than the present one may still hold."""
        first = max(1, int(FIRST_SHARE * abs(self._bound)))
        if self._plan is None:
            self._reach = self._reach * 8 or first
        else:
            wanted = self._bound - self._value
            self._reach = wanted if self._reach else min(wanted, first)
        return certificate.within(self._reach)

    def _covers(self, certificate: Certificate, held: Indices) -> bool:
        """Whether every plan better than the present one lies within the held options."""
        if len(held) == len(certificate.slack):
            return True
        return self._plan is not None and self._bound - self._value <= self._reach

    def _status(self) -> Status:
        if self._plan is not None and self._bound == self._value:
            return Status.OPTIMAL
        if self._cancelled:
            return Status.CANCELLED
        if self._plan is not None and self._bound - self._value <= self._gap * max(1, abs(self._value)):
            return Status.WITHIN_GAP
        return Status.TIME_LIMIT

    def _end(
        self, model: Model, status: Status, certificate: Certificate | None, conflict: tuple[str, ...]
    ) -> Allocation:
        feasible = status is not Status.INFEASIBLE
        chosen = model.keys_of(self._plan or ()) if feasible else ()
        value, bound = (self._value, max(self._bound, self._value)) if feasible else (0, 0)
        return Allocation(
            chosen,
            value,
            bound,
            (bound - value) / max(1, abs(value)),
            status,
            certificate.prices if certificate is not None else {},
            round(time.monotonic() - self._started, 3),
            certificate.bound if certificate is not None else 0,
            conflict,
        )


def _check(
    options: Sequence[Option], limits: Mapping[str, int], floors: Sequence[Floor], pins: set[str], vetoes: set[str]
) -> tuple[set[str], set[str]]:
    """Refuse what cannot be meant, naming the culprit."""
    counted = {floor.resource for floor in floors}
    keys: set[str] = set()
    for option in options:
        if option.key in keys:
            raise ValueError(f"two options carry the key '{option.key}'")
        keys.add(option.key)
        _check_whole(f"the value of option '{option.key}'", option.value)
        for resource, amount in option.uses.items():
            if resource not in limits and resource not in counted:
                raise ValueError(f"option '{option.key}' uses the unknown resource '{resource}'")
            _check_whole(f"the use of '{resource}' by option '{option.key}'", amount, least=0)
    for resource, amount in limits.items():
        _check_whole(f"the limit of '{resource}'", amount, least=0)
    for floor in floors:
        _check_whole(f"the floor '{floor.name}'", floor.at_least)
    for name, chosen in (("pin", pins), ("veto", vetoes)):
        for key in sorted(chosen - keys):
            raise ValueError(f"the {name} '{key}' names no option")
    for key in sorted(pins & vetoes):
        raise ValueError(f"option '{key}' is pinned and vetoed")
    return pins, vetoes


def _check_whole(what: str, number: object, least: int | None = None) -> None:
    if isinstance(number, bool) or not isinstance(number, (int, np.integer)):
        raise ValueError(f"{what} must be a whole number, not {number!r}")
    if least is not None and number < least:
        raise ValueError(f"{what} must not be below {least}, as {number} is")
