"""Advice on one need as it stands: what it can reach, what keeps it from more, and what each missing answer unlocks.

Every promise is tried before it is made: the answer is put into the need and the hard rules are asked again. What
does not depend on the need is kept between questions as long as practices, windows and countries stay as they are.
"""

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching
from matching.candidates import find_candidates
from matching.eligibility import (
    FAILED,
    PASSED,
    Ground,
    Verdict,
    cofinancing_is_met,
    judge_practice,
    judge_window,
    larger_share,
    least,
    ticket_fits,
)
from matching.graph import CooperationGraph
from matching.retrieval import WordIndex
from matching.suggest import Index
from sstic.match_runs.snapshot import build_supply
from sstic.tables.audit import AuditEvent
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice

Flags = npt.NDArray[np.bool_]
# So many practices and windows are named; of all others only the number is told.
SHOWN = 20
PROMISES = 12
# What changes what a need can be met with, as audit rows name it.
SUPPLY = ("good_practice", "funding_window", "organization", "country", "seed")
# The rules about windows that an answer of the need decides.
ANSWERED = (ticket_fits, cofinancing_is_met)
ANSWERED_NAMES = tuple(rule.__name__ for rule in ANSWERED)


@dataclass(frozen=True)
class Asked:
    """A need as far as it is written."""

    key: str
    country: str
    title: str = ""
    text: str = ""
    action_area: str = "technology"
    themes: frozenset[str] = frozenset()
    isic: frozenset[str] = frozenset()
    sdg_targets: frozenset[str] = frozenset()
    modalities: frozenset[str] = frozenset()
    budget: Decimal | None = None
    currency: str | None = None
    self_financing_share: int | None = None
    owner: str | None = None


class Named(NamedTuple):
    """A practice or window: its kind, reference, title, and the countries that provide it or the donor."""

    kind: str
    reference: str
    title: str
    by: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


class Kept(NamedTuple):
    """How many a hard rule keeps out."""

    kind: str
    rule: str
    number: int


class Promise(NamedTuple):
    """What answers would unlock: a theme, or money between two amounts, or an own share, or both of these.

    ``number`` counts all that they unlock, ``loses`` the windows now within reach that would be lost.
    """

    fields: tuple[str, ...]
    unlocks: tuple[Named, ...]
    number: int
    theme: str | None = None
    theme_label: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    currency: str | None = None
    share: int | None = None
    loses: int = 0


@dataclass(frozen=True)
class Advice:
    """What a need can reach as it stands. ``triangles`` pair a practice with a window, the best first."""

    practices: tuple[Named, ...]
    practices_number: int
    windows: tuple[Named, ...]
    windows_number: int
    triangles: tuple[tuple[str, str], ...]
    kept_out: tuple[Kept, ...]
    promises: tuple[Promise, ...]


class Supply:
    """What does not depend on the need: practices by theme and by word, where they may go, the graph of countries."""

    def __init__(self, problem: matching.Problem) -> None:
        problem = replace(problem, needs=(), investors=(), offices=())
        self.problem, self.ground = problem, Ground.of(problem)
        self.graph = CooperationGraph(replace(problem, practices=(), windows=()))
        self.words = WordIndex(f"{one.title}. {one.text}" for one in problem.practices)
        self._on_branch = {code: self._meeting(code) for code in problem.theme}
        southern = {country.key for country in problem.countries if country.southern}
        self._open_to_all = np.array(
            [not one.providers or bool(southern.intersection(one.providers)) for one in problem.practices],
            dtype=np.bool_,
        )
        self._southern = southern

    def _meeting(self, theme: str) -> Flags:
        """Which practices meet a theme: coded with it, with one below or with one above."""
        line = self.ground.themes.line
        meeting = {code for code in self.problem.theme if theme in line(code) or code in line(theme)}
        return np.array([bool(meeting & one.themes) for one in self.problem.practices], dtype=np.bool_)

    def going_to(self, country: str) -> Flags:
        """Which practices some country of the South other than ``country`` provides, or nobody knows who does."""
        found = self._open_to_all.copy()
        for place, one in enumerate(self.problem.practices):
            if country in one.providers:
                found[place] = bool(self._southern.intersection(one.providers) - {country})
        return found

    def meeting(self, themes: Iterable[str]) -> npt.NDArray[np.int64]:
        """How many of the themes each practice meets."""
        total = np.zeros(len(self.problem.practices), dtype=np.int64)
        for code in themes:
            total += self._on_branch[code]
        return total


