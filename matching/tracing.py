"""The points of a triangular proposal, signal by signal: each with the fact behind it, and its year.

A criterion's points are shared out among its signals by what each brings: in a mean, weight x score; among pieces of
evidence, -ln(1 - piece), so that no order of the pieces matters; in the record of past projects, weight x signal above
the mean of all countries. Whole hundredths, so that the signals of a criterion add up to it.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise

import numpy as np

from matching.candidates import Candidates
from matching.criteria import WINDOW_WEIGHTS, Part
from matching.encoding import INCLUSION, evidence_pieces, inclusion_pieces, ownership_pieces
from matching.facts import Facts, Told
from matching.options import Choice
from matching.plan import Signal
from matching.scoring import DEMAND_WEIGHTS, STANDING, Floats, text_fit
from matching.similarity import CONTEXT, context_parts, indicator_closeness

# Signals of the frozen ranking that speak of one fact, under the name of that fact.
RECORD: Mapping[str, tuple[str, ...]] = {
    "worked_together": ("own_lately",),
    "experience": ("activity", "recent_activity"),
    "worked_with_alike": ("with_alike", "with_language", "near_own", "personal_rank"),
    "closeness": ("nearness", "same_subregion", "common_language", "common_membership", "structure"),
    "industry": ("ahead", "industrial_base"),
}
CERTAIN = 0.99


class Tracer:
    """Shares out the points of chosen triples of one set of candidates."""

    def __init__(self, candidates: Candidates) -> None:
        problem = candidates.problem
        self._candidates, self._facts = candidates, Facts(candidates)
        self._criteria, self._tables = candidates.criteria, candidates.criteria.practice_tables
        self._context = context_parts(problem)
        self._then: dict[int, Floats] = {}
        self._evidence = evidence_pieces(problem, candidates.graph)
        self._owned, self._inclusion = ownership_pieces(problem), inclusion_pieces(problem)

    def signals(self, choices: Sequence[Choice], found: tuple[Part, Part, Part]) -> list[dict[str, tuple[Signal, ...]]]:
        """The signals of each criterion; ``found`` are the parts a, b and c of the choices."""
        i, j, k = (np.array([getattr(one, name) for one in choices]) for name in ("need", "second", "third"))
        if not len(choices):
            return []
        demand, fits = self._criteria.demand_cosines(i, j), self._criteria.window_fits(i, k)
        return [self._of(row, choice, found, demand[row], fits[row]) for row, choice in enumerate(choices)]

    def _of(
        self, row: int, choice: Choice, found: tuple[Part, Part, Part], demand: Floats, fits: Floats
    ) -> dict[str, tuple[Signal, ...]]:
        i, j, k = choice.need, choice.second, choice.third
        points = [dict(zip(part.criteria, part.points[row].tolist(), strict=True)) for part in found]
        across = float(found[2].points[row, 0])
        return {
            "demand_fit": shared_out(points[0]["demand_fit"], self._demand(i, j, demand)),
            "contextual_similarity": shared_out(points[0]["contextual_similarity"], self._alike(i, j)),
            "practice_evidence": shared_out(points[0]["practice_evidence"], self._proof(i, j)),
            "complementarity": shared_out(points[0]["complementarity"], self._company(i, j)),
            "funding_fit": (
                *shared_out(points[1]["funding_fit"], self._window(i, k, fits)),
                *shared_out(int(across), [self._facts.practice_and_window(j, k)]),
            ),
            "isid_inclusion": shared_out(points[1]["isid_inclusion"], self._inclusive(i)),
        }

    def _demand(self, need: int, offer: int, cosines: Floats) -> list[Told]:
        themes, isic, sdg, text = cosines.tolist()
        scores = (themes, isic, sdg, text_fit(text), float(self._tables.endorsed[need]))
        shares = [weight * score for weight, score in zip(DEMAND_WEIGHTS, scores, strict=True)]
        return self._facts.demand(need, offer, shares)

    def _alike(self, need: int, offer: int) -> list[Told]:
        beneficiary, provider = self._pair(need, offer)
        if provider is None:
            return self._facts.context(need, offer, dict.fromkeys(CONTEXT, math.nan))
        parts = {name: float(table[beneficiary, provider]) for name, table in self._context.items()}
        year = self._candidates.practice(offer).start_year
        if year is not None:
            if year not in self._then:
                self._then[year] = indicator_closeness(self._candidates.problem.countries, year)
            parts["indicators"] = float(self._then[year][beneficiary, provider])
        return self._facts.context(need, offer, {name: CONTEXT[name] * part for name, part in parts.items()})

    def _proof(self, need: int, offer: int) -> list[Told]:
        practice, country = int(self._tables.practice[offer]), int(self._tables.beneficiary[need])
        pieces = {
            name: piece_share(float(table[practice] if table.ndim == 1 else table[country, practice]))
            for name, table in self._evidence.items()
        }
        return self._facts.proof(need, offer, pieces)

    def _company(self, need: int, offer: int) -> list[Told]:
        """The record as one piece, shared out among what lifts the provider above the mean; then the owner."""
        partners, (beneficiary, provider) = self._criteria.partners, self._pair(need, offer)
        profile = int(partners.profile[need])
        standing = math.nan if provider is None else float(partners.standing[profile, provider])
        lifts = dict.fromkeys(RECORD, 0.0)
        if provider is not None and not math.isnan(standing):
            one = partners.signals[partners.asked[beneficiary], provider]
            value = dict(zip(partners.names, one.tolist(), strict=True))
            lifts = {group: sum(value.get(name, 0.0) for name in names) for group, names in RECORD.items()}
            lifts["worked_together"] += float(partners.on_theme[profile, provider])
        lifts = {group: max(0.0, lift) for group, lift in lifts.items()}
        record, together = piece_share(STANDING * standing), sum(lifts.values())
        shares = {
            group: record if math.isnan(record) else record * lift / together if together else 0.0
            for group, lift in lifts.items()
        }
        owned = {name: piece_share(float(piece[need])) for name, piece in self._owned.items()}
        return self._facts.company(need, offer, {**shares, **owned})

    def _window(self, need: int, window: int, fits: Floats) -> list[Told]:
        shares = [weight * fit for weight, fit in zip(WINDOW_WEIGHTS, fits.tolist(), strict=True)]
        return self._facts.window(need, window, shares)

    def _inclusive(self, need: int) -> list[Told]:
        shares = {name: INCLUSION[name] * float(piece[need]) for name, piece in self._inclusion.items()}
        return self._facts.inclusive(need, shares)

    def _pair(self, need: int, offer: int) -> tuple[int, int | None]:
        provider = int(self._tables.provider[offer])
        known = provider < len(self._candidates.problem.countries)
        return int(self._tables.beneficiary[need]), provider if known else None


def piece_share(piece: float) -> float:
    """What a piece of evidence brings to 1 - product(1 - piece); NaN stays."""
    return piece if math.isnan(piece) else -math.log1p(-min(piece, CERTAIN))


def shared_out(points: int, told: Iterable[Told]) -> tuple[Signal, ...]:
    """Points of a criterion shared out in proportion, rounded so that they add up; unknown signals get None.

    Nothing is shared out where the criterion is unknown (``points`` below 0), or all of its signals are.
    """
    told = list(told)
    shares = [0.0 if math.isnan(one.share) else one.share for one in told]
    whole = sum(shares)
    ends = [0]
    for end in accumulate(shares):
        ends.append(round(max(points, 0) * end / whole) if whole else 0)
    return tuple(
        Signal(one.signal, None if points < 0 or math.isnan(one.share) else last - first, one.fact, one.year)
        for one, (first, last) in zip(told, pairwise(ends), strict=True)
    )
