"""Proposals of an earlier plan: as pairings, as options, and as triples of a model where it still has them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.axial import AxialModel, Chosen
from matching.candidates import Candidates
from matching.options import Options
from matching.plan import InvestmentProposal, Plan, TriangularProposal
from matching.rules import Pairing

MODES = ("triangular", "investment")
Proposals = Sequence[TriangularProposal] | Sequence[InvestmentProposal]


@dataclass(frozen=True)
class Apart:
    """An earlier plan that a new one differs from: of each kind, at most ``percent`` of its proposals come again."""

    plan: Plan
    percent: int

    def proposals(self, mode: str) -> Proposals:
        """The proposals of one kind, ``triangular`` or ``investment``."""
        return proposals_of(self.plan, mode)

    def most(self, mode: str) -> int:
        """How many proposals of one kind may come again, rounded down."""
        return len(self.proposals(mode)) * self.percent // 100

    def pairings(self, mode: str) -> list[Pairing]:
        """The proposals of one kind as pairings that name all their parties."""
        return [Pairing(**_parties(one), reason="an earlier plan") for one in self.proposals(mode)]


def proposals_of(plan: Plan, mode: str) -> Proposals:
    """The proposals of one kind, ``triangular`` or ``investment``."""
    return plan.triangular if mode == "triangular" else plan.investment


def option_key(proposal: TriangularProposal | InvestmentProposal) -> str:
    """The key under which a proposal is listed as an option."""
    kind = "T" if isinstance(proposal, TriangularProposal) else "I"
    return "|".join([kind, *(str(key) for key in _parties(proposal).values())])


def kept_apart(options: Options, apart: Sequence[Apart]) -> Options:
    """The same options, of which so many of every earlier plan may be chosen again."""
    uses = dict(options.uses)
    for number, one in enumerate(apart):
        for mode in MODES:
            for key in map(option_key, one.proposals(mode)):
                uses[key] = {**uses[key], f"apart:{number}:{mode}": 1}
    return replace(options, uses=uses, apart=most_again(apart))


def most_again(apart: Sequence[Apart]) -> dict[str, int]:
    """How many proposals of each kind of every earlier plan may come again, by resource code."""
    return {f"apart:{number}:{mode}": one.most(mode) for number, one in enumerate(apart) for mode in MODES}


def _parties(proposal: TriangularProposal | InvestmentProposal) -> dict[str, str | None]:
    if isinstance(proposal, TriangularProposal):
        names: tuple[str, ...] = ("need", "practice", "provider", "window")
    else:
        names = ("need", "investor", "office")
    return {name: getattr(proposal, name) for name in names}


def triples_of(candidates: Candidates, model: AxialModel, mode: str, proposals: Proposals) -> Chosen:
    """The proposals as triples of a model, without those whose parties or pairs it does not have."""
    problem, offers = candidates.problem, candidates.offers
    if mode == "triangular":
        practices = [problem.practices[one].key for one in offers.practice.tolist()]
        second: dict[tuple[str | None, ...], int] = {
            key: place for place, key in enumerate(zip(practices, offers.provider, strict=True))
        }
        third = {one.key: place for place, one in enumerate(problem.windows)}
    else:
        second = {(one.key,): place for place, one in enumerate(problem.investors)}
        third = {one.key: place for place, one in enumerate(problem.offices)}
    needs = {one.key: place for place, one in enumerate(problem.needs)}
    found = []
    for proposal in proposals:
        need, *middle, last = _parties(proposal).values()
        triple = _triple(model, needs.get(str(need)), second.get(tuple(middle)), third.get(str(last)))
        if triple is not None:
            found.append(triple)
    found.sort()
    first, pair, third_pair = (np.array([one[axis] for one in found], dtype=np.int64) for axis in range(3))
    return Chosen(first, pair, third_pair)


def _triple(model: AxialModel, need: int | None, second: int | None, third: int | None) -> tuple[int, int, int] | None:
    if need is None or second is None or third is None or model.across[second, third] < 0:
        return None
    places = []
    for table, column in ((model.seconds, second), (model.thirds, third)):
        begin, end = table.starts[need : need + 2].tolist()
        place = begin + int(np.searchsorted(table.columns[begin:end], column))
        if place == end or table.columns[place] != column:
            return None
        places.append(place)
    return need, places[0], places[1]
