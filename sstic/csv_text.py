"""CSV that a spreadsheet cannot take for formulas."""

import csv
import io
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

PIECE = 64 * 1024
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def cell(value: Any) -> str:
    """A value as text; what a spreadsheet would run is set apart by an apostrophe."""
    text = "" if value is None else str(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(FORMULA) and not is_number else text


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """A file, in pieces of whole lines."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    for row in itertools.chain([head], rows):
        writer.writerow([cell(value) for value in row])
        if buffer.tell() > PIECE:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
