"""Judging at the terminal: one need and one practice at a time, without any score. Each answer is kept at once."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from sqlalchemy.orm import Session

from sstic.database import reading, transaction
from sstic.good_practices.queries import one_practice
from sstic.judgements import queries
from sstic.judgements.actions import judge_practice, take_back_judgement
from sstic.judgements.form import read_answers
from sstic.needs.queries import one_need
from sstic.permissions import ANYONE
from sstic.tables.good_practices import GoodPractice
from sstic.tables.needs import Need

HELP = (
    "2 relevant, 1 partly, 0 not, and a few words why after it if you like, as in: 1 another sector. "
    "s skips, u takes the last answer back, q ends."
)
REFUSALS = {
    "grade": HELP,
    "long": "The reason must have 300 characters or fewer.",
    "control": "The reason must not hold control characters.",
}
Pair = tuple[str, str]


class NothingToJudgeError(LookupError):
    """There is no such need or practice that anyone may read."""


@dataclass(frozen=True)
class Judging:
    """One sitting of a judge.

    Parameters
    ----------
    judge
        The name that judgements are written under.
    ask
        Gives the next line of the judge; raises EOFError at the end of input.
    best
        The references of practices that a ranking names for each need; they are put before the judge among others.
    """

    judge: str
    console: Console
    ask: Callable[[], str]
    best: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def sit(self, only: str | None = None) -> int:
        """Ask until everything is judged or the judge ends; how many answers were kept.

        Raises
        ------
        NothingToJudgeError
            When ``only`` names no need that anyone may read.
        """
        waiting = self._waiting(only)
        self.console.print(f"You judge as {escape(self.judge)}; {len(waiting):,} practices to judge. {HELP}")
        place, answered = 0, list[int]()
        while place < len(waiting):
            self._show(waiting[place])
            line = self._line(waiting[place], bool(answered))
            if line == "q":
                break
            if line == "u":
                place = answered.pop()
                self._take_back(waiting[place])
                continue
            if line != "s":
                answered.append(place)
            place += 1
        return len(answered)

    def _waiting(self, only: str | None) -> list[Pair]:
        with reading() as session:
            needs = queries.all_needs(session) if only is None else [_need(session, only)]
            return [pair for need in needs for pair in self._unjudged(session, need)]

    def _unjudged(self, session: Session, need: Need) -> Iterator[Pair]:
        held = queries.judgements_of(session, need, self.judge)
        for practice in queries.practices_for(session, need, self.judge, self.best.get(need.reference, ())):
            if practice.reference not in held:
                yield need.reference, practice.reference

    def _line(self, pair: Pair, may_go_back: bool) -> str:
        """What the judge answers: ``s``, ``u`` or ``q``, or an answer that was kept."""
        while True:
            try:
                line = self.ask().strip()
            except EOFError:
                return "q"
            short = line.lower()
            if short in ("s", "q") or (short == "u" and may_go_back):
                return short
            if short == "u":
                self.console.print("There is nothing to take back.")
            elif self._kept(pair, line):
                return line

    def _kept(self, pair: Pair, line: str) -> bool:
        grade, _, reason = line.partition(" ")
        answers, faults = read_answers({f"grade-{pair[1]}": grade or "none", f"reason-{pair[1]}": reason}, pair[1:])
        for fault in faults:
            self.console.print(REFUSALS[fault.message])
        for answer in answers.values():
            with transaction() as session:
                judge_practice(session, self.judge, *_both(session, pair), int(answer.grade or 0), answer.reason)
        return bool(answers)

    def _take_back(self, pair: Pair) -> None:
        with transaction() as session:
            take_back_judgement(session, self.judge, *_both(session, pair))
        self.console.print(f"Taken back: {pair[0]} with {pair[1]}.")

    def _show(self, pair: Pair) -> None:
        with reading() as session:
            need, practice = _both(session, pair)
        providers = ", ".join(one.country.name_en for one in practice.providers) or "unknown"
        rows = (
            ("need", f"{need.country.name_en}: {need.title}"),
            ("", need.statement),
            ("practice", practice.title),
            ("", practice.summary),
            ("provider", f"{providers}; {practice.institution_name}"),
            ("preconditions", practice.preconditions or "not stated"),
            ("results", practice.results or "not stated"),
        )
        self.console.print()
        for name, text in rows:
            self._row(name, text)

    def _row(self, name: str, text: str) -> None:
        lines = textwrap.wrap(text, max(20, self.console.width - 15)) or [""]
        for number, line in enumerate(lines):
            self.console.print(f"[bold]{'' if number else name:<14}[/bold] {escape(line)}", highlight=False)


def _need(session: Session, reference: str) -> Need:
    need = one_need(session, ANYONE, reference)
    if need is None:
        raise NothingToJudgeError(f"there is no need '{reference}' to judge practices for")
    return need


def _both(session: Session, pair: Pair) -> tuple[Need, GoodPractice]:
    practice = one_practice(session, ANYONE, pair[1])
    if practice is None:
        raise NothingToJudgeError(f"there is no good practice '{pair[1]}' to judge any more")
    return _need(session, pair[0]), practice
