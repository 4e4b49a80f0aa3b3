"""docs/asvs.md says what is there: every requirement of the standard once, every test and file that it names."""

import ast
import re
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs" / "asvs.md"
STATUSES = ("met", "operator", "no", "not applicable")

# The requirements of level 1 and 2 of OWASP ASVS 5.0.0, by section: `-` spans numbers, `!` marks level 1.
SECTIONS = """
1.1 1 2 | 1.2 1! 2! 3! 4! 5! 6-9 | 1.3 1! 2! 3-11 | 1.4 1-3 | 1.5 1! 2
2.1 1! 2 3 | 2.2 1! 2! 3 | 2.3 1! 2-4 | 2.4 1
3.2 1! 2! | 3.3 1! 2-4 | 3.4 1! 2! 3-6 | 3.5 1! 2! 3! 4 5 | 3.7 1 2
4.1 1! 2 3 | 4.2 1 | 4.3 1 2 | 4.4 1! 2-4
5.1 1 | 5.2 1! 2! 3 | 5.3 1! 2! | 5.4 1-3
6.1 1! 2 3 | 6.2 1! 2! 3! 4! 5! 6! 7! 8! 9-12 | 6.3 1! 2! 3 4 | 6.4 1! 2! 3 4 | 6.5 1-5 | 6.6 1-3 | 6.8 1-4
7.1 1-3 | 7.2 1! 2! 3! 4! | 7.3 1 2 | 7.4 1! 2! 3-5 | 7.5 1 2 | 7.6 1 2
8.1 1! 2 | 8.2 1! 2! 3 | 8.3 1! | 8.4 1
9.1 1! 2! 3! | 9.2 1! 2-4
10.1 1 2 | 10.2 1 2 | 10.3 1-4 | 10.4 1! 2! 3! 4! 5! 6-11 | 10.5 1-5 | 10.6 1 2 | 10.7 1-3
11.1 1 2 | 11.2 1-3 | 11.3 1! 2! 3 | 11.4 1! 2-4 | 11.5 1 | 11.6 1
12.1 1! 2 3 | 12.2 1! 2! | 12.3 1-4
13.1 1 | 13.2 1-5 | 13.3 1 2 | 13.4 1! 2-5
14.1 1 2 | 14.2 1! 2-4 | 14.3 1! 2 3
15.1 1! 2 3 | 15.2 1! 2 3 | 15.3 1! 2-7
16.1 1 | 16.2 1-5 | 16.3 1-4 | 16.4 1-3 | 16.5 1-3
17.1 1 | 17.2 1-4 | 17.3 1 2
"""


class Row(NamedTuple):
    """One requirement."""

    number: str
    level: int
    asked: str
    status: str
    by: str


def required() -> dict[str, int]:
    """The level of each requirement."""
    found = {}
    for section, *numbers in (part.split() for part in re.split(r"[|\n]", SECTIONS) if part.strip()):
        for number in numbers:
            first, _, last = number.rstrip("!").partition("-")
            for one in range(int(first), int(last or first) + 1):
                found[f"{section}.{one}"] = 1 if number.endswith("!") else 2
    return found


def rows() -> list[Row]:
    lines = re.findall(r"^\| (\d+\.\d+\.\d+) \| (\d) \| (.+?) \| (.+?) \| ?(.*?) ?\|$", FILE.read_text("utf-8"), re.M)
    return [Row(number, int(level), *rest) for number, level, *rest in lines]


@lru_cache
def functions(file: str) -> frozenset[str]:
    path = ROOT / file
    if not path.exists():
        return frozenset()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def headings(file: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", file.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^a-z0-9 -]", "", one.lower()).replace(" ", "-") for one in found}


def missing(by: str) -> list[str]:
    """The tests, files and headings that are named and not there."""
    gone = []
    for named in re.findall(r"`([^`]+)`", by):
        file, _, test = named.partition("::")
        if not (test in functions(file) if test else (ROOT / file).exists()):
            gone.append(named)
    for name, anchor in re.findall(r"\]\(([^)#]+)#?([^)]*)\)", by):
        file_there = (FILE.parent / name).exists()
        if not file_there or (anchor and anchor not in headings(FILE.parent / name)):
            gone.append(f"{name}#{anchor}")
    return gone


def test_every_requirement_of_level_1_and_2_stands_there_once() -> None:
    levels = required()
    assert Counter(levels.values()) == {1: 70, 2: 183}
    assert [(row.number, row.level) for row in rows()] == list(levels.items())


def test_every_status_has_its_ground() -> None:
    for row in rows():
        assert row.status in STATUSES, row
        if row.status in ("met", "operator"):
            assert "`" in row.by or "](" in row.by, row
        else:
            assert row.by, row
        assert len(row.asked) < 110, row


def test_no_requirement_of_level_1_is_left_open() -> None:
    assert [row.number for row in rows() if row.level == 1 and row.status == "no"] == []


def test_every_test_file_and_heading_that_is_named_is_there() -> None:
    assert {row.number: missing(row.by) for row in rows() if missing(row.by)} == {}


def test_what_is_not_there_is_found() -> None:
    planted = "`tests/test_asvs.py::test_planted`, `sstic/planted.py`, [a](security.md#planted), [b](planted.md)"
    assert len(missing(planted)) == 4


def test_the_figures_at_the_top_are_those_of_the_rows() -> None:
    told = re.findall(r"^\| (1|2|both) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", FILE.read_text("utf-8"), re.M)
    counted = Counter((str(row.level), row.status) for row in rows())
    for level, *figures in told:
        levels = ("1", "2") if level == "both" else (level,)
        expected = [sum(counted[one, status] for one in levels) for status in STATUSES]
        assert list(map(int, figures)) == [*expected, sum(expected)]
    assert len(told) == 3
