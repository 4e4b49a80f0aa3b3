"""Past projects as questions whose answer is known, and the parts that they are split into.

A **case** is one answer of one project: a project for three countries holds three cases of "whom did the provider
work for". Each project counts once in every figure, however many cases it holds.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from matching.problem import PastProject

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Task:
    """A question to rank for: the role that is asked for, and the roles that are given beside the theme."""

    name: str
    answer: str
    given: tuple[str, ...]


PROVIDERS = Task("providers", "provider", ("beneficiary",))
BENEFICIARIES = Task("beneficiaries", "beneficiary", ("provider",))
FACILITATORS = Task("facilitators", "facilitator", ("beneficiary", "provider"))
TASKS = (PROVIDERS, BENEFICIARIES, FACILITATORS)


def near_repeat_group(project: PastProject) -> tuple[object, ...]:
    """What near-repeats share: beneficiaries, providers, facilitators and the main subject."""
    return project.beneficiaries, project.providers, project.facilitators, project.subjects[:1]


class Cases:
    """The cases of one task over a list of projects, as arrays of shape (cases,).

    Parameters
    ----------
    task
        Which role is the answer.
    projects
        Projects of known parties; a party that is no candidate is passed over.
    candidates
        Everything that may be an answer. Countries come first, in the order of the problem.
    countries
        How many of the candidates are countries.
    """

    def __init__(self, task: Task, projects: Sequence[PastProject], candidates: Sequence[str], countries: int) -> None:
        self.task, self.projects, self.candidates, self.countries = task, tuple(projects), tuple(candidates), countries
        found = list(self._listed())
        table = np.array(found, dtype=np.int64).reshape(len(found), 4)
        self.project: Indices = table[:, 0]
        self.party: dict[str, Indices] = {
            "beneficiary": table[:, 1],
            "provider": table[:, 2],
            "facilitator": table[:, 3],
        }

    def _listed(self) -> Iterator[tuple[int, int, int, int]]:
        position = {name: number for number, name in enumerate(self.candidates)}
        country = {name: number for name, number in position.items() if number < self.countries}
        for number, project in enumerate(self.projects):
            facilitators = [position[name] for name in project.facilitators if name in position]
            for beneficiary in project.beneficiaries:
                for provider in project.providers:
                    if beneficiary == provider or not {beneficiary, provider} <= country.keys():
                        continue
                    pair = number, country[beneficiary], country[provider]
                    if self.task.answer == "facilitator":
                        yield from ((*pair, facilitator) for facilitator in facilitators)
                    else:
                        yield (*pair, -1)

    def __len__(self) -> int:
        return len(self.project)

    @property
    def answer(self) -> Indices:
        """The right candidate of each case."""
        return self.party[self.task.answer]

    @cached_property
    def year(self) -> Floats:
        """Year in which the project began; NaN where it is not known."""
        years = [np.nan if project.year is None else float(project.year) for project in self.projects]
        return np.array(years, dtype=float)[self.project]

    @cached_property
    def group(self) -> Indices:
        """Number of the near-repeat group."""
        number: dict[tuple[object, ...], int] = {}
        groups = [number.setdefault(near_repeat_group(project), len(number)) for project in self.projects]
        return np.array(groups, dtype=np.int64)[self.project]

    @cached_property
    def reference(self) -> Indices:
        """Number of the project's key: the same project in two collections carries the same."""
        number: dict[str, int] = {}
        keys = [number.setdefault(project.key, len(number)) for project in self.projects]
        return np.array(keys, dtype=np.int64)[self.project]

    @cached_property
    def share(self) -> Floats:
        """What the case counts, so that every project counts 1."""
        share: Floats = 1.0 / np.bincount(self.project, minlength=len(self.projects))[self.project]
        return share

    @cached_property
    def breadth(self) -> Floats:
        """What the case weighs as evidence: 1 / sqrt(cases of its project), for a course of ten says less of each."""
        breadth: Floats = np.sqrt(self.share)
        return breadth

    @cached_property
    def theme(self) -> Indices:
        """Number of the project's distinct coding: subjects, ISIC and action area."""
        return self._codings[1][self.project]

    @cached_property
    def codings(self) -> tuple[PastProject, ...]:
        """One project for each distinct coding."""
        return self._codings[0]

    @cached_property
    def _codings(self) -> tuple[tuple[PastProject, ...], Indices]:
        first: dict[tuple[object, ...], int] = {}
        told: list[PastProject] = []
        which = []
        for project in self.projects:
            coding = project.subjects, project.isic, project.action_area
            if coding not in first:
                first[coding] = len(told)
                told.append(project)
            which.append(first[coding])
        return tuple(told), np.array(which, dtype=np.int64)

    @cached_property
    def question(self) -> Indices:
        """Number of the question: the given parties and the main subject."""
        number: dict[tuple[object, ...], int] = {}
        given = [self.party[role] for role in self.task.given]
        asked = (
            (*(int(one[case]) for one in given), self.projects[project].subjects[:1])
            for case, project in enumerate(self.project)
        )
        return np.array([number.setdefault(one, len(number)) for one in asked], dtype=np.int64)

    @cached_property
    def answers(self) -> dict[int, Indices]:
        """All true answers of each question."""
        found: dict[int, set[int]] = defaultdict(set)
        for question, answer in zip(self.question.tolist(), self.answer.tolist(), strict=True):
            found[question].add(answer)
        return {question: np.array(sorted(answers), dtype=np.int64) for question, answers in found.items()}

    def open(self, cases: Indices) -> Flags:
        """Which candidates a case is ranked against: all but the given parties and other true answers.

        Returns
        -------
        array, shape (len(cases), candidates)
        """
        allowed: Flags = np.ones((len(cases), len(self.candidates)), dtype=np.bool_)
        for row, case in enumerate(cases.tolist()):
            allowed[row, self.answers[int(self.question[case])]] = False
        for role in self.task.given:
            if self.task.answer != "facilitator":  # a beneficiary or provider may pay for its own project
                allowed[np.arange(len(cases)), self.party[role][cases]] = False
        allowed[np.arange(len(cases)), self.answer[cases]] = True
        return allowed


def folds(groups: Indices, parts: int, chance: np.random.Generator) -> Indices:
    """A part for each case, equal within a near-repeat group; shape (cases,)."""
    part: Indices = chance.integers(0, parts, int(groups.max(initial=-1)) + 1)[groups]
    return part


def origins(year: Floats, shares: Sequence[float]) -> tuple[float, ...]:
    """The years up to which given shares of the dated cases lie: where a time-ordered split cuts."""
    dated = np.sort(year[~np.isnan(year)])
    if not len(dated):
        return ()
    return tuple(sorted({float(dated[min(len(dated) - 1, int(share * len(dated)))]) for share in shares}))
