"""Checking the lines of a file against its table and against the other files."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sstic.seeding.cells import BadCellError, checked_text, value
from sstic.seeding.files import FILES, Listing, Row, SeedFile, columns_of
from sstic.seeding.reading import Line, Reading

Key = tuple[Any, ...]


@dataclass
class SeedRow:
    """A line as values: ``stored`` under columns of the table, links by the key of the row that they point at."""

    line: int
    key: Key
    stored: Row
    links: dict[str, Key | None] = field(default_factory=dict)
    listings: dict[str, list[Any]] = field(default_factory=dict)


@dataclass
class Checked:
    """The rows of a file that were found good, and every key that it holds, good or not."""

    file: SeedFile
    rows: list[SeedRow] = field(default_factory=list)
    keys: dict[Key, int] = field(default_factory=dict)
    whole: bool = True


Others = Mapping[sa.Table, Checked]


def filler_of(table: sa.Table) -> SeedFile:
    """The file that brings the rows of ``table``."""
    return next(file for file in FILES if file.stored is table and file.adds)


def check(file: SeedFile, reading: Reading, others: Others) -> Checked:
    """Turn lines into rows; what is wrong is noted in ``reading``."""
    checked = Checked(file, whole=reading.whole)
    for line in reading.lines:
        before = len(reading.problems)
        row = _LineCheck(file, reading, others, line).row()
        if row.key in checked.keys:
            reading.report(
                line.number, file.key[0], f"the same {' and '.join(file.key)} stands in line {checked.keys[row.key]}"
            )
        checked.keys.setdefault(row.key, line.number)
        if len(reading.problems) == before:
            checked.rows.append(row)
    return checked


def check_references_inside(checked: Checked, reading: Reading) -> None:
    """Check columns that point at rows of the same file, once all its keys are known."""
    for column in checked.file.stored.columns:
        if _points_at(column) is not checked.file.stored:
            continue
        for row in checked.rows:
            code = row.stored.get(column.name)
            if code is not None and (code,) not in checked.keys:
                reading.report(row.line, column.name, f"'{code}' is not in {checked.file.name}")


def _points_at(column: sa.Column[Any]) -> sa.Table | None:
    return next((key.column.table for key in column.foreign_keys), None)


@dataclass
class _LineCheck:
    """One line on its way to a row."""

    file: SeedFile
    reading: Reading
    others: Others
    line: Line

    def row(self) -> SeedRow:
        """The row; values that could not be made out are None, and reported."""
        in_links = {column for group in self.file.links for column in group}
        names = [name for name in (*self.file.key, *self.file.plain) if name not in in_links]
        values = {name: self._value(name, self.file.stored.columns[name]) for name in names}
        linked = {column: self._link(group, column) for group, column in self.file.links.items()}
        lists = {name: self._listing(name, listing) for name, listing in self.file.listings.items()}
        key = tuple(values[name] if name in values else self._text(name) for name in self.file.key)
        if not self.file.adds:
            self._check_code(self.file.key[0], self.file.stored, *key)
        self._check_marks(values)
        self._check_codes_in_text(values)
        return SeedRow(self.line.number, key, values, linked, lists)

    def _check_marks(self, values: Row) -> None:
        for name, mark in self.file.ours.items():
            if values.setdefault(name, mark) != mark:
                self._report(name, "must be yes, for these figures are made up")

    def _check_codes_in_text(self, values: Row) -> None:
        for name, table in self.file.coded.items():
            for code in (values[name] or "").split(";"):
                if code:
                    self._check_code(name, columns_of(table), code)

    def _report(self, column: str, reason: str) -> None:
        self.reading.report(self.line.number, column, reason)

    def _text(self, name: str) -> str:
        return self.line.cells[name]

    def _value(self, name: str, column: sa.Column[Any]) -> Any:
        try:
            found = value(column, checked_text(self._text(name)))
        except BadCellError as bad:
            self._report(name, str(bad))
            return None
        target = _points_at(column)
        if found is not None and target is not None and target is not self.file.stored:
            self._check_code(name, target, found)
        return found

    def _check_code(self, name: str, target: sa.Table, *code: Any) -> None:
        other = self.others.get(target)
        if other is None:
            raise LookupError(f"{self.file.name} points at {target.name}, which no file before it fills")
        if other.whole and code not in other.keys:
            self._report(name, f"'{' '.join(map(str, code))}' is not in {other.file.name}")

    def _link(self, group: tuple[str, ...], stored: str) -> Key | None:
        column = self.file.stored.columns[stored]
        if not any(self._text(name) for name in group):
            if not column.nullable:
                self._report(group[0], "must not be empty")
            return None
        target = next(iter(column.foreign_keys)).column.table
        key = []
        for name, pointed in zip(group, filler_of(target).key, strict=True):
            try:
                key.append(value(target.columns[pointed], checked_text(self._text(name))))
            except BadCellError as bad:
                self._report(name, str(bad))
                return None
        self._check_code(group[0], target, *key)
        return tuple(key)

    def _listing(self, name: str, listing: Listing) -> list[Any]:
        column = columns_of(listing.table).columns[listing.column]
        found: list[Any] = []
        for piece in self._text(name).split(";") if self._text(name) else ():
            try:
                item = value(column, checked_text(piece)) if piece else None
            except BadCellError as bad:
                self._report(name, str(bad))
                continue
            if item is None or item in found:
                self._report(name, f"names '{item}' twice" if item else "has an empty entry")
                continue
            target = columns_of(listing.coded) if listing.coded else _points_at(column)
            if target is not None:
                self._check_code(name, target, item)
            found.append(item)
        return found
