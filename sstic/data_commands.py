"""Commands about the audit, about personal data, and about needs whose last day has passed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table
from sqlalchemy.orm import Session

from sstic.database import reading, transaction
from sstic.history.verifying import Head, verify_chain
from sstic.needs.actions import expire_needs
from sstic.personal_data.actions import erase_person, export_person, purge_kept
from sstic.personal_data.leftovers import clear
from sstic.personal_data.queries import kept_too_long, person_of
from sstic.refusals import console, fail, need_database, told_plainly
from sstic.tables.accounts import User
from sstic.terminal import write_whole

ACTOR = "command line"
audit = typer.Typer(help="The audit: is it whole?", no_args_is_help=True)
person = typer.Typer(help="What is kept of one person: give it out, or erase it.", no_args_is_help=True)
Email = Annotated[str, typer.Argument(help="E-mail address of the account.")]


def add_data_commands(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(audit, name="audit")
    app.add_typer(person, name="person")
    app.command()(purge)
    app.command()(expire)


@audit.command()
def verify(
    expect: Annotated[
        str | None, typer.Option(help="Also check a head that was kept elsewhere, as NUMBER:DIGEST.")
    ] = None,
) -> None:
    """Walk the chain of the audit and name what was changed, taken out, put in or moved; exit status 1 if anything."""
    with told_plainly():
        need_database()
        try:
            expected = None if expect is None else Head.read(expect)
        except ValueError as error:
            raise fail(escape(f"{error}.")) from error
        with reading() as session:
            found = verify_chain(session, expected)
    for fault in found.faults:
        place = "The audit" if fault.number is None else f"Event {fault.number}"
        console.print(f"[bold]{place}:[/bold] {escape(fault.what)}", highlight=False)
    if found.faults:
        raise fail("the audit is not as it was written.")
    console.print(f"The audit is whole: {found.events:,} events.")
    console.print(
        f"Keep its head elsewhere, and give it to --expect later: {found.head}", highlight=False, soft_wrap=True
    )


@person.command()
def export(
    email: Email, json_file: Annotated[Path | None, typer.Option("--json", help="Write to this file.")] = None
) -> None:
    """Give out everything that is kept of a person, but for secrets."""
    with told_plainly():
        need_database()
        with transaction() as session:
            told = export_person(session, ACTOR, _person(session, email))
        text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
        if json_file is None:
            typer.echo(text, nl=False)
        else:
            write_whole(json_file, text)
            console.print(f"What is kept of {escape(email)} is in {json_file}.")


@person.command()
def erase(
    email: Email, yes: Annotated[bool, typer.Option("--yes", help="Do not ask whether this is meant.")] = False
) -> None:
    """Erase a person: name, address, secrets, sessions, tokens. What they did stays, under a pseudonym."""
    with told_plainly():
        need_database()
        if not yes and not typer.confirm(f"Erase {email}? This cannot be undone."):
            raise fail("nothing was erased.")
        with transaction() as session:
            number = erase_person(session, ACTOR, _person(session, email))
        clear([email])
    console.print(f"Erased. What this person did stays under the pseudonym user:{number}.")


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be removed.")] = False,
) -> None:
    """Remove what was kept as long as the settings say: sessions, links, tokens, sign-in tries, disabled accounts."""
    with told_plainly():
        need_database()
        now = datetime.now(UTC)
        if dry_run:
            with reading() as session:
                counts = kept_too_long(session, now)
        else:
            with transaction() as session:
                counts, emails = purge_kept(session, ACTOR, now)
            clear(emails)
    listed = Table("Kept long enough", "Would be removed" if dry_run else "Removed")
    for name, count in counts.items():
        listed.add_row(name.replace("_", " "), f"{count:,}")
    console.print(listed)


def _person(session: Session, email: str) -> User:
    found = person_of(session, email)
    if found is None:
        raise fail(f"there is no account of {escape(email)}.")
    return found


def let_needs_expire() -> list[str]:
    """Let every open need expire whose last day has passed; their references."""
    with transaction() as session:
        return expire_needs(session, "calendar", datetime.now(UTC))


def expire() -> None:
    """Let every open need expire whose last day has passed; `sstic worker` does so each day."""
    with told_plainly():
        need_database()
        expired = let_needs_expire()
    console.print(f"Expired: {', '.join(expired)}." if expired else "No open need has passed its last day.")
