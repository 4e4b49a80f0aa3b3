"""The fact behind each signal of a triangular proposal, in one sentence, with its year where it has one."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.candidates import Candidates
from matching.problem import Country, GoodPractice, PastProject
from matching.scoring import Floats
from matching.setting import Setting
from matching.similarity import distances_km, value_then
from matching.taxonomy import isic_overlap

MOST_NAMED = 5
Fact = tuple[str, int | None]
GROUPS = {"L": "low income", "LM": "lower middle income", "UM": "upper middle income", "H": "high income"}


@dataclass(frozen=True, slots=True)
class Told:
    """A signal, what share it brings (NaN for unknown), and the fact behind it."""

    signal: str
    share: float
    fact: str
    year: int | None = None


class Facts:
    """Facts about the parties of one set of candidates; parties are told by their positions."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates, self._problem, self._graph = candidates, candidates.problem, candidates.graph
        self._tree, self._today = candidates.ground.themes, candidates.problem.as_of.year

    @cached_property
    def _distance(self) -> Floats:
        return distances_km(self._problem.countries)

    @cached_property
    def _industry(self) -> Floats:
        return Setting(self._problem).industry(self._today)

    @cached_property
    def _provided(self) -> dict[str, list[PastProject]]:
        """Past projects by provider, the latest first."""
        return self._by_party("providers")

    @cached_property
    def _facilitated(self) -> dict[str, list[PastProject]]:
        """Past projects by facilitating partner, the latest first."""
        return self._by_party("facilitators")

    def _by_party(self, role: str) -> dict[str, list[PastProject]]:
        found: dict[str, list[PastProject]] = {}
        for project in sorted(self._problem.projects, key=lambda one: (-(one.year or 0), one.key)):
            for party in getattr(project, role):
                found.setdefault(party, []).append(project)
        return found

    def _parties(self, need: int, offer: int) -> tuple[Country, GoodPractice, Country | None]:
        provider = self._candidates.offers.provider[offer]
        beneficiary = self._problem.country[self._problem.needs[need].country]
        known = None if provider is None else self._problem.country[provider]
        return beneficiary, self._candidates.practice(offer), known

    # demand fit --------------------------------------------------------------------------------------------------

    def demand(self, need: int, offer: int, shares: Sequence[float]) -> list[Told]:
        """Themes, industry, SDG targets, words, endorsement: shares in this order."""
        asked, practice = self._problem.needs[need], self._candidates.practice(offer)
        words = self._candidates.criteria.common_words(need, offer)[:MOST_NAMED]
        industry = isic_overlap(asked.isic, practice.isic)
        endorsed: dict[bool | None, str] = {True: "The need is endorsed.", False: "The need is not endorsed."}
        facts = (
            ("themes", self._themes(asked.themes, practice.themes), None),
            ("industries", f"In common: {industry}." if industry else "None in common.", None),
            ("targets", _targets(asked.sdg_targets, practice.sdg_targets), None),
            ("words", f"In common: {', '.join(words)}." if words else "None in common.", practice.start_year),
            ("endorsement", endorsed.get(asked.endorsed, "Not stated."), None),
        )
        return [Told(name, share, fact, year) for (name, fact, year), share in zip(facts, shares, strict=True)]

    def _themes(self, wanted: frozenset[str], offered: frozenset[str]) -> str:
        common = sorted(self._tree.label(code) for code in wanted & offered)
        near = self._tree.common(wanted, offered)
        if common:
            return f"In common: {', '.join(common)}."
        return f"On one branch: {self._tree.label(near[1])}." if near else "None in common."

    # contextual similarity ---------------------------------------------------------------------------------------

    def context(self, need: int, offer: int, shares: Mapping[str, float]) -> list[Told]:
        """What the contexts of beneficiary and provider are compared by."""
        one, practice, other = self._parties(need, offer)
        if other is None:
            return [Told(name, math.nan, "The country of the provider is unknown.") for name in shares]
        indicators, year = self._indicators(one, other, practice.start_year)
        common, groups = sorted(one.languages & other.languages), sorted(one.groupings & other.groupings)
        facts = {
            "income_group": (f"{_income(one)}; {_income(other)}.", self._today),
            "indicators": (indicators, year),
            "standing": (f"{_standing(one)}; {_standing(other)}.", self._today),
            "region": (f"{one.name}: {one.subregion}; {other.name}: {other.subregion}.", None),
            "nearness": (f"{self._km(one, other):,.0f} km between the two.", None),
            "language": (f"In common: {', '.join(common)}." if common else "None in common.", None),
            "membership": (f"In common: {', '.join(groups)}." if groups else "None in common.", self._today),
        }
        return [Told(name, share, *facts[name]) for name, share in shares.items()]

    def _km(self, one: Country, other: Country) -> float:
        return float(self._distance[self._graph.position[one.key], self._graph.position[other.key]])

    def _indicators(self, one: Country, other: Country, year: int | None) -> tuple[str, int | None]:
        """The closest of the indicators that both have, with values and years."""
        codes = sorted(one.indicators.keys() & other.indicators.keys())
        if not codes:
            return "No indicator is known of both.", None
        then = self._today if year is None else year
        apart = {code: _apart(one.indicators[code], value_then(other, code, then)) for code in codes}
        code = min(codes, key=lambda name: (apart[name], name))
        first, last = _dated(one, code, None), _dated(other, code, year)
        told = f"{one.name} {one.indicators[code]:,.4g}{_in(first)}, {other.name} {value_then(other, code, then):,.4g}"
        return f"{len(codes)} known of both; closest: {code}, {told}{_in(last)}.", last

    # practice evidence -------------------------------------------------------------------------------------------

    def proof(self, need: int, offer: int, shares: Mapping[str, float]) -> list[Told]:
        """Results, replications, where they were, and years of practice."""
        one, practice, _ = self._parties(need, offer)
        where = sorted(self._candidates.ground.name(country) for country in practice.replicated_in)
        results = {"achieved": "Results achieved.", "planned": "Results planned so far."}
        facts = {
            "results": (results.get(practice.results or "", "Not stated whether results were achieved."), None),
            "replications": (f"Replicated in {_named(where)}." if where else "No replication on record.", None),
            "replicated_nearby": (self._nearest_replication(one, practice), None),
            "years_of_practice": (
                "The year of its start is not stated."
                if practice.start_year is None
                else f"Practised since {practice.start_year}.",
                practice.start_year,
            ),
        }
        return [Told(name, share, *facts[name]) for name, share in shares.items()]

    def _nearest_replication(self, one: Country, practice: GoodPractice) -> str:
        places = sorted(key for key in practice.replicated_in if key in self._graph.position)
        if not places:
            return "No replication on record."
        row = self._graph.closeness[self._graph.position[one.key]]
        best = max(places, key=lambda key: float(np.nan_to_num(row[self._graph.position[key]])))
        if best == one.key:
            return f"Replicated in {one.name} itself."
        alike = row[self._graph.position[best]]
        return f"Replicated in {self._problem.country[best].name}, {alike:.0%} like {one.name}."

    # complementarity ---------------------------------------------------------------------------------------------

    def company(self, need: int, offer: int, shares: Mapping[str, float]) -> list[Told]:
        """The record of past projects, and who owns the need."""
        asked, (one, _, other) = self._problem.needs[need], self._parties(need, offer)
        facts: dict[str, Fact]
        owned: dict[str, Fact] = {
            "owner": (f"Named: {asked.owner}." if asked.owner else "Not stated.", None),
            "priority": ("Not stated." if asked.priority is None else f"Priority {asked.priority}.", None),
        }
        if other is None:
            facts = dict.fromkeys(shares, ("The country of the provider is unknown.", None))
        elif other.key not in self._provided:
            facts = dict.fromkeys(shares, (f"No project provided by {other.name} is on record.", None))
        else:
            facts = self._record(one, other)
        facts |= owned
        return [Told(name, share, *facts[name]) for name, share in shares.items()]

    def _record(self, one: Country, other: Country) -> dict[str, Fact]:
        mine = self._provided[other.key]
        common = [project for project in mine if one.key in project.beneficiaries]
        alike = [key for key, _ in self._graph.nearest(one.key)]
        near = [project for project in mine if set(alike) & set(project.beneficiaries)]
        helped = sorted(
            {self._problem.country[key].name for project in near for key in set(alike) & set(project.beneficiaries)}
        )
        heights = [self._industry[self._graph.position[country.key]] for country in (other, one)]
        known = "" if np.isnan(heights).any() else f"{heights[0]:.0%}; {one.name}: {heights[1]:.0%}"
        return {
            "worked_together": (
                _projects(common) if common else "No project of the two is on record.",
                _latest(common),
            ),
            "experience": (f"{other.name}: {_projects(mine)}", _latest(mine)),
            "worked_with_alike": (
                f"With countries most like {one.name}: {_named(helped)}."
                if near
                else f"With none of the {len(alike)} countries most like {one.name}; what counts is other work near.",
                _latest(near),
            ),
            "closeness": (f"{self._km(one, other):,.0f} km; {_common(one, other)}.", None),
            "industry": (
                f"Place among countries by industrial indicators: {other.name} {known}."
                if known
                else "Industrial indicators are not known of both.",
                self._today if known else None,
            ),
        }

    # funding fit, inclusion --------------------------------------------------------------------------------------

    def window(self, need: int, window: int, shares: Sequence[float]) -> list[Told]:
        """Themes of need and window, its opening, the donor's record: shares in this order."""
        asked, one = self._problem.needs[need], self._problem.windows[window]
        day, donor = self._problem.as_of, one.donor_country
        opening = "No source confirms that it is open."
        if one.open_to is not None:
            opening = f"Open until {one.open_to}." if one.open_to >= day else f"The last call closed on {one.open_to}."
        theirs = self._facilitated.get(donor, []) if donor is not None and donor != asked.country else []
        facilitated = [project for project in theirs if asked.country in project.beneficiaries]
        facts = (
            ("need_and_window", self._themes(asked.themes, one.themes), None),
            ("opening", opening, None if one.open_to is None else one.open_to.year),
            ("donor_record", _projects(facilitated), _latest(facilitated)),
        )
        return [Told(name, share, fact, year) for (name, fact, year), share in zip(facts, shares, strict=True)]

    def practice_and_window(self, offer: int, window: int) -> Told:
        """Themes of practice and window: the other half of the funding fit, all that there is to it."""
        practice, one = self._candidates.practice(offer), self._problem.windows[window]
        known = bool(practice.themes) and bool(one.themes)
        return Told("practice_and_window", 1.0 if known else math.nan, self._themes(practice.themes, one.themes), None)

    def inclusive(self, need: int, shares: Mapping[str, float]) -> list[Told]:
        """Standing, income group and goals of the beneficiary and its need."""
        asked = self._problem.needs[need]
        country = self._problem.country[asked.country]
        facts = {
            "special_standing": (f"{_standing(country)}.", self._today),
            "low_income": (f"{_income(country)}.", self._today),
            "inclusion_goals": (
                f"Targets: {', '.join(sorted(asked.sdg_targets))}." if asked.sdg_targets else "No SDG target stated.",
                None,
            ),
        }
        return [Told(name, share, *facts[name]) for name, share in shares.items()]