_kept: dict[str, tuple[object, Supply]] = {}
_building = threading.Lock()


def supply_of(session: Session, day: date) -> Supply:
    """The supply of today, built anew only when practices, windows or countries have changed."""
    address, stamp = str(session.get_bind().engine.url), _stamp(session, day)
    with _building:
        held = _kept.get(address)
        if held is None or held[0] != stamp:
            _kept.clear()
            held = _kept[address] = stamp, Supply(build_supply(session, day))
    return held[1]


def _stamp(session: Session, day: date) -> object:
    """What differs as soon as the supply does: every change leaves an audit row."""
    last = sa.select(sa.func.max(AuditEvent.number)).where(AuditEvent.subject_table.in_(SUPPLY))
    counts = [
        session.execute(sa.select(sa.func.count(), sa.func.max(table.id)).select_from(table)).one()
        for table in (GoodPractice, FundingWindow)
    ]
    return day, session.scalar(last), *map(tuple, counts)


def advise(session: Session, asked: Asked, day: date) -> Advice:
    """Advice on a need as it stands on a day."""
    return advice_on(supply_of(session, day), asked)


def advice_on(supply: Supply, asked: Asked) -> Advice:
    """Advice on a need, from what it can be met with."""
    need = matching.Need(
        key=asked.key,
        country=asked.country,
        title=asked.title,
        text=asked.text,
        action_area=asked.action_area,
        themes=frozenset(asked.themes & supply.problem.theme.keys()),
        isic=asked.isic,
        sdg_targets=asked.sdg_targets,
        modalities=asked.modalities,
        budget=asked.budget,
        currency=asked.currency or "USD",
        self_financing_share=asked.self_financing_share,
        owner=asked.owner,
    )
    practices, windows = _Practices(supply, need), _Windows(supply, need)
    best, triangles = _ranked(supply, need, practices.shown, windows.reached)
    promises = [*windows.promises(), *practices.promises()]
    return Advice(
        practices=tuple(practices.named(place) for place in best),
        practices_number=practices.number,
        windows=tuple(windows.named(one, verdicts) for one, verdicts in windows.reached[:SHOWN]),
        windows_number=len(windows.reached),
        triangles=triangles,
        kept_out=(*practices.kept_out(), *windows.kept_out()),
        promises=tuple(promises[:PROMISES]),
    )


Judged = tuple[matching.FundingWindow, list[Verdict]]


def _ranked(
    supply: Supply, need: matching.Need, shown: Sequence[int], windows: Sequence[Judged]
) -> tuple[list[int], tuple[tuple[str, str], ...]]:
    """The shown practices by the points of the matcher, and the best pairs of a practice and a window."""
    if not shown:
        return [], ()
    small = replace(
        supply.problem,
        needs=(need,),
        practices=tuple(supply.problem.practices[place] for place in shown),
        windows=tuple(window for window, _ in windows[:SHOWN]),
    )
    candidates = find_candidates(small, matching.Rules(), supply.graph)
    points: dict[str, int] = {}
    pairs = candidates.triangular.second
    here = pairs.of_row(0)
    for offer, value in zip(pairs.columns[here].tolist(), pairs.points[here].tolist(), strict=True):
        key = candidates.practice(offer).key
        points[key] = max(points.get(key, 0), value)
    order = sorted(shown, key=lambda place: (-points.get(supply.problem.practices[place].key, 0), place))
    best = Index(candidates).suggest(need.key, 3).triangular
    return order, tuple((str(one.parties["practice"]), str(one.parties["window"])) for one in best)


