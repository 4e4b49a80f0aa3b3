"""Near-best plans: different plans that are worth almost as much as the best one, to choose from."""

import time
from dataclasses import dataclass

from matching.candidates import Candidates
from matching.earlier import Apart
from matching.options import list_options
from matching.plan import Plan, Status
from matching.problem import Problem
from matching.rules import Rules
from matching.solve import Progress, Start, answer, ready
from matching.wide import goes_by_prices

WORDS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


@dataclass(frozen=True)
class NearBest:
    """Different plans of almost the same worth, the best first.

    ``worth_at_least`` is what each has, in hundredths of a point. ``why_no_more`` says why there are fewer than asked,
    and is empty where there are not; ``is_proven`` tells whether it is proven that there is no further one.
    """

    plans: tuple[Plan, ...]
    worth_at_least: int
    why_no_more: str = ""
    is_proven: bool = False


def near_best(
    problem: Problem,
    rules: Rules,
    plans: int = 3,
    least_percent_different: int = 20,
    most_percent_worse: int = 2,
    *,
    start: Start | None = None,
    progress: Progress | None = None,
    candidates: Candidates | None = None,
) -> NearBest:
    """Several plans that differ from each other and are worth almost as much as the best.

    Each is the best plan, by the same aims, of those that differ from all before it: of every kind of proposals,
    triangular and investment, it holds at most ``100 - least_percent_different`` percent of those of each earlier plan.
    Its bound holds for such plans.

    Parameters
    ----------
    problem, rules, start, progress, candidates
        As for ``solve``; each plan may take the seconds of the rules.
    plans
        How many plans, the best among them.
    least_percent_different
        1 to 100.
    most_percent_worse
        0 to 100: how much less than the best plan each may be worth.

    Raises
    ------
    ValueError
        When a number is out of its range, or ``candidates`` are those of another problem.
    """
    _check_whole("plans", plans, 1, None)
    _check_whole("least_percent_different", least_percent_different, 1, 100)
    _check_whole("most_percent_worse", most_percent_worse, 0, 100)
    say = progress or (lambda _stage, _value, _bound: None)
    ground = ready(problem, rules, say, candidates)
    listed = None if goes_by_prices(ground) else list_options(ground)
    found = [answer(ground, listed, say, time.monotonic(), start)]
    # Rounded up, so that nothing worth less passes.
    least = -(-found[0].objective * (100 - most_percent_worse) // 100)
    while len(found) < plans:
        last = found[-1]
        if last.status is Status.CANCELLED or not last.proposals:
            return _ended(found, least, *_why_not_on(last))
        apart = [Apart(one, 100 - least_percent_different) for one in found]
        other = answer(ground, listed, say, time.monotonic(), found[0].prices, apart)
        if other.status is Status.INFEASIBLE or other.objective < least:
            return _ended(found, least, *_why_none(other, len(found), least))
        found.append(other)
    return NearBest(tuple(found), least)


def _ended(found: list[Plan], least: int, why: str, is_proven: bool) -> NearBest:
    return NearBest(tuple(found), least, why, is_proven)


def _why_not_on(last: Plan) -> tuple[str, bool]:
    if last.status is Status.CANCELLED:
        return "The search was cancelled.", False
    if last.status is Status.INFEASIBLE:
        return "There is no plan at all: floors, pins and limits exclude each other.", True
    is_proven = last.status in (Status.NOTHING_POSSIBLE, Status.OPTIMAL)
    return "The last plan holds no proposals, so that none can differ from it.", is_proven


def _why_none(other: Plan, number: int, least: int) -> tuple[str, bool]:
    """Why a plan that had to differ is not among the answers."""
    which = WORDS[number] if number < len(WORDS) else f"{number + 1}th"
    if other.status is Status.INFEASIBLE:
        return f"There is no {which} plan that differs enough and keeps every floor and pin.", True
    if other.bound < least:
        return (
            f"There is no {which} plan that differs enough: none is worth more than {other.bound / 100:.2f} points, "
            f"and {least / 100:.2f} are asked."
        ), True
    if other.status is Status.CANCELLED:
        return "The search was cancelled.", False
    return (
        f"No {which} plan was found that differs enough: the best is worth {other.objective / 100:.2f} points, "
        f"{least / 100:.2f} are asked, and up to {other.bound / 100:.2f} are not ruled out."
    ), False


def _check_whole(name: str, number: int, least: int, most: int | None) -> None:
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"'{name}' must be a whole number, not {number!r}")
    if number < least or (most is not None and number > most):
        reach = f"at least {least}" if most is None else f"between {least} and {most}"
        raise ValueError(f"'{name}' must be {reach}, not {number}")
