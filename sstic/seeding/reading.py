"""Reading one CSV file: UTF-8, one header line, every row as long as the header."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sstic.seeding.problems import SeedProblem


@dataclass(frozen=True)
class Line:
    """One row of a file as text, with the number of the line it starts on."""

    number: int
    cells: dict[str, str]


@dataclass
class Reading:
    """The lines of a file and what is wrong with it. ``whole`` is false when its rows could not be made out."""

    file: str
    data: bytes = b""
    lines: list[Line] = field(default_factory=list)
    problems: list[SeedProblem] = field(default_factory=list)
    whole: bool = True

    def report(self, line: int, column: str, reason: str) -> None:
        """Note a problem of this file."""
        self.problems.append(SeedProblem(self.file, line, column, reason))

    def give_up(self, reason: str, line: int = 0, column: str = "") -> None:
        """Note a problem that leaves the rows of this file unread."""
        self.report(line, column, reason)
        self.whole = False


def read(folder: Path, name: str, columns: Sequence[str]) -> Reading:
    """Read the file ``name`` in ``folder``, which must have exactly ``columns``, in any order."""
    reading = Reading(name)
    try:
        reading.data = (folder / name).read_bytes()
    except OSError as error:
        reading.give_up(f"cannot be read: {error.strerror or error}")
        return reading
    # Bytes that are not UTF-8 survive as surrogates, so that the cell which holds them can be named.
    text = reading.data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")
    rows = _rows(reading, text)
    number, header = next(rows, (0, []))
    if reading.whole:
        _check_header(reading, number, header, columns)
    if reading.whole:
        for number, cells in rows:
            if len(cells) != len(header):
                reading.report(number, "", f"has {len(cells)} cells where the header has {len(header)}")
            else:
                reading.lines.append(Line(number, dict(zip(header, cells, strict=True))))
    return reading


def _rows(reading: Reading, text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        reading.give_up(f"is not a well-formed CSV row: {error}", line=start)


def _check_header(reading: Reading, number: int, header: list[str], columns: Sequence[str]) -> None:
    if not header:
        reading.give_up("has no header line")
        return
    for column in columns:
        if column not in header:
            reading.give_up("this column is missing", line=number, column=column)
    for position, column in enumerate(header):
        if column not in columns:
            shown = column.encode("utf-8", "replace").decode()
            reading.give_up("this column is not known", line=number, column=shown)
        elif column in header[:position]:
            reading.give_up("this column is there twice", line=number, column=column)
