"""What is known of countries beside the past projects: the context that signals read, at the time of the question."""

from functools import cached_property

import numpy as np

from matching.encoding import numbers
from matching.past_projects import Floats
from matching.problem import Problem
from matching.similarity import INCOME_RANK, distances_km, weighted_mean
from matching.taxonomy import isic_line

# Series that tell how much and how complex a country makes. House choice.
INDUSTRY = ("HGL_ECI_HS92", "SDG_NV_IND_MANFPC", "SDG_NV_IND_TECH", "GM_INDUSTRY_PERCENT_OF_GDP", "GM_MANUF_EMPLOY")
NEAR_KM = 2000.0
# Closeness below this share is taken for none. House choice.
LEAST_ALIKE = 0.35


class Setting:
    """Country-by-country tables over one problem; each has shape (countries, countries), NaN where unknown."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._at: dict[int | None, Floats] = {}

    @cached_property
    def near(self) -> Floats:
        """exp(-distance / 2000 km) between the capitals."""
        near: Floats = np.exp(-distances_km(self.problem.countries) / NEAR_KM)
        return near

    @cached_property
    def region(self) -> Floats:
        """1 in the same M49 region."""
        return self._same([country.region for country in self.problem.countries])

    @cached_property
    def subregion(self) -> Floats:
        """1 in the same M49 subregion."""
        return self._same([country.subregion for country in self.problem.countries])

    @cached_property
    def language(self) -> Floats:
        """1 where a language is official in both; NaN where none is known of one."""
        return self._shared([country.languages for country in self.problem.countries], rare=False)

    @cached_property
    def membership(self) -> Floats:
        """How telling the common regional organisations are: a small one says more; see :meth:`_shared`."""
        return self._shared([country.groupings for country in self.problem.countries], rare=True)

    @cached_property
    def treaties(self) -> Floats:
        """How telling the treaties are that both are known to be party to: one of few parties says more."""
        return self._shared([country.treaties for country in self.problem.countries], rare=True)

    @cached_property
    def alike(self) -> Floats:
        """How much two contexts resemble each other, without a date: place, language, organisations, indicators."""
        parts = (
            (2.0, self.region),
            (2.0, self.subregion),
            (2.0, self.near),
            (2.0, self.language),
            (2.0, self.membership),
            (3.0, self.structure(None)),
        )
        mean = weighted_mean(parts)
        alike: Floats = np.clip((mean - LEAST_ALIKE) / (1 - LEAST_ALIKE), 0.0, 1.0)
        return alike

    def structure(self, year: int | None) -> Floats:
        """Closeness of percentile ranks over all indicators that both have, with the values nearest to ``year``."""
        ranks = self.percentiles(year)
        if not ranks.shape[1]:
            return np.full((len(ranks), len(ranks)), np.nan)
        return weighted_mean((1.0, 1.0 - np.abs(one[:, None] - one[None, :])) for one in ranks.T)

    def industry(self, year: int | None) -> Floats:
        """Mean percentile of the industrial indicators that are known; shape (countries,), NaN where none is."""
        columns = [self.series.index(code) for code in INDUSTRY if code in self.series]
        ranks = self.percentiles(year)[:, columns]
        known = ~np.isnan(ranks)
        number = known.sum(axis=1)
        total = np.where(known, ranks, 0.0).sum(axis=1)
        mean: Floats = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        return mean

    @cached_property
    def income(self) -> Floats:
        """Income group from 0 (low) to 1 (high); shape (countries,)."""
        ranks = numbers(INCOME_RANK.get(country.income_group or "") for country in self.problem.countries)
        income: Floats = ranks / 3.0
        return income

    @cached_property
    def series(self) -> list[str]:
        """Codes of the indicators."""
        return sorted({code for country in self.problem.countries for code in country.history})

    def percentiles(self, year: int | None) -> Floats:
        """Percentile of each country in each series; shape (countries, series), NaN where unknown.

        The value is the one whose year is nearest to ``year``; the earliest where the question has no year.
        """
        if year not in self._at:
            self._at[year] = self._percentiles(year)
        return self._at[year]

    def _percentiles(self, year: int | None) -> Floats:
        countries = self.problem.countries
        ranks = np.full((len(countries), len(self.series)), np.nan)
        for column, code in enumerate(self.series):
            for row, country in enumerate(countries):
                values = country.history.get(code)
                if values:
                    ranks[row, column] = min(values, key=lambda one: (abs(one[0] - (year or 0)), one[0]))[1]
            known = ~np.isnan(ranks[:, column])
            values_known = ranks[known, column]
            ranks[known, column] = np.searchsorted(np.sort(values_known), values_known) / max(1, known.sum() - 1)
        return ranks

    @cached_property
    def practices(self) -> list[tuple[frozenset[str], int | None, Floats]]:
        """Of each good practice: ISIC codes and what they lie in, year of start, and its providers as 0 and 1."""
        position = {country.key: number for number, country in enumerate(self.problem.countries)}
        found = []
        for practice in self.problem.practices:
            providers = np.zeros(len(position))
            providers[[position[key] for key in practice.providers]] = 1.0
            found.append((isic_bag(practice.isic), practice.start_year, providers))
        return found

    @cached_property
    def needs(self) -> list[tuple[frozenset[str], int]]:
        """Of each need: ISIC codes with their ancestors, and the number of its country."""
        position = {country.key: number for number, country in enumerate(self.problem.countries)}
        return [(isic_bag(need.isic), position[need.country]) for need in self.problem.needs]

    def _same(self, names: list[str]) -> Floats:
        array = np.array(names)
        same: Floats = (array[:, None] == array[None, :]).astype(float)
        return same

    def _shared(self, sets: list[frozenset[str]], *, rare: bool) -> Floats:
        """1 where two sets meet; with ``rare`` the weight of the rarest common member, -ln(share) / ln(sets)."""
        shared = np.zeros((len(sets), len(sets)))
        for name in sorted({name for one in sets for name in one}):
            member = np.array([name in one for one in sets])
            weight = -np.log(member.mean()) / max(np.log(len(sets)), 1e-9) if rare else 1.0
            shared = np.maximum(shared, np.outer(member, member) * weight)
        unknown = np.array([not one for one in sets], dtype=np.bool_)
        shared[unknown, :] = np.nan
        shared[:, unknown] = np.nan
        return shared


def isic_bag(codes: frozenset[str]) -> frozenset[str]:
    """ISIC divisions and sections of codes."""
    return frozenset(above for code in codes for above in isic_line(code) if len(above) <= 3)
