"""Bringing a table to what its file says: rows are added or changed, never doubled, and none is taken away."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from sstic.seeding.checking import Key, SeedRow
from sstic.seeding.files import Listing, Row, SeedFile, columns_of
from sstic.seeding.problems import SeedError, SeedProblem
from sstic.tables.countries import Country

Ids = dict[sa.Table, dict[Key, int]]


@dataclass
class Tally:
    """Per table, what a file holds, what it changed, and the rows of the table that it does not name any more."""

    rows: dict[str, int] = field(default_factory=dict)
    changes: dict[str, int] = field(default_factory=dict)
    left: dict[str, int] = field(default_factory=dict)


def write(connection: sa.Connection, file: SeedFile, rows: Sequence[SeedRow], ids: Ids) -> Tally:
    """Write the rows of one file; ``ids`` knows the rows that files before it brought."""
    records = [_record(file, row, ids) for row in rows]
    tally = _upsert(connection, file, records, [row.line for row in rows])
    if "id" in file.stored.columns:
        ids[file.stored] = _read_ids(connection, file, rows, records)
    if file.listings:
        _write_listings(connection, file, rows, ids[file.stored], tally)
    return tally


def _record(file: SeedFile, row: SeedRow, ids: Ids) -> Row:
    record = dict(row.stored)
    for column, key in row.links.items():
        target = next(iter(file.stored.columns[column].foreign_keys)).column.table
        record[column] = None if key is None else ids[target][key]
    return record


def _upsert(connection: sa.Connection, file: SeedFile, records: list[Row], lines: list[int]) -> Tally:
    key = file.stored_key
    compared = tuple(dict.fromkeys((*key, *(records[0] if records else ()), *file.ours)))
    found = connection.execute(sa.select(*(file.stored.columns[name] for name in compared))).mappings()
    present = {tuple(row[name] for name in key): dict(row) for row in found}
    new, changed, problems = [], [], []
    for record, line in zip(records, lines, strict=True):
        old = present.pop(tuple(record[name] for name in key), None)
        if old is None:
            new.append((line, {**file.at_first, **record}))
        elif any(old[name] != mark for name, mark in file.ours.items()):
            if file.gives_way:
                continue
            problems.append(
                SeedProblem(file.name, line, file.key[0], "names a record that did not come from this file")
            )
        elif old != record:
            changed.append((line, record))
    if problems:
        raise SeedError(problems)
    _execute(connection, file, sa.insert(file.stored), _parents_first(file, new))
    _execute(connection, file, _update(file, compared), [(line, _bound(record, key)) for line, record in changed])
    if not file.adds:
        return Tally(changes={file.stored.name: len(changed)})
    left = sum(all(row[name] == mark for name, mark in file.ours.items()) for row in present.values())
    name = file.stored.name
    return Tally({name: len(records)}, {name: len(new) + len(changed)}, {name: left} if left else {})


def _update(file: SeedFile, compared: Sequence[str]) -> sa.Update:
    # "is not distinct from" lets an empty part of a key find itself.
    same_key = (file.stored.columns[name].is_not_distinct_from(sa.bindparam(f"key_{name}")) for name in file.stored_key)
    settable: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in compared if name not in file.stored_key}
    return sa.update(file.stored).where(*same_key).values(settable)


def _bound(record: Row, key: Sequence[str]) -> Row:
    return {(f"key_{name}" if name in key else f"new_{name}"): found for name, found in record.items()}


def _parents_first(file: SeedFile, rows: list[tuple[int, Row]]) -> list[tuple[int, Row]]:
    """Order rows so that one which points at another of the same table comes after it."""
    own = [
        column.name
        for column in file.stored.columns
        if file.stored in {key.column.table for key in column.foreign_keys}
    ]
    if not own:
        return rows
    waiting, ordered, placed = rows, [], set[Any]()
    names = {record[file.stored_key[0]] for _, record in rows}
    while waiting:
        ready = [row for row in waiting if row[1][own[0]] not in names - placed]
        if not ready:
            line, record = waiting[0]
            raise SeedError([SeedProblem(file.name, line, own[0], f"'{record[own[0]]}' leads back to this row")])
        ordered += ready
        placed |= {record[file.stored_key[0]] for _, record in ready}
        waiting = [row for row in waiting if row not in ready]
    return ordered


def _execute(connection: sa.Connection, file: SeedFile, statement: Any, rows: list[tuple[int, Row]]) -> None:
    """Run a statement for many rows; when the database refuses one, find it and name its line."""
    if not rows:
        return
    try:
        with connection.begin_nested():
            connection.execute(statement, [record for _, record in rows])
    except IntegrityError:
        raise SeedError(_refused(connection, file, statement, rows)) from None


def _refused(
    connection: sa.Connection, file: SeedFile, statement: Any, rows: Iterable[tuple[int, Row]]
) -> list[SeedProblem]:
    problems = []
    for line, record in rows:
        try:
            with connection.begin_nested():
                connection.execute(statement, record)
        except IntegrityError as error:
            column, reason = _why(file, str(error.orig))
            problems.append(SeedProblem(file.name, line, column, reason))
    return problems


def _why(file: SeedFile, message: str) -> tuple[str, str]:
    """The column of the file and the reason, out of the database's message about a constraint of the table."""
    for constraint in file.stored.constraints:
        columns = [column.name for column in constraint.columns] if isinstance(constraint, sa.UniqueConstraint) else []
        # SQLite names the columns of a uniqueness, PostgreSQL names the constraint.
        listed = ", ".join(f"{file.stored.name}.{name}" for name in columns)
        if columns and (f"failed: {listed}" in message or f'"{constraint.name}"' in message):
            return _in_file(file, columns[0]), f"another row has the same {' and '.join(columns)}"
        if isinstance(constraint, sa.CheckConstraint) and str(constraint.name) in message:
            broken = str(constraint.sqltext)
            named = [name for name in file.columns if name in broken]
            return named[0] if named else "", f"breaks the rule: {broken}"
    return "", f"the database refuses the row: {message.splitlines()[0]}"