class _Practices:
    """The practices as a need sees them."""

    def __init__(self, supply: Supply, need: matching.Need) -> None:
        self._supply, self._need = supply, need
        self._goes = supply.going_to(need.country)
        self._words = supply.words.closeness(f"{need.title}. {need.text}")
        self._met = supply.meeting(need.themes)
        self.number = int((self._goes & (self._met > 0)).sum())
        self.shown = self._nearest(self._met, len(need.themes))

    def _nearest(self, met: npt.NDArray[np.int64], themes: int) -> list[int]:
        """Places of the eligible practices that are nearest by words and themes."""
        eligible = np.flatnonzero(self._goes & (met > 0))
        near = self._words[eligible] + met[eligible] / max(1, themes)
        return [int(place) for place in eligible[np.argsort(-np.round(near, 9), kind="stable")[:SHOWN]]]

    def named(self, place: int) -> Named:
        """A practice by name."""
        one = self._supply.problem.practices[place]
        return Named("practice", one.key, one.title, one.providers)

    def kept_out(self) -> Iterator[Kept]:
        """How many practices the hard rules keep out."""
        own = sum(self._need.country in one.providers for one in self._supply.problem.practices)
        if own:
            yield Kept("practice", "beneficiary_is_not_provider", own)
        other = int((self._met == 0).sum())
        if other:
            yield Kept("practice", "themes_meet", other)

    def promises(self) -> list[Promise]:
        """For each further theme of the action area, the practices that it would add; the most first."""
        found = []
        for code, theme in self._supply.problem.theme.items():
            if theme.action_area != self._need.action_area or code in self._need.themes:
                continue
            met = self._met + self._supply.meeting([code])
            new = self._goes & (met > 0) & (self._met == 0)
            if not new.any():
                continue
            after = self._nearest(met, len(self._need.themes) + 1)
            named = [place for place in after if new[place] and self._holds(place, code)][:2]
            unlocks = tuple(self.named(place) for place in named)
            found.append(Promise(("themes",), unlocks, int(new.sum()), theme=code, theme_label=theme.label))
        found = [one for one in found if one.unlocks]
        return sorted(found, key=lambda one: (-one.number, one.theme))[:4]

    def _holds(self, place: int, theme: str) -> bool:
        """Whether no hard rule fails once the theme is chosen."""
        need = replace(self._need, themes=self._need.themes | {theme})
        practice = self._supply.problem.practices[place]
        sides = practice.providers or (None,)
        return any(
            all(one.outcome is not FAILED for one in judge_practice(self._supply.ground, need, practice, side))
            for side in sides
        )


