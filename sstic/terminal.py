"""What the command line prints."""

import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import matching
from sstic.checks import Check
from sstic.organizations.screening import Loaded

STATES = {True: "ok", False: "not ok", None: "operator's"}


def points(hundredths: int) -> str:
    """Points as people read them."""
    return f"{hundredths / 100:,.2f}"


def progress_text(progress: dict[str, Any]) -> str:
    """One line on how far a run is."""
    text = str(progress["stage"]).capitalize()
    if progress.get("value") is not None:
        text += f": {points(progress['value'])} points found, at most {points(progress['bound'])} possible"
    return text


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is either the old one or the whole new one."""
    handle, name = tempfile.mkstemp(dir=file.parent or Path(), prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as temporary:
            temporary.write(text)
        os.chmod(name, 0o644)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """What is ready for production, what is not and how to mend it, and what only the operator can see."""
    for one in checks:
        console.print(f"{STATES[one.is_ok]:<10} {escape(one.what)}", highlight=False, soft_wrap=True)
        if one.is_ok is False:
            console.print(f"           {escape(one.advice)}", highlight=False, soft_wrap=True)


def print_summary(console: Console, plan: matching.Plan) -> None:
    """How good the plan is."""
    proof = "proven optimal" if plan.gap == 0 and plan.status == "optimal" else f"gap at most {plan.gap:.2%}"
    console.print(
        f"Status {plan.status}: {len(plan.triangular)} triangular and {len(plan.investment)} investment proposals, "
        f"{points(plan.objective)} points, bound {points(plan.bound)}, {proof}; "
        f"{sum(plan.options.values()):,} eligible options; {plan.seconds:.1f} s.",
        highlight=False,
    )
    if plan.conflict:
        console.print(f"These exclude each other: {escape(', '.join(plan.conflict))}.")


def print_best(console: Console, problem: matching.Problem, plan: matching.Plan, number: int) -> None:
    """The best triangular proposals with their reasons."""
    needs = {need.key: need for need in problem.needs}
    practices = {practice.key: practice for practice in problem.practices}
    windows = {window.key: window for window in problem.windows}
    best = sorted(plan.triangular, key=lambda one: (-one.points, one.need))[:number]
    for rank, one in enumerate(best, start=1):
        need, practice, window = needs[one.need], practices[one.practice], windows[one.window]
        provider = "provider unknown" if one.provider is None else problem.country[one.provider].name
        beneficiary = escape(problem.country[need.country].name)
        console.print(f"\n[bold]{rank}. {points(one.points)} of 100[/bold]  {beneficiary}: {escape(need.title)}")
        console.print(f"   learns from  {escape(provider)}: {escape(practice.title)}", highlight=False)
        console.print(f"   funded by    {escape(one.facilitating_partner)}: {escape(window.name)}", highlight=False)
        for part in one.parts:
            gained = "unknown" if part.points is None else f"{points(part.points)} of {points(part.weight)}"
            console.print(f"   {part.criterion:<22} {gained:<16} {escape(part.reason)}", highlight=False)
        questions = [verdict.question for verdict in one.ledger if verdict.question]
        for question in dict.fromkeys(questions):
            console.print(f"   to ask: {escape(question)}", highlight=False)
    console.print(
        "\nProvider slots, country loads, office capacities and deals per year are made up for the demonstration."
    )
    print_summary(console, plan)


def print_explanation(
    console: Console, problem: matching.Problem, plan: matching.Plan, need: str, told: list[matching.WhyNot]
) -> None:
    """Where a need stands in the plan, and what speaks for and against triples of it."""
    for one in plan.triangular:
        if one.need == need:
            console.print(f"The plan serves {need} with {one.practice} and {one.window}: {points(one.points)} points.")
    for lost in plan.unmatched:
        if lost.need == need:
            console.print(f"No {lost.mode} proposal: {' '.join(escape(reason.text) for reason in lost.reasons)}")
            for change in lost.smallest_change:
                console.print(f"  It would take: {escape(change.text)}")
    for one_told in told:
        _print_told(console, problem, one_told)
    if not told:
        console.print("No triple of this need is eligible.")


def _print_told(console: Console, problem: matching.Problem, told: matching.WhyNot) -> None:
    provider = told.parties["provider"]
    name = "provider unknown" if provider is None else problem.country[provider].name
    table = Table(
        title=f"{told.parties['practice']} of {escape(name)} with {told.parties['window']}", title_justify="left"
    )
    table.add_column("rule or criterion")
    table.add_column("outcome")
    table.add_column("why")
    for verdict in told.ledger:
        table.add_row(verdict.rule, str(verdict.outcome), escape(verdict.detail))
    for part in told.parts:
        gained = "unknown" if part.points is None else f"{points(part.points)} of {points(part.weight)}"
        table.add_row(part.criterion, gained, escape(part.reason))
    console.print(table)
    total = "" if told.points is None else f"{points(told.points)} points. "
    console.print(f"{total}{escape(told.conclusion)}\n", highlight=False)


def print_evaluation(console: Console, report: dict[str, Any]) -> None:
    """The figures of every task: all questions, then those about partners who were never together."""
    for part, title in (("tasks", "Rank the {}"), ("new_pairs", "Rank the {}: new pairs")):
        for task, told in report[part].items():
            console.print(_figures(title.format(task), told))
    if "time_ordered" in report:
        for task, told in report["time_ordered"].items():
            console.print(_figures(f"Rank the {task}: time-ordered", told))
    console.print(
        "MRR in brackets: 95% interval over resampled near-repeat groups. docs/ranking.md tells the protocol."
    )


def _figures(title: str, told: dict[str, Any]) -> Table:
    table = Table(title=f"{title} ({told['n']:,} questions)", title_justify="left")
    table.add_column("ranking")
    for name in ("MRR", "mean over providers", "hits@1", "hits@5", "hits@10", "NDCG@10"):
        table.add_column(name, justify="right")
    for name, one in (("model", told["model"]), *told["baselines"].items()):
        cells = [_with_interval(one, measure) for measure in ("mrr", "mrr_mean_over_providers")]
        cells += [_figure(one[measure]) for measure in ("hits_1", "hits_5", "hits_10", "ndcg_10")]
        table.add_row(name, *cells)
    return table


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _with_interval(one: dict[str, Any], measure: str) -> str:
    interval = one[f"{measure}_interval"]
    return _figure(one[measure]) + ("" if interval is None else f" ({interval[0]:.2f}-{interval[1]:.2f})")


def print_demo_people(console: Console, people: Sequence[tuple[str, str, str]]) -> None:
    """How to sign in as each made-up person: role, address, password of this moment."""
    if not people:
        return
    console.print("To sign in; these people are made up, and their passwords new at each demo:")
    for role, email, password in people:
        # In full, whatever the width: what is cut cannot be typed.
        line = f"  {role.replace('_', ' '):<14} {email}  {password}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def print_screening(console: Console, entries: int, loaded: Loaded, found: Counter[str], waiting: int) -> None:
    """What a sanctions list changed, and what screening by it found."""
    news = f"{len(loaded.added):,} new, {len(loaded.changed):,} changed, {len(loaded.removed):,} removed"
    console.print(f"The sanctions list has {entries:,} entries: {news}.", highlight=False)
    matches = f"{found['found']:,} new, {found['opened_again']:,} opened again, {found['delisted']:,} off the list"
    console.print(f"Screening matches: {matches}; {waiting:,} to decide at /screening.", highlight=False)