def _in_file(file: SeedFile, stored: str) -> str:
    return next((group[0] for group, column in file.links.items() if column == stored), stored)


def _read_ids(connection: sa.Connection, file: SeedFile, rows: Sequence[SeedRow], records: list[Row]) -> dict[Key, int]:
    columns = file.stored.columns
    found = connection.execute(sa.select(columns["id"], *(columns[name] for name in file.stored_key)))
    by_stored = {tuple(key): identity for identity, *key in found}
    return {
        row.key: by_stored[tuple(record[name] for name in file.stored_key)]
        for row, record in zip(rows, records, strict=True)
    }


def _write_listings(
    connection: sa.Connection, file: SeedFile, rows: Sequence[SeedRow], ids: dict[Key, int], tally: Tally
) -> None:
    """Make the rows beside equal the lists; taking away comes first, so that a value may move between lists."""
    wanted = {name: {(ids[row.key], item) for row in rows for item in row.listings[name]} for name in file.listings}
    present = {
        name: _present(connection, listing, set(ids.values()), wanted[name]) for name, listing in file.listings.items()
    }
    countries = set(connection.scalars(sa.select(Country.iso3)))
    for name, listing in file.listings.items():
        _take_off(connection, listing, sorted(present[name] - wanted[name]))
    for name, listing in file.listings.items():
        table = columns_of(listing.table)
        new = [_beside(listing, parent, item, countries) for parent, item in sorted(wanted[name] - present[name])]
        if new:
            connection.execute(sa.insert(table), new)
        tally.rows[table.name] = tally.rows.get(table.name, 0) + len(wanted[name])
        tally.changes[table.name] = tally.changes.get(table.name, 0) + len(wanted[name] ^ present[name])


def _take_off(connection: sa.Connection, listing: Listing, gone: list[tuple[int, Any]]) -> None:
    table = columns_of(listing.table)
    row = (table.columns[column] == sa.bindparam(f"old_{column}") for column in (listing.parent, listing.column))
    fixed = (table.columns[column] == mark for column, mark in {**listing.same, **listing.ours}.items())
    if gone:
        pairs = [{f"old_{listing.parent}": parent, f"old_{listing.column}": item} for parent, item in gone]
        connection.execute(sa.delete(table).where(*row, *fixed), pairs)


def _beside(listing: Listing, parent: int, item: Any, countries: Collection[str]) -> Row:
    row = {listing.parent: parent, listing.column: item, **listing.same, **listing.ours}
    if listing.country_column:
        row[listing.country_column] = item if item in countries else None
    return row


def _present(
    connection: sa.Connection, listing: Listing, parents: set[int], wanted: Collection[tuple[int, Any]]
) -> set[tuple[int, Any]]:
    """The rows beside that the file brought, and those that say the same though a user brought them."""
    table = columns_of(listing.table)
    fixed = (table.columns[column] == mark for column, mark in listing.same.items())
    is_ours = sa.and_(sa.true(), *(table.columns[column] == mark for column, mark in listing.ours.items()))
    columns = (table.columns[listing.parent], table.columns[listing.column], is_ours.label("is_ours"))
    found = connection.execute(sa.select(*columns).where(*fixed))
    return {(parent, item) for parent, item, ours in found if parent in parents and (ours or (parent, item) in wanted)}
