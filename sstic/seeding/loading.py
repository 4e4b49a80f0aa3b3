"""The front door: read every file, check everything, then write."""

import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic import audit
from sstic.seeding.checking import Checked, SeedRow, check, check_references_inside
from sstic.seeding.files import FILES, SeedFile, columns_of
from sstic.seeding.problems import SeedError, SeedProblem
from sstic.seeding.reading import read
from sstic.seeding.writing import Ids, Tally, write
from sstic.tables.countries import Country

Progress = Callable[[str, int, int], None]


class SeedReport(dict[str, int]):
    """Per table, how many rows a load added, changed or took off a list; all zero when nothing had changed.

    ``rows`` counts, per table, what the files hold. ``left`` counts rows that are not in the files any more: they
    stay, for proposals may rest on them. ``digest`` names the state of the files.
    """

    def __init__(self, digest: str) -> None:
        """Start from nothing."""
        super().__init__()
        self.rows: dict[str, int] = {}
        self.left: dict[str, int] = {}
        self.digest = digest

    @property
    def changes(self) -> int:
        """How many rows this load touched."""
        return sum(self.values())

    def add(self, tally: Tally) -> None:
        """Take in what one file did."""
        for total, part in ((self, tally.changes), (self.rows, tally.rows), (self.left, tally.left)):
            total.update({table: total.get(table, 0) + count for table, count in part.items()})


def seed(session: Session, folder: Path, progress: Progress | None = None) -> SeedReport:
    """Load the files of ``folder``; the caller commits.

    ``progress`` is told the file, how many are done, and how many there are, once when checked and once when written.

    Raises
    ------
    SeedError
        When a file is missing or wrong, with every problem found. Roll the transaction back then.
    """
    tell = progress or (lambda _name, _done, _all: None)
    checked, digest = _check_all(folder, tell)
    report = SeedReport(digest)
    connection = session.connection()
    ids: Ids = {}
    for number, file in enumerate(FILES, start=1):
        report.add(write(connection, file, _rows(file, checked), ids))
        tell(file.name, len(FILES) + number, 2 * len(FILES))
    session.expire_all()
    if report.changes:
        told = {
            "rows": report.rows,
            "changes": {table: count for table, count in report.items() if count},
            "left": report.left,
        }
        audit.record(session, "seed", "seed_loaded", "seed", report.digest, told)
    return report


def _check_all(folder: Path, tell: Progress) -> tuple[dict[str, Checked], str]:
    checked: dict[str, Checked] = {}
    others: dict[sa.Table, Checked] = {}
    problems: list[SeedProblem] = []
    digest = hashlib.sha256()
    for number, file in enumerate(FILES, start=1):
        reading = read(folder, file.name, file.columns)
        digest.update(reading.data)
        checked[file.name] = check(file, reading, others)
        check_references_inside(checked[file.name], reading)
        if file.adds:
            others[file.stored] = checked[file.name]
        problems += reading.problems
        tell(file.name, number, 2 * len(FILES))
    if problems:
        raise SeedError(problems)
    return checked, digest.hexdigest()


def _rows(file: SeedFile, checked: Mapping[str, Checked]) -> list[SeedRow]:
    rows = checked[file.name].rows
    if file.derive is None:
        return rows
    countries = next(one for one in checked.values() if one.file.stored is columns_of(Country))
    records = file.derive([row.stored for row in rows], [row.stored for row in countries.rows])
    return [SeedRow(0, tuple(record[name] for name in file.key), record) for record in records]
