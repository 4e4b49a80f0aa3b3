"""Numbers as people type them in the language of the page, and back.

A number is read strictly: what could mean two things is refused rather than guessed. Digits of any script are read,
Arabic separators too; groups may be parted by blanks in every language.
"""

import re
import unicodedata
from decimal import Decimal

from babel import numbers

from sstic.language import locale

DIRECTION_MARKS = dict.fromkeys(map(ord, "\u200e\u200f\u061c\u2066\u2067\u2068\u2069"))
# What may part groups of three digits, or a sign that stands for it, whatever the language.
BLANK, ARABIC_GROUP, ARABIC_DECIMAL, APOSTROPHES = " ", "٬", "٫", "'’"


class NotANumberError(ValueError):
    """The text is not a number as this language writes it."""


def number_of(text: str) -> Decimal:
    """The number that a text means in the language of the request.

    Raises
    ------
    NotANumberError
        Where it means none, or could mean two.
    """
    plain = _with_plain_signs(text)
    decimal, group = _signs()
    whole, _, fraction = plain.removeprefix("-").partition(decimal)
    grouped = re.fullmatch(r"\d{1,3}(?:(\D)\d{3})(?:\1\d{3})*", whole)
    if not (re.fullmatch(r"\d+", whole) or (grouped and grouped[1] in (group, BLANK, "'"))):
        raise NotANumberError(text)
    if fraction and not re.fullmatch(r"\d+", fraction):
        raise NotANumberError(text)
    if decimal in plain and not fraction:
        raise NotANumberError(text)
    digits = re.sub(r"\D", "", whole)
    value = Decimal(f"{digits}.{fraction}" if fraction else digits)
    return -value if plain.startswith("-") else value


def number_text(value: Decimal | float | int) -> str:
    """A number as it is typed in the language of the request, with every decimal."""
    exact = value if isinstance(value, Decimal | int) else Decimal(repr(value))
    return numbers.format_decimal(exact, format="#,##0.##########", locale=locale())


def example() -> str:
    """A number in the language of the request, to show how it is written there."""
    return numbers.format_decimal(Decimal("1250000.50"), format="#,##0.00", locale=locale())


def digits_of(text: str) -> str:
    """A text with the digits of any script turned to 0 to 9, without marks of direction and without blanks around."""
    turned = (str(unicodedata.decimal(char)) if char.isdecimal() else char for char in text.translate(DIRECTION_MARKS))
    return "".join(turned).strip()


def _signs() -> tuple[str, str]:
    """The decimal sign and the sign between groups; a blank of any kind is a blank."""
    chosen = locale()
    group = numbers.get_group_symbol(chosen)
    return numbers.get_decimal_symbol(chosen), BLANK if group.isspace() else group


def _with_plain_signs(text: str) -> str:
    decimal, group = _signs()
    turned = digits_of(text).replace(ARABIC_DECIMAL, decimal).replace(ARABIC_GROUP, group).replace("−", "-")
    return "".join(BLANK if char.isspace() else "'" if char in APOSTROPHES else char for char in turned)
