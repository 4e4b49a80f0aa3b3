"""A CSV file of past projects, to test the ranking on: read line by line, every problem with its place."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TextIO

import matching
from sstic.seeding.problems import SeedError, SeedProblem

MOST_ROWS = 20_000
MOST_CASES = 200_000
MOST_BYTES = 64 * 2**20
MOST_FOUND = 1000
YEARS = range(1900, 2101)
AREAS = (*matching.ACTION_AREAS, "other")
# Column of the file, by what it holds; the second name is that of the collection that the seed data was made from.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "reference": ("reference", "project_id"),
    "title": ("title", "title_short"),
    "start_year": ("start_year",),
    "beneficiaries": ("beneficiaries",),
    "providers": ("providers",),
    "facilitators": ("facilitators",),
    "action_area": ("action_area",),
    "subjects": ("subjects", "themes"),
    "isic": ("isic",),
}


class ProjectFileError(SeedError):
    """The file cannot be evaluated on."""


def read_projects(file: Path, countries: frozenset[str]) -> tuple[matching.PastProject, ...]:
    """The projects of a file like ``seed_data/cooperation_projects.csv``; columns beside those needed may be missing.

    Raises
    ------
    ProjectFileError
        With every problem found, by line and column.
    OSError
        When the file cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise ProjectFileError([_problem(file, 0, "", f"is larger than {MOST_BYTES // 2**20} MB")])
    with file.open(encoding="utf-8-sig", newline="") as lines:
        try:
            return _projects(file, lines, countries)
        except UnicodeDecodeError as error:
            raise ProjectFileError([_problem(file, 0, "", f"is not valid UTF-8: {error.reason}")]) from error


def _problem(file: Path, line: int, column: str, reason: str) -> SeedProblem:
    return SeedProblem(file.name, line, column, reason)


def _projects(file: Path, lines: TextIO, countries: frozenset[str]) -> tuple[matching.PastProject, ...]:
    rows = _rows(file, lines)
    names = _names(file, *next(rows, (1, {})))
    found: list[matching.PastProject] = []
    problems: list[SeedProblem] = []
    references: dict[str, int] = {}
    cases = 0
    for number, cells in rows:
        if len(references) == MOST_ROWS:
            raise ProjectFileError([_problem(file, number, "", f"the file has more than {MOST_ROWS:,} projects")])
        wrong = list(_wrong(cells, names, countries))
        reference = cells.get(names["reference"], "")
        if reference in references:
            wrong.append((names["reference"], f"'{reference}' stands already in line {references[reference]}"))
        references.setdefault(reference or f"line {number}", number)
        problems += [_problem(file, number, column, reason) for column, reason in wrong]
        if len(problems) >= MOST_FOUND:
            break
        if not wrong:
            found.append(_project(cells, names))
            cases += len(found[-1].beneficiaries) * len(found[-1].providers) * max(1, len(found[-1].facilitators))
        if cases > MOST_CASES:
            raise ProjectFileError([_problem(file, number, "", f"the file has more than {MOST_CASES:,} party pairs")])
    if problems:
        raise ProjectFileError(problems)
    if not any(one.beneficiaries and one.providers for one in found):
        raise ProjectFileError([_problem(file, 0, "", "holds no project with both a beneficiary and a provider")])
    return tuple(found)


def _rows(file: Path, lines: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    """The header as its own row, then every row that is not blank, with the line that it starts on."""
    reader = csv.reader(lines, strict=True)
    start, header = 1, None
    try:
        for cells in reader:
            if header is None:
                header = cells
                twice = [name for place, name in enumerate(cells) if name in cells[:place]]
                if twice:
                    raise ProjectFileError([_problem(file, start, twice[0][:40], "this column is there twice")])
                yield start, dict(zip(cells, cells, strict=True))
            elif cells:
                if len(cells) != len(header):
                    reason = f"has {len(cells)} cells where the header has {len(header)}"
                    raise ProjectFileError([_problem(file, start, "", reason)])
                yield start, dict(zip(header, cells, strict=True))
            start = reader.line_num + 1
    except csv.Error as error:
        raise ProjectFileError([_problem(file, start, "", f"is not a well-formed CSV row: {error}")]) from error


def _names(file: Path, line: int, header: Mapping[str, str]) -> dict[str, str]:
    """The name of each needed column in this file."""
    if not header:
        raise ProjectFileError([_problem(file, 0, "", "is empty: it has no header line")])
    names = {holds: next((name for name in known if name in header), "") for holds, known in COLUMNS.items()}
    missing = [_problem(file, line, holds, "this column is missing") for holds, name in names.items() if not name]
    if missing:
        raise ProjectFileError(missing)
    return names


def _wrong(cells: Mapping[str, str], names: Mapping[str, str], countries: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Column and reason of everything wrong with a row."""
    for holds in ("reference", "title", "subjects"):
        if not cells[names[holds]].strip():
            yield names[holds], "must not be empty"
    year = cells[names["start_year"]]
    if year and not (year.isascii() and year.isdigit() and int(year[:5]) in YEARS):
        yield names["start_year"], f"'{year[:40]}' is not a year from {YEARS.start} to {YEARS.stop - 1}"
    if cells[names["action_area"]] not in AREAS:
        yield names["action_area"], f"'{cells[names['action_area']][:40]}' is not one of: {', '.join(AREAS)}"
    for role in ("beneficiaries", "providers"):
        for code in _listed(cells[names[role]]):
            if code not in countries:
                yield names[role], f"'{code[:40]}' is not the code of a country, as GHA"


def _listed(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.strip() for one in cell.split(";") if one.strip()))


def _project(cells: Mapping[str, str], names: Mapping[str, str]) -> matching.PastProject:
    def listed(role: str) -> tuple[str, ...]:
        return tuple(sorted(_listed(cells[names[role]])))

    year = cells[names["start_year"]]
    return matching.PastProject(
        key=cells[names["reference"]],
        title=cells[names["title"]],
        beneficiaries=listed("beneficiaries"),
        providers=listed("providers"),
        facilitators=listed("facilitators"),
        action_area=cells[names["action_area"]],
        subjects=_listed(cells[names["subjects"]]),
        isic=frozenset(listed("isic")),
        year=int(year) if year else None,
    )
