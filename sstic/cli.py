"""The command line: set up, seed, match, explain, evaluate, judge, add people, serve, work."""

import json
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import matching
from matching.retrieval import best_practices
from sstic import refusals, terminal
from sstic.checks import NotSafeError, refuse_to_start, run_checks
from sstic.data_commands import add_data_commands, let_needs_expire
from sstic.database import engine, reading, transaction
from sstic.made_up import close_made_up_accounts
from sstic.match_runs.project_file import ProjectFileError, read_projects
from sstic.migrating import migrate as run_migrations
from sstic.organizations.sanctions_list import SanctionsListError, read_list
from sstic.organizations.screening import load_list, matches_to_decide, screen_everyone
from sstic.refusals import address, console, fail, need_database
from sstic.seeding import SeedError
from sstic.seeding import seed as load_seed
from sstic.settings import Settings, settings

app = typer.Typer(
    help="South-South and triangular industrial cooperation: who should work with whom, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
add_data_commands(app)

Area = Annotated[str | None, typer.Option("--action-area", help="Only needs of technology, skills or environment.")]
CountryCode = Annotated[
    str | None, typer.Option("--country", help="Only needs of one country, by its ISO code, as GHA.")
]
RulesFile = Annotated[
    Path | None, typer.Option("--rules", help="JSON file of rules; what it leaves out keeps its default.")
]
AsOf = Annotated[
    datetime | None, typer.Option("--as-of", formats=["%Y-%m-%d"], help="Day of the run; today by default.")
]


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the errors that a user can mend into one plain message each."""
    with refusals.told_plainly():
        try:
            yield
        except ProjectFileError as error:
            raise fail(f"the projects cannot be evaluated on:\n{escape(str(error))}") from error
        except SanctionsListError as error:
            raise fail(f"the sanctions list was not loaded:\n{escape(str(error))}") from error
        except NotSafeError as error:
            raise fail(str(error)) from error
        except SeedError as error:
            raise fail(f"nothing was loaded, as the seed files hold {error.found} problems:\n{error}") from error
        except (matching.RulesError, matching.ProblemError) as error:
            raise fail(str(error)) from error


@app.command()
def migrate() -> None:
    """Bring the database to the schema of this version."""
    with told_plainly():
        run_migrations()
    console.print(f"The database at {address()} is up to date.")


@app.command()
def seed() -> None:
    """Load the reference data: all of it, or nothing when a line is wrong. Repeating changes nothing."""
    with told_plainly():
        need_database()
        columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=console, transient=True) as bar, transaction() as session:
            task = bar.add_task("Reading")
            counts = load_seed(
                session,
                settings().seed_dir,
                lambda what, done, total: bar.update(task, description=what, completed=done, total=total),
            )
    changed = sum(counts.values())
    console.print(f"Seed data is in place: {changed:,} rows new or changed." if changed else "Nothing had changed.")


@app.command()
def match(
    action_area: Area = None,
    country: CountryCode = None,
    rules: RulesFile = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the plan to this file.")] = None,
    as_of: AsOf = None,
) -> None:
    """Propose the best plan over all open needs, prove how good it is, and store it as a match run."""
    with told_plainly():
        need_database()
        plan = _run_match(_filters(action_area, country, as_of), _rules(rules))
        if json_file is not None:
            terminal.write_whole(
                json_file, json.dumps(plan.to_dict(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
            )
            console.print(f"The plan is in {json_file}.")
    if plan.status in (matching.Status.INFEASIBLE, matching.Status.NOTHING_POSSIBLE):
        raise typer.Exit(2)


@app.command()
def explain(
    need: Annotated[str, typer.Argument(help="Reference of a need, as N-001.")],
    practice: Annotated[str | None, typer.Argument(help="Reference of a good practice.")] = None,
    window: Annotated[str | None, typer.Argument(help="Reference of a funding window.")] = None,
    rules: RulesFile = None,
    as_of: AsOf = None,
) -> None:
    """Tell why a need is matched as it is, or why a certain practice and window were not chosen for it."""
    if (practice is None) != (window is None):
        raise fail("give both a good practice and a funding window, or neither.")
    with told_plainly():
        need_database()
        chosen = _rules(rules)
        problem = _problem(as_of)
        named = (("need", need, problem.needs), ("good practice", practice, problem.practices))
        for kind, key, parties in (*named, ("funding window", window, problem.windows)):
            if key is not None and all(one.key != key for one in parties):
                raise fail(f"there is no {kind} '{key}' among the open needs, published practices and windows.")
        plan = matching.solve(problem, chosen)
        if practice is None or window is None:
            told = matching.best_triples(problem, chosen, need)
        else:
            told = matching.why_not(problem, chosen, plan, need, practice, window)
    terminal.print_explanation(console, problem, plan, need, told)


@app.command()
def judge(
    need: Annotated[str | None, typer.Argument(help="Reference of a need, as N-001; all needs by default.")] = None,
    name: Annotated[str | None, typer.Option("--judge", help="Who judges; SSTIC_JUDGE by default.")] = None,
) -> None:
    """Judge how well practices answer needs, one by one and without seeing points; each answer is kept at once."""
    from sstic.judgements.asking import Judging, NothingToJudgeError

    with told_plainly():
        need_database()
        try:
            who = Settings(judge=name if name is not None else settings().judge).judge
        except ValidationError as error:
            raise fail("a judge's name has 2 to 40 letters, digits and blanks, and begins with a letter.") from error
        if not who:
            raise fail("say who judges, with --judge NAME or the setting SSTIC_JUDGE.")
        best = {key: [one.practice for one in found] for key, found in best_practices(_problem(None)).items()}
        try:
            kept = Judging(who, console, lambda: console.input("Grade: "), best).sit(need)
        except NothingToJudgeError as error:
            raise fail(f"{error}.") from error
    console.print(f"{kept:,} judgements kept.")


@app.command()
def evaluate(
    projects: Annotated[
        Path | None, typer.Option(help="CSV of other past projects, with the columns of cooperation_projects.csv.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write all figures to this file.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Draws the splits and the resamples.")] = 0,
    repeats: Annotated[int, typer.Option(min=1, max=50, help="Splits by near-repeat group.")] = 3,
    full: Annotated[bool, typer.Option("--full", help="Also measure each signal, and fairness; minutes more.")] = False,
) -> None:
    """Measure how well the ranking finds real past projects, beside baselines. The same call gives the same figures."""
    with told_plainly():
        need_database()
        problem = _problem(None)
        tested = None if projects is None else read_projects(projects, frozenset(problem.country))
        with console.status("Evaluating") as status:
            report = _evaluate(
                problem, tested, seed, repeats, full, lambda stage: status.update(f"Evaluating: {stage}")
            )
        terminal.print_evaluation(console, report)
        if json_file is not None:
            terminal.write_whole(json_file, json.dumps(report, ensure_ascii=False, indent=2) + "\n")
            console.print(f"All figures are in {json_file}.")


@app.command()
def screen(
    file: Annotated[Path, typer.Argument(help="The consolidated list in the UN Security Council's XML form.")],
) -> None:
    """Load a sanctions list in place of the one before, and screen every organization against it."""
    with told_plainly():
        need_database()
        given = read_list(file)
        with transaction() as session:
            loaded = load_list(session, "command line", given)
            found = screen_everyone(session, "command line")
            waiting = matches_to_decide(session)
    terminal.print_screening(console, len(given.entries), loaded, found, waiting)


@app.command()
def serve(host: str | None = None, port: int | None = None) -> None:
    """Serve the pages and the API."""
    with told_plainly():
        need_database()
        refuse_to_start()
    _serve(host or settings().host, settings().port if port is None else port)


@app.command()
def worker() -> None:
    """Work on queued match runs until interrupted."""
    from sstic.logs import log_as_json
    from sstic.match_runs.worker import work_until

    log_as_json()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    with told_plainly():
        need_database()
        refuse_to_start()
        console.print("Waiting for match runs; stop with Ctrl-C.")
        work_until(stop, each_day=let_needs_expire)


@app.command("add-user")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address, by which the person signs in.")],
    name: Annotated[str, typer.Argument(help="Name of the person.")],
    role: Annotated[str, typer.Argument(help="Role, as administrator.")],
    organization: Annotated[str, typer.Argument(help="Reference of the organization.")],
    lead: Annotated[bool, typer.Option("--lead", help="The person leads the organization: may invite others.")] = False,
) -> None:
    """Add a person with a post; a one-time link to choose a password is mailed and printed."""
    from sstic.accounts.adding import AddingError, add_person

    with told_plainly():
        need_database()
        try:
            link = add_person(email, name, role, organization, lead)
        except AddingError as error:
            raise fail(f"{error}.") from error
    if link is None:
        console.print("The person has an account and signs in as before.")
    else:
        console.print("The person chooses a password at this address, once and within seven days:")
        console.print(link, soft_wrap=True, highlight=False)


@app.command()
def doctor() -> None:
    """Tell what is ready for production and what is not; the exit status is 1 while something is not."""
    with told_plainly():
        found = run_checks()
    terminal.print_checks(console, found)
    if any(one.is_ok is False for one in found):
        raise typer.Exit(1)


@app.command()
def close_demo() -> None:
    """Close the account of every made-up person, for good."""
    with told_plainly():
        need_database()
        with transaction() as session:
            closed = close_made_up_accounts(session, "command line")
    console.print(f"{closed} accounts closed.")


@app.command()
def demo(
    serve: Annotated[bool, typer.Option(help="Serve the pages afterwards.")] = True, port: int | None = None
) -> None:
    """Migrate, seed, match, print the ten best proposals and how to sign in, then serve."""
    from sstic.accounts.adding import give_demo_people_passwords

    if settings().production:
        raise fail("this opens accounts of made-up people, so not with SSTIC_PRODUCTION=1; use `sstic migrate`.")
    migrate()
    seed_again()
    with told_plainly():
        plan = _run_match(_filters(None, None, None), matching.Rules(seconds=settings().match_seconds))
        terminal.print_best(console, _problem(None), plan, 10)
        terminal.print_demo_people(console, give_demo_people_passwords())
    if serve:
        _serve(settings().host, settings().port if port is None else port)


seed_again = seed


def _serve(host: str, port: int) -> None:
    from sstic.logs import log_as_json
    from sstic.serving import server_on

    log_as_json()
    console.print(f"Open http://{host}:{port}/ in a browser; stop with Ctrl-C.")
    server = server_on(host, port)
    server.run()
    if not server.started:
        raise typer.Exit(3)


def _filters(action_area: str | None, country: str | None, as_of: datetime | None) -> dict[str, Any]:
    if action_area is not None and action_area not in matching.ACTION_AREAS:
        raise fail(f"'{action_area}' is not an action area; they are {', '.join(matching.ACTION_AREAS)}.")
    day = (as_of or datetime.now(UTC)).date()
    found = {"action_area": action_area, "country": country.upper() if country else None, "as_of": day.isoformat()}
    return {name: value for name, value in found.items() if value is not None}


def _rules(file: Path | None) -> matching.Rules:
    if file is None:
        return matching.Rules(seconds=settings().match_seconds)
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise fail(f"{file} is not a JSON file: {error}") from error
    if not isinstance(data, dict):
        raise fail(f"{file} must hold one JSON object of rules.")
    return matching.Rules.from_dict({"seconds": settings().match_seconds, **data})


def _problem(as_of: datetime | None) -> matching.Problem:
    from sstic.match_runs.snapshot import build_problem

    day: date = (as_of or datetime.now(UTC)).date()
    with reading() as session:
        return build_problem(session, day)


def _evaluate(
    problem: matching.Problem,
    tested: tuple[matching.PastProject, ...] | None,
    seed: int,
    repeats: int,
    full: bool,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    from matching.ablation import ablation
    from matching.evaluation import evaluate, evaluate_on
    from matching.fairness import fairness, leak_test

    if tested is not None:
        return evaluate_on(problem, tested, seed, tell)
    report = evaluate(problem, seed, repeats, tell)
    if full:
        report["ablation"] = ablation(problem, seed, tell)
        report["fairness"] = fairness(problem, seed, tell)
        report["leak_test"] = leak_test(problem, seed, tell)
    return report


def _run_match(filters: dict[str, Any], rules: matching.Rules) -> matching.Plan:
    """Queue a run and work on it here and now, as the worker would."""
    from sstic.match_runs.actions import request_match_run
    from sstic.match_runs.worker import narrowed, work_on_next

    problem = narrowed(_problem(datetime.fromisoformat(filters["as_of"])), filters)
    if not problem.needs:
        raise fail("there is no open need to match; widen the filters, or load data with `sstic seed`.")
    with transaction() as session:
        run_id = request_match_run(session, "command line", filters, rules).id
    with console.status("Matching") as status:
        plan = work_on_next(only=run_id, watch=lambda progress: status.update(terminal.progress_text(progress)))
    if plan is None:
        raise fail(f"match run {run_id} could not be finished; `sstic worker` tries it again.")
    terminal.print_summary(console, plan)
    return plan


def main() -> None:
    """Run the command line; a closed pipe is not an error."""
    try:
        app()
    except BrokenPipeError:
        sys.stderr.close()
    finally:
        engine.cache_clear()
