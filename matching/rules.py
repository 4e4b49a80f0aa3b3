"""The rules of a run: weights, limits, floors, pins and vetoes. Frozen, with documented defaults."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from matching.problem import plain

TRIANGULAR_WEIGHTS = {
    "demand_fit": 25,
    "contextual_similarity": 20,
    "practice_evidence": 20,
    "complementarity": 15,
    "funding_fit": 10,
    "isid_inclusion": 10,
}
INVESTMENT_WEIGHTS = {"mandate_fit": 45, "geographic_fit": 25, "office_reach": 20, "isid_inclusion": 10}
FLOOR_GROUPS = ("ldc", "region", "action_area")


class RulesError(ValueError):
    """The rules contradict themselves or name something unknown; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A set of options named by some of their parties: a pin forces one of them, a veto forbids them all.

    A field left None stands for any party. ``reason`` is the coordinator's.
    """

    need: str | None = None
    practice: str | None = None
    provider: str | None = None
    window: str | None = None
    investor: str | None = None
    office: str | None = None
    reason: str

    def parties(self) -> dict[str, str]:
        """The parties that are named."""
        names = ("need", "practice", "provider", "window", "investor", "office")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    @property
    def name(self) -> str:
        """The pairing in short, as in ``need N-1 + window FW-2``."""
        return " + ".join(f"{party} {key}" for party, key in self.parties().items())

    def covers(self, other: "Pairing") -> bool:
        """Whether every option of ``other`` is one of this pairing."""
        theirs = other.parties()
        return all(theirs.get(party) == key for party, key in self.parties().items())


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupFloor:
    """A least share, in percent, of a group's needs that must get a triangular proposal.

    ``group`` is ``ldc``, ``region`` or ``action_area``; ``value`` names the region or area, and is empty for LDC.
    """

    group: str
    value: str = ""
    least_percent: int

    @property
    def name(self) -> str:
        """The floor in short, as in ``region Africa``."""
        return f"{self.group} {self.value}".strip()


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How a run weighs and limits. The defaults are the house's own.

    Weights are percent and sum to 100. The ``*_when_unknown`` figures stand in where no source gives a capacity or
    a budget: so many proposals per plan. ``earlier`` are the proposals of an earlier plan, of which at most
    ``most_changes`` of each kind may be dropped; those that are no longer eligible do not count. ``gap`` is the
    relative distance to the bound at which a run may stop.

    Raises
    ------
    RulesError
        When weights do not sum to 100, a floor names an unknown group, or a pin contradicts a veto.
    """

    weights: Mapping[str, int] = field(default_factory=lambda: dict(TRIANGULAR_WEIGHTS))
    investment_weights: Mapping[str, int] = field(default_factory=lambda: dict(INVESTMENT_WEIGHTS))
    proposals_per_window_when_unknown: int = 3
    slots_per_institution_when_unknown: int = 2
    slots_per_country_when_unknown: int = 5
    cases_per_office_when_unknown: int = 5
    deals_per_investor_when_unknown: int = 2
    extra_capacity: Mapping[str, int] = field(default_factory=dict)
    floors: tuple[GroupFloor, ...] = ()
    pins: tuple[Pairing, ...] = ()
    vetoes: tuple[Pairing, ...] = ()
    earlier: tuple[Pairing, ...] = ()
    most_changes: int | None = None
    gap: float = 0.0
    seconds: float = 60.0
    seed: int = 0

    def __post_init__(self) -> None:
        """Check the rules against themselves."""
        _check_weights("weights", self.weights, TRIANGULAR_WEIGHTS)
        _check_weights("investment_weights", self.investment_weights, INVESTMENT_WEIGHTS)
        for name in (item.name for item in fields(self) if item.name.endswith("_when_unknown")):
            if getattr(self, name) < 0:
                raise RulesError(f"'{name}' must not be negative")
        for floor in self.floors:
            if floor.group not in FLOOR_GROUPS:
                raise RulesError(f"a floor names the group '{floor.group}'; the groups are {', '.join(FLOOR_GROUPS)}")
            if not 0 <= floor.least_percent <= 100:
                raise RulesError(f"the floor '{floor.name}' must lie between 0 and 100 percent")
        if self.most_changes is not None and self.most_changes < 0:
            raise RulesError("'most_changes' must not be negative")
        self._check_pairings()

    def _check_pairings(self) -> None:
        for pairing in (*self.pins, *self.vetoes, *self.earlier):
            if not pairing.parties():
                raise RulesError("a pin, veto or earlier proposal names no party at all")
        for pin in self.pins:
            for veto in self.vetoes:
                if veto.covers(pin):
                    raise RulesError(f"the pin '{pin.name}' contradicts the veto '{veto.name}'; take one of them back")

    def to_dict(self) -> dict[str, Any]:
        """The rules as plain data, which ``from_dict`` reads again."""
        data = plain(self)
        assert isinstance(data, dict)
        return data

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Rules":
        """Read rules from plain data; what is left out keeps its default.

        Raises
        ------
        RulesError
            When a name is unknown or a value is not of its kind.
        """
        _refuse_unknown("rule", data, [item.name for item in fields(cls)])
        values: dict[str, Any] = dict(data)
        for name in ("weights", "investment_weights", "extra_capacity"):
            if name in values:
                values[name] = _whole_numbers(name, values[name])
        for name, kind in (("floors", GroupFloor), ("pins", Pairing), ("vetoes", Pairing), ("earlier", Pairing)):
            if name in values:
                values[name] = tuple(_read(kind, name, item) for item in values[name])
        for item in fields(cls):
            if item.name in values and item.type in (int, float):
                values[item.name] = _number(item.name, values[item.name], item.type)
        return cls(**values)


def _check_weights(name: str, weights: Mapping[str, int], known: Mapping[str, int]) -> None:
    _refuse_unknown(f"criterion in '{name}'", weights, list(known))
    missing = sorted(known.keys() - weights.keys())
    if missing:
        raise RulesError(f"'{name}' says nothing of {', '.join(missing)}; give 0 to leave a criterion out")
    if min(weights.values()) < 0:
        raise RulesError(f"'{name}' holds a negative weight")
    if sum(weights.values()) != 100:
        raise RulesError(f"'{name}' must sum to 100, not {sum(weights.values())}")


def _refuse_unknown(what: str, data: Mapping[str, Any], known: list[str]) -> None:
    if not isinstance(data, Mapping):
        raise RulesError(f"expected names with values, not {data!r}")
    for name in data:
        if name not in known:
            close = difflib.get_close_matches(str(name), known, n=1)
            hint = f"did you mean '{close[0]}'?" if close else f"known are {', '.join(known)}"
            raise RulesError(f"unknown {what}: '{name}'; {hint}")


def _whole_numbers(name: str, data: Any) -> dict[str, int]:
    if not isinstance(data, Mapping) or any(
        not isinstance(value, int) or isinstance(value, bool) for value in data.values()
    ):
        raise RulesError(f"'{name}' must map names to whole numbers")
    return dict(data)


def _number(name: str, value: Any, kind: type) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or (kind is int and not isinstance(value, int)):
        raise RulesError(f"'{name}' must be a {'whole ' if kind is int else ''}number, not {value!r}")
    return value


def _read(kind: type, name: str, item: Any) -> Any:
    _refuse_unknown(f"field in '{name}'", item, [one.name for one in fields(kind)])
    try:
        return kind(**item)
    except TypeError as error:
        raise RulesError(f"'{name}' holds an incomplete entry {dict(item)!r}: {error}") from error