def _targets(wanted: frozenset[str], offered: frozenset[str]) -> str:
    common = sorted(wanted & offered)
    if common:
        return f"In common: {', '.join(common)}."
    goals = sorted({one.split(".")[0] for one in wanted} & {one.split(".")[0] for one in offered})
    return f"No target, but goal in common: {', '.join(goals)}." if goals else "None in common."


def _named(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _projects(projects: Sequence[PastProject]) -> str:
    """How many projects, and the first of them."""
    first = projects[0] if projects else None
    if first is None:
        return "No project on record."
    year = f", {first.year}" if first.year else ", year unknown"
    if len(projects) == 1:
        return f"1 project on record: {first.title}{year}."
    return f"{len(projects)} projects on record, the latest: {first.title}{year}."


def _latest(projects: Sequence[PastProject]) -> int | None:
    return max((project.year for project in projects if project.year is not None), default=None)


def _income(country: Country) -> str:
    return f"{country.name}: {GROUPS.get(country.income_group or '', 'income group unknown')}"


def _standing(country: Country) -> str:
    held = [name for name, holds in (("LDC", country.ldc), ("LLDC", country.lldc), ("SIDS", country.sids)) if holds]
    return f"{country.name}: {', '.join(held) or 'neither LDC, LLDC nor SIDS'}"


def _common(one: Country, other: Country) -> str:
    shared = [
        name
        for name, holds in (
            ("same subregion", one.subregion == other.subregion),
            ("a common language", bool(one.languages & other.languages)),
            ("a common regional organisation", bool(one.groupings & other.groupings)),
        )
        if holds
    ]
    return ", ".join(shared) or "no common subregion, language or regional organisation"


def _apart(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other), 1e-12)


def _dated(country: Country, code: str, year: int | None) -> int | None:
    """Year of the latest value of a series, or of the one nearest to a year."""
    known = country.history.get(code, ())
    if not known:
        return None
    return known[-1][0] if year is None else min(known, key=lambda one: (abs(one[0] - year), one[0]))[0]


def _in(year: int | None) -> str:
    return f" ({year})" if year else ""
