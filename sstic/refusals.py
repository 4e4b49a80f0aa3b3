"""What all commands share: the terminal, plain refusals, and the database that they need."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
import typer
from rich.console import Console

from sstic.migrating import is_current
from sstic.settings import settings

console = Console()
errors = Console(stderr=True)


def fail(message: str) -> typer.Exit:
    """Say what is wrong and what to do; the exit status is 1."""
    errors.print(f"[bold]Error:[/bold] {message}", highlight=False, markup=True)
    return typer.Exit(1)


@contextmanager
def told_plainly() -> Iterator[None]:
    """Turn the errors of the database and of files into one plain message each."""
    try:
        yield
    except sa.exc.OperationalError as error:
        raise fail(f"the database at {address()} cannot be used: {error.orig}") from error
    except OSError as error:
        raise fail(f"{error.strerror or error}: {error.filename or settings().data_dir}") from error


def address() -> str:
    """The address of the database, without its password."""
    return sa.make_url(settings().address).render_as_string(hide_password=True)


def need_database() -> None:
    """Refuse where the database is not there, or of another version."""
    if not is_current():
        raise fail(
            f"the database at {address()} is not there or not up to date; run `sstic migrate`, then `sstic seed`."
        )
