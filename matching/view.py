"""A block of cases seen with what may be known of the past: the tables that signals and baselines are made of."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matching.past_projects import Cases, Flags, Floats, Indices
from matching.setting import Setting
from matching.taxonomy import isic_line

# Strength of the even prior of popularity, in projects.
EVEN = 10.0


@dataclass(frozen=True, slots=True)
class Known:
    """What of the past a question may rest on.

    Attributes
    ----------
    past
        Numbers of the cases of the training part.
    earlier_only
        Only cases that are known to be no later than the question, where its year is known.
    first_time
        Nothing of what the right answer has done before: the question of a newcomer.
    all_past
        All of it: the question is of today, and none of the past cases is its own.
    """

    past: Indices
    earlier_only: bool = True
    first_time: bool = False
    all_past: bool = False


class View:
    """Cases (rows) against past cases (columns, "events") and candidates.

    Kernels have shape (cases, events); counts and signals have shape (cases, candidates).
    """

    def __init__(self, setting: Setting, cases: Cases, asked: Indices, known: Known) -> None:
        self.setting, self.cases, self.asked, self.past = setting, cases, asked, known.past
        self._known = known

    def party(self, role: str) -> tuple[Indices, Indices]:
        """Who holds a role in the questions and in the events."""
        return self.cases.party[role][self.asked], self.cases.party[role][self.past]

    @cached_property
    def weight(self) -> Floats:
        """What every event weighs for every case; 0 where it may not be known."""
        cases, asked, past = self.cases, self.asked, self.past
        if self._known.all_past:
            return np.tile(cases.breadth[past], (len(asked), 1))
        known: Flags = cases.group[asked][:, None] != cases.group[past][None, :]
        known &= cases.reference[asked][:, None] != cases.reference[past][None, :]
        if self._known.earlier_only:
            year = cases.year[asked][:, None]
            known &= np.isnan(year) | (cases.year[past][None, :] <= year)
        if self._known.first_time:
            known &= cases.answer[asked][:, None] != cases.answer[past][None, :]
        weight: Floats = known * cases.breadth[past][None, :]
        return weight

    def recency(self, half_life: float) -> Floats:
        """0.5 ** (years between / half-life); 0.5 where a year is not known."""
        apart = np.abs(self.cases.year[self.asked][:, None] - self.cases.year[self.past][None, :])
        recency: Floats = np.where(np.isnan(apart), 0.5, 0.5 ** (apart / half_life))
        return recency

    def same(self, role: str) -> Floats:
        """1 where the event has the same party in a role."""
        asked, past = self.party(role)
        same: Floats = (asked[:, None] == past[None, :]).astype(float)
        return same

    def between(self, role: str, table: Floats) -> Floats:
        """The entry of a country table for the parties of the case and of the event; unknown counts nothing."""
        asked, past = self.party(role)
        return np.nan_to_num(table)[asked[:, None], past[None, :]]

    def count(self, kernel: Floats) -> Floats:
        """Known events by candidate, each counted by its kernel."""
        return self.onto_candidates(self.weight * kernel)

    def onto_candidates(self, events: Floats) -> Floats:
        """Sum over the events of each candidate."""
        return events @ self._one_hot(self.cases.answer)

    def onto(self, role: str, events: Floats) -> Floats:
        """Sum over the events of each party in a role."""
        return events @ self._one_hot(self.cases.party[role])

    def _one_hot(self, parties: Indices) -> Floats:
        table = np.zeros((len(self.past), len(self.cases.candidates)))
        table[np.arange(len(self.past)), parties[self.past]] = 1.0
        return table

    @cached_property
    def popularity(self) -> Floats:
        """Share of the known past that each candidate holds, with an even prior of 5 projects."""
        counts = self.count(np.ones(()))
        even = counts + EVEN / counts.shape[1]
        popularity: Floats = even / even.sum(axis=1, keepdims=True)
        return popularity

    @cached_property
    def subject(self) -> Floats:
        """Cosine of the sets of subjects."""
        return self._theme_kernel(*_subjects(self.cases))

    @cached_property
    def theme(self) -> Floats:
        """Closeness of the codings by information content, between 0 and 1.

        A coding is its subjects, ISIC divisions and sections and its action area. Closeness is simGIC: information
        content of what two codings share over that of all that either holds, where the information content of a
        code is -ln of the share of training projects below it (Resnik 1995; Pesquita et al. 2007).
        """
        bags, size = _bags(self.cases), len(self.cases.codings)
        held = np.bincount(self.cases.theme[self.past], weights=self.cases.share[self.past], minlength=size) @ bags
        total = self.cases.share[self.past].sum()
        content = -np.log((held + 0.5) / (total + 1.0))
        content = np.maximum(content, 0.0)
        weighted = bags * content
        shared, own = weighted @ bags.T, weighted.sum(axis=1)
        either = own[:, None] + own[None, :] - shared
        closeness: Floats = np.divide(shared, either, out=np.zeros_like(shared), where=either > 0)
        kernel: Floats = closeness[self.cases.theme[self.asked][:, None], self.cases.theme[self.past][None, :]]
        return kernel

    def _theme_kernel(self, codings: Floats, length: Floats) -> Floats:
        unit = codings / np.maximum(length, 1.0)[:, None]
        rows, columns = self.cases.theme[self.asked], self.cases.theme[self.past]
        kernel: Floats = unit[rows] @ unit[columns].T
        return kernel

    @cached_property
    def years(self) -> list[tuple[int | None, Indices]]:
        """The years of the questions, None for unknown, with the rows that ask in them."""
        year = self.cases.year[self.asked]
        found: list[tuple[int | None, Indices]] = [
            (int(one), np.flatnonzero(year == one)) for one in np.unique(year[~np.isnan(year)])
        ]
        undated = np.flatnonzero(np.isnan(year))
        return [*found, (None, undated)] if len(undated) else found

    def of_candidates(self, country_values: Floats) -> Floats:
        """Values by country as values by candidate; NaN for candidates that are no country."""
        missing = len(self.cases.candidates) - country_values.shape[-1]
        return np.pad(country_values, [(0, 0)] * (country_values.ndim - 1) + [(0, missing)], constant_values=np.nan)

    def facing(self, role: str, table: Floats) -> Floats:
        """The row of a country table that belongs to the party of a role."""
        return self.of_candidates(table[self.cases.party[role][self.asked]])


def _subjects(cases: Cases) -> tuple[Floats, Floats]:
    """Subjects of every coding as rows of 0 and 1, and the lengths of the rows."""
    names = sorted({subject for one in cases.codings for subject in one.subjects})
    table = _table([frozenset(one.subjects) for one in cases.codings], names)
    return table, np.sqrt(table.sum(axis=1))


def _bags(cases: Cases) -> Floats:
    """Subjects, ISIC divisions and sections, and action area of every coding, as rows of 0 and 1."""
    bags = [
        frozenset(f"subject {subject}" for subject in one.subjects)
        | {f"isic {above}" for code in one.isic for above in isic_line(code) if len(above) <= 3}
        | {f"area {one.action_area}"}
        for one in cases.codings
    ]
    return _table(bags, sorted({code for bag in bags for code in bag}))


def _table(bags: list[frozenset[str]], names: list[str]) -> Floats:
    position = {name: column for column, name in enumerate(names)}
    table = np.zeros((len(bags), max(1, len(names))))
    for row, bag in enumerate(bags):
        table[row, [position[name] for name in bag]] = 1.0
    return table