class _Windows:
    """The windows as a need sees them: reached, an answer away, or kept out whatever the need says."""

    def __init__(self, supply: Supply, need: matching.Need) -> None:
        self._supply, self._need = supply, need
        self.reached: list[Judged] = []
        self._away: list[matching.FundingWindow] = []
        self._failed: Counter[str] = Counter()
        for window in supply.problem.windows:
            self._place(window, judge_window(supply.ground, need, window))
        self.reached.sort(key=lambda one: (sum(verdict.outcome is not PASSED for verdict in one[1]), one[0].key))

    def _place(self, window: matching.FundingWindow, verdicts: list[Verdict]) -> None:
        failed = [one.rule for one in verdicts if one.outcome is FAILED]
        if any(rule not in ANSWERED_NAMES for rule in failed):
            self._failed.update(failed)
        elif _is_answered(window, verdicts):
            self.reached.append((window, verdicts))
        else:
            self._away.append(window)
            self._failed.update(failed)

    def named(self, window: matching.FundingWindow, verdicts: Sequence[Verdict] = ()) -> Named:
        """A window by name, with the rules that no source settles."""
        unknown = tuple(one.rule for one in verdicts if one.outcome not in (PASSED, FAILED))
        return Named("window", window.key, window.name, (window.donor,), unknown)

    def kept_out(self) -> Iterator[Kept]:
        """How many windows each hard rule keeps out."""
        for rule, number in sorted(self._failed.items(), key=lambda one: (-one[1], one[0])):
            yield Kept("window", rule, number)

    def promises(self) -> list[Promise]:
        """What money and own share would unlock; one answer before two, and few unknowns before many."""
        grouped: dict[Promise, list[matching.FundingWindow]] = {}
        for window in self._away:
            promise = self._promise(window)
            if promise is not None:
                grouped.setdefault(promise, []).append(window)
        told = [
            promise._replace(unlocks=tuple(map(self.named, windows[:3])), number=len(windows))
            for promise, windows in grouped.items()
        ]
        told.sort(key=lambda one: (len(one.fields), -one.number, one.unlocks[0].reference))
        return [one._replace(loses=self._lost(one)) for one in told[:8]]

    def _promise(self, window: matching.FundingWindow) -> Promise | None:
        """The answers that would open a window, tried on the hard rules; None where none would."""
        need, asked = self._need, window.cofinancing_share or 0
        offered, share = need.self_financing_share, larger_share(need.self_financing_share, window.cofinancing_share)
        if share >= 100:
            return None
        promise = Promise((), (), 0)
        between = _costs_between(window, share)
        if between != (None, None) and not self._costs(window, *between):
            promise = promise._replace(fields=("budget_amount",), currency=window.currency)
            promise = promise._replace(lowest=between[0], highest=between[1])
        if asked > (-1 if offered is None else offered) and asked > 0:
            promise = promise._replace(fields=(*promise.fields, "self_financing_share"), share=asked)
        if not promise.fields or any(self._misses(tried, window) for tried in self._with(promise)):
            return None
        return promise

    def _costs(self, window: matching.FundingWindow, lowest: Decimal | None, highest: Decimal | None) -> bool:
        """Whether the need states a cost in the currency of a window and between two amounts."""
        budget = self._need.budget
        if budget is None or self._need.currency != window.currency:
            return False
        return (lowest is None or budget >= lowest) and (highest is None or budget <= highest)

    def _with(self, promise: Promise) -> list[matching.Need]:
        """The need with the answers of a promise; once for each bound of the cost."""
        need = self._need
        if promise.share is not None:
            need = replace(need, self_financing_share=promise.share)
        if promise.currency is None:
            return [need]
        bounds = (one for one in (promise.lowest, promise.highest) if one is not None)
        return [replace(need, budget=bound, currency=promise.currency) for bound in bounds]

    def _lost(self, promise: Promise) -> int:
        """How many windows now within reach the answers of a promise would lose at every bound."""
        tries = self._with(promise)
        return sum(all(self._misses(tried, window) for tried in tries) for window, _ in self.reached)

    def _misses(self, tried: matching.Need, window: matching.FundingWindow) -> bool:
        """Whether an answer, or one not given, keeps a need from a window; the other rules do not look at answers."""
        ground = self._supply.ground
        return not _is_answered(window, [Verdict(rule.__name__, "", *rule(ground, tried, window)) for rule in ANSWERED])


def _costs_between(window: matching.FundingWindow, share: int) -> tuple[Decimal | None, Decimal | None]:
    """The least and the most that a need may cost for a window that pays what an own share in percent leaves."""
    ways = ((window.min_ticket, ROUND_CEILING), (least(window.max_ticket, window.budget), ROUND_FLOOR))
    lowest, highest = (
        None if bound is None else (bound * 100 / (100 - share)).quantize(Decimal("0.01"), rounding=rounding)
        for bound, rounding in ways
    )
    return lowest, highest


def _is_answered(window: matching.FundingWindow, verdicts: Sequence[Verdict]) -> bool:
    """Whether the need says all that the window asks of it; what the source leaves open is not the need's."""
    states_none = window.min_ticket is None and window.max_ticket is None and window.budget is None
    return all(
        one.outcome is PASSED or (one.rule == "ticket_fits" and states_none)
        for one in verdicts
        if one.rule in ANSWERED_NAMES
    )
