"""What a run answers: the chosen proposals, how good the plan provably is, and what could not be matched."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from matching.eligibility import Verdict
from matching.graph import Evidence
from matching.problem import plain
from matching.rules import Rules


class Status(StrEnum):
    """How a run ended."""

    OPTIMAL = "optimal"
    WITHIN_GAP = "within_gap"
    EFFORT_SPENT = "effort_spent"
    TIME_LIMIT = "time_limit"
    CANCELLED = "cancelled"
    NOTHING_POSSIBLE = "nothing_possible"
    INFEASIBLE = "infeasible"


@dataclass(frozen=True, slots=True)
class Signal:
    """What one signal gave to a criterion, in hundredths of a point, and the fact behind it.

    ``points`` None means unknown and left out; ``year`` is that of the fact, None where it carries none.
    """

    signal: str
    points: int | None
    fact: str
    year: int | None = None


@dataclass(frozen=True, slots=True)
class ScorePart:
    """What one criterion gave, in hundredths of a point. ``points`` None means unknown and left out.

    The points of ``signals`` add up to those of the criterion, unless nothing is known of it.
    """

    criterion: str
    weight: int
    points: int | None
    reason: str
    signals: tuple[Signal, ...] = ()


@dataclass(frozen=True, slots=True)
class BudgetShare:
    """One party's contribution. Cash and in-kind are kept apart; ``amount`` None means not known."""

    party: str
    name: str
    kind: str
    amount: Decimal | None
    currency: str | None
    share_percent: int | None
    note: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """The best proposal for a need that was not chosen, and why not. ``points`` is in hundredths."""

    parties: Mapping[str, str | None]
    points: int
    why_not: str


@dataclass(frozen=True, slots=True)
class TriangularProposal:
    """A need, a good practice of a provider, and a funding window. ``points`` is in hundredths, 0 to 10,000."""

    need: str
    beneficiary: str
    practice: str
    provider: str | None
    window: str
    facilitating_partner: str
    points: int
    pinned: bool
    parts: tuple[ScorePart, ...]
    ledger: tuple[Verdict, ...]
    budget_split: tuple[BudgetShare, ...]
    runner_up: Alternative | None
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class InvestmentProposal:
    """A need, an investor and an ITPO office. ``points`` is in hundredths, 0 to 10,000."""

    need: str
    beneficiary: str
    investor: str
    office: str
    points: int
    pinned: bool
    parts: tuple[ScorePart, ...]
    ledger: tuple[Verdict, ...]
    runner_up: Alternative | None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a need stays unmatched: the rule or limit in question, and a sentence."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """A change that can be applied to a problem and its rules, told in a sentence.

    ``kind`` is the party changed (``need``, ``window``, ``practice``, ``investor``, ``office``) or ``limit``; ``key``
    names it; ``field`` gets ``value``, which for a set of codes or countries is added to it.
    """

    text: str
    kind: str
    key: str
    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A need without a proposal of one mode, the reasons, and the smallest changes that would open it."""

    need: str
    mode: str
    reasons: tuple[Reason, ...]
    smallest_change: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class BindingLimit:
    """A limit that is used up. ``worth`` is what one more unit would be worth at most, in hundredths of a point."""

    limit: str
    text: str
    unit: str
    used: int
    capacity: int
    worth: int


@dataclass(frozen=True, slots=True)
class Aim:
    """One of the ordered aims, what was reached, and what it cost.

    In hundredths of a point, all proven: without the aim (of floors: without all of them) the best plan has between
    ``least_cost`` and ``most_cost`` more; with one unit of it less, at most ``one_less`` more.
    """

    aim: str
    value: int | None
    text: str
    price: str | None
    least_cost: int | None = None
    most_cost: int | None = None
    one_less: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The answer to a problem under rules.

    ``objective`` and ``bound`` are in hundredths of a point; the bound holds for all eligible options. ``gap`` is
    (bound - objective) / max(1, objective). ``conflict`` names floors, pins and limits that exclude each other.
    ``prices`` are the prices by resource from which ``solve`` can start again after a small change, and
    ``sharp_prices`` those of limits and needs that prove the bound. ``apart`` says from
    how many earlier plans a near-best plan had to differ; its bound holds for such plans. It is empty for others.
    """

    status: Status
    objective: int
    bound: int
    gap: float
    seconds: float
    snapshot_digest: str
    rules: Rules
    options: Mapping[str, int]
    triangular: tuple[TriangularProposal, ...] = ()
    investment: tuple[InvestmentProposal, ...] = ()
    unmatched: tuple[Unmatched, ...] = ()
    binding_limits: tuple[BindingLimit, ...] = ()
    aims: tuple[Aim, ...] = ()
    conflict: tuple[str, ...] = ()
    prices: Mapping[str, float] = field(default_factory=dict)
    sharp_prices: Mapping[str, float] = field(default_factory=dict)
    apart: str = ""
    assumptions: tuple[str, ...] = field(default=())

    @property
    def proposals(self) -> tuple[TriangularProposal | InvestmentProposal, ...]:
        """The proposals of both modes."""
        return (*self.triangular, *self.investment)

    def to_dict(self) -> dict[str, Any]:
        """The plan as plain data, as documented in docs/plan-json.md."""
        data = plain(self)
        assert isinstance(data, dict)
        return data
