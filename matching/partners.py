"""What past projects say of who could provide for a need: the frozen ranking, asked for all needs at once.

The ranking of ``matching.ranking`` was fitted on real past projects and tested on projects that it had not seen
(docs/ranking.md). Here it is asked on the day of the problem: who is likely to provide for this beneficiary, on this
theme? Needs carry no subject in the words of the collection of projects, so the signals that read subjects say
nothing of them; that a country has a practice on the theme is what the proposal itself says. These are left out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.past_projects import PROVIDERS, Cases
from matching.problem import PastProject, Problem
from matching.ranking import BLOCK, Signals, frozen, signal_table
from matching.scoring import Floats, Indices
from matching.setting import Setting
from matching.view import Known, View

LEFT_OUT = frozenset({"on_subject", "by_text", "on_theme_nearby", "on_theme_in_region", "practice_on_theme"})
# The one signal left that depends on the theme; the others depend on the two countries alone.
ON_THEME = "own_theme"


@dataclass(frozen=True)
class Partners:
    """How each country stands as provider, for every profile: a beneficiary with an industry and an action area.

    Attributes
    ----------
    profile
        The profile of each need; shape (needs,).
    standing
        Shape (profiles, countries + 1), in [0, 1]: ln(chance x candidates) / ln(candidates), so that 0 is an even draw
        or less and 1 is certainty. NaN for a country that has never provided on record, and for the unknown one.
    beneficiary
        The country of each profile; shape (profiles,).
    asked
        The row of a country among ``signals``, -1 where it asks for nothing; shape (countries,).
    signals
        Weight x signal of the countries that ask, less the mean over candidates; (asking, countries, signals).
    names
        Of the signals, in the order of ``signals``.
    on_theme
        What projects of the two on close themes add; shape (profiles, countries).
    """

    profile: Indices
    standing: Floats
    beneficiary: Indices
    asked: Indices
    signals: Signals
    names: tuple[str, ...]
    on_theme: npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Asking:
    """All questions of a problem: past cases first, then one for each profile."""

    problem: Problem

    @cached_property
    def profiles(self) -> tuple[tuple[str, frozenset[str], str], ...]:
        """Country, industries and action area, as needs have them together."""
        return tuple(dict.fromkeys((need.country, need.isic, need.action_area) for need in self.problem.needs))

    @cached_property
    def cases(self) -> Cases:
        """The cases; one that asks needs some answer to be listed, which nothing reads."""
        countries = [country.key for country in self.problem.countries]
        asking = [
            PastProject(
                key=f"question {number}",
                title="",
                beneficiaries=(country,),
                providers=(countries[0] if country != countries[0] else countries[-1],),
                action_area=area,
                isic=isic,
                year=self.problem.as_of.year,
            )
            for number, (country, isic, area) in enumerate(self.profiles)
        ]
        return Cases(PROVIDERS, (*self.problem.projects, *asking), countries, len(countries))

    @cached_property
    def past(self) -> Indices:
        """Numbers of the cases that happened."""
        return np.flatnonzero(self.cases.project < len(self.problem.projects))


def partners_of(problem: Problem) -> Partners:
    """Ask the frozen ranking for every profile of a problem."""
    asking, countries = _Asking(problem), len(problem.countries)
    number = {profile: place for place, profile in enumerate(asking.profiles)}
    profile = np.array([number[need.country, need.isic, need.action_area] for need in problem.needs], dtype=np.int64)
    if countries < 3 or not len(asking.past) or not number:
        unknown = np.full((len(number), countries + 1), np.nan)
        none = np.zeros((0, countries, 1), dtype=np.float32)
        place = np.zeros(len(number), dtype=np.int64)
        return Partners(profile, unknown, place, np.full(countries, -1), none, (), none[:, :, 0])
    return _asked(problem, asking, profile)


def _asked(problem: Problem, asking: _Asking, profile: Indices) -> Partners:
    cases, countries, setting = asking.cases, len(problem.countries), Setting(problem)
    known = Known(asking.past, all_past=True)
    questions = np.arange(len(asking.past), len(cases))
    beneficiary = cases.party["beneficiary"][questions]
    places, first, which = np.unique(beneficiary, return_index=True, return_inverse=True)
    weights = {name: weight for name, weight in frozen(PROVIDERS).weights.items() if name not in LEFT_OUT}
    plain = {name: weight for name, weight in weights.items() if name != ON_THEME and weight}
    signals = _weighted(View(setting, cases, questions[first], known), plain)
    of_pair = signals.sum(axis=2, dtype=np.float64)
    standing = np.full((len(questions), countries + 1), np.nan)
    on_theme = np.empty((len(questions), countries), dtype=np.float32)
    for start in range(0, len(questions), BLOCK):
        here = slice(start, start + BLOCK)
        view = View(setting, cases, questions[here], known)
        on_theme[here] = weights[ON_THEME] * signal_table(view, [ON_THEME])[:, :, 0]
        standing[here, :countries] = _standing(of_pair[which[here]] + on_theme[here], beneficiary[here])
    never = np.bincount(cases.answer[asking.past], minlength=countries) == 0
    standing[:, :countries][:, never] = np.nan
    asked = np.full(countries, -1)
    asked[places] = np.arange(len(places))
    return Partners(profile, standing, beneficiary, asked, signals, tuple(plain), on_theme)


def _weighted(view: View, weights: Mapping[str, float]) -> Signals:
    """Weight x signal, less the mean over candidates; shape (cases, candidates, signals)."""
    table = signal_table(view, list(weights)) * np.array(list(weights.values()), dtype=np.float32)
    centred: Signals = table - table.mean(axis=1, keepdims=True)
    return centred


def _standing(points: Floats, beneficiary: Indices) -> Floats:
    """Chances of a conditional logit on a logarithmic scale from an even draw to certainty; the shape of points."""
    points[np.arange(len(points)), beneficiary] = -np.inf
    candidates = points.shape[1] - 1
    away = points - points.max(axis=1, keepdims=True)
    log_chance = away - np.log(np.exp(away).sum(axis=1, keepdims=True))
    standing: npt.NDArray[np.float64] = np.clip(1.0 + log_chance / np.log(candidates), 0.0, 1.0)
    return standing
