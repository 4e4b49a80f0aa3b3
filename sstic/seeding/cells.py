"""From the text of a cell to the value of a column. The tables say what a value must be."""

import math
import re
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from sstic.tables.base import Amount

NOT_UTF8 = re.compile("[\ud800-\udfff]")
WHOLE_NUMBER = re.compile(r"[+-]?\d{1,12}")
TRUTHS = {"yes": True, "no": False}


class BadCellError(ValueError):
    """The text is not a value of the column; the message says why."""


def checked_text(text: str) -> str:
    """``text``, unless it holds something that no database column can keep."""
    if NOT_UTF8.search(text):
        raise BadCellError("is not valid UTF-8")
    if "\0" in text:
        raise BadCellError("holds a NUL character")
    if text != text.strip():
        raise BadCellError("begins or ends with a blank")
    return text


def value(column: sa.Column[Any], text: str) -> Any:
    """The value that ``text`` stands for in ``column``; an empty cell is an unknown value."""
    if not text:
        if not column.nullable:
            raise BadCellError("must not be empty")
        return None
    match column.type:
        case Amount():
            return _amount(text)
        case sa.Enum() as kind:  # an Enum is a String too, so it comes first
            return _word(kind, text)
        case sa.String() as kind:
            return _text(kind, text)
        case sa.Boolean():
            return _truth(text)
        case sa.Integer():
            return _whole(text)
        case sa.Float():
            return _number(text)
        case sa.Date():
            return _day(text)
    raise TypeError(f"no cell can fill the column {column}")


def _word(kind: sa.Enum, text: str) -> str:
    if text not in kind.enums:
        raise BadCellError(f"'{text}' is not one of: {', '.join(kind.enums)}")
    return text


def _text(kind: sa.String, text: str) -> str:
    if kind.length is not None and len(text) > kind.length:
        raise BadCellError(f"has {len(text)} characters, {kind.length} at most")
    return text


def _truth(text: str) -> bool:
    if text not in TRUTHS:
        raise BadCellError(f"'{text}' is neither yes nor no")
    return TRUTHS[text]


def _whole(text: str) -> int:
    if not WHOLE_NUMBER.fullmatch(text) or abs(int(text)) > 2**31 - 1:
        raise BadCellError(f"'{text}' is not a whole number of this column")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadCellError(f"'{text}' is not a number")
    return number


def _amount(text: str) -> Decimal:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or abs(amount) >= 10**16:
        raise BadCellError(f"'{text}' is not an amount of money")
    if amount != round(amount, 2):
        raise BadCellError(f"'{text}' has more than two decimals")
    return amount


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise BadCellError(f"'{text}' is not a date like 2026-11-24")
    return day
