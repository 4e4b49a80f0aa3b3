import csv
import importlib.util
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from sstic.database import engine, transaction
from sstic.seeding import SeedError, SeedProblem, SeedReport, seed
from sstic.seeding.files import FILES
from sstic.settings import Settings
from sstic.tables import Table
from sstic.tables.accounts import User
from sstic.tables.audit import AuditEvent
from sstic.tables.countries import Country, CountryFact, CountryPair
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import Capability, GoodPractice
from sstic.tables.investment import ITPOOffice, Mandate
from sstic.tables.needs import Need

SEED_DATA = Settings.model_fields["seed_dir"].default
Rows = list[list[str]]


# No other file points at the rows of these.
LONG_FILES = (
    "country_facts.csv",
    "country_languages.csv",
    "indicator_values.csv",
    "judgements.csv",
    "memberships.csv",
    "treaty_parties.csv",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the seed files, to be changed."""
    for file in FILES:
        shutil.copy(SEED_DATA / file.name, tmp_path / file.name)
    return tmp_path


@pytest.fixture
def short_folder(folder: Path) -> Path:
    """The same with few lines in the long files: enough for a load that is refused."""
    for name in LONG_FILES:
        change(folder, name, lambda rows: rows.__delitem__(slice(30, None)))
    return folder


def rows_in(folder: Path, name: str) -> Rows:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def change(folder: Path, name: str, edit: Callable[[Rows], object]) -> None:
    rows = rows_in(folder, name)
    edit(rows)
    with (folder / name).open("w", encoding="utf-8", newline="") as lines:
        csv.writer(lines, lineterminator="\n").writerows(rows)


def put(line: int, column: str, text: str) -> Callable[[Rows], object]:
    """An edit that writes ``text`` into a cell."""
    return lambda rows: rows[line - 1].__setitem__(rows[0].index(column), text)


def load(folder: Path = SEED_DATA) -> SeedReport:
    with transaction() as session:
        return seed(session, folder)


def filled_tables() -> set[str]:
    with engine().connect() as connection:
        tables = Table.metadata.sorted_tables
        return {
            table.name
            for table in tables
            if table.name != "audit_head" and connection.execute(sa.select(sa.literal(1)).select_from(table)).first()
        }


def refusal(folder: Path) -> SeedError:
    """The error of loading ``folder``, which must leave nothing behind."""
    with pytest.raises(SeedError) as caught:
        load(folder)
    assert filled_tables() == set()
    return caught.value


def test_every_table_holds_what_its_file_holds(seeded_session: Session) -> None:
    for file in FILES:
        if file.adds and file.derive is None:
            stored = seeded_session.scalar(sa.select(sa.func.count()).select_from(file.stored))
            assert stored == len(rows_in(SEED_DATA, file.name)) - 1, file.name


def test_every_list_became_rows(seeded_session: Session) -> None:
    for file in FILES:
        for column, listing in file.listings.items():
            rows = rows_in(SEED_DATA, file.name)
            listed = sum(len(row[rows[0].index(column)].split(";")) for row in rows[1:] if row[rows[0].index(column)])
            stored = sa.select(sa.func.count()).select_from(listing.table).filter_by(**listing.same)
            assert seeded_session.scalar(stored) == listed, (file.name, column)


def test_loading_again_changes_nothing(seeded_database: str) -> None:
    report = load()
    assert set(report.values()) == {0}
    assert report.rows["need"] == 98
    with engine().connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == 1


def test_no_row_points_at_nothing(seeded_session: Session) -> None:
    for table in Table.metadata.sorted_tables:
        for key in table.foreign_keys:
            target = key.column.table.alias()
            query = sa.select(table).outerjoin(target, key.parent == target.columns[key.column.name])
            lost = query.where(key.parent.is_not(None), target.columns[key.column.name].is_(None))
            assert seeded_session.execute(lost).first() is None, (table.name, key.parent.name)


def test_a_load_tells_its_progress_and_is_audited(empty_database: str) -> None:
    told: list[tuple[str, int, int]] = []
    with transaction() as session:
        report = seed(session, SEED_DATA, lambda name, done, everything: told.append((name, done, everything)))
    assert [name for name, _, _ in told] == [file.name for file in FILES] * 2
    assert [done for _, done, _ in told] == list(range(1, 2 * len(FILES) + 1))
    assert report["need"] == report.rows["need"] == 98
    with Session(engine()) as session:
        (event,) = session.scalars(sa.select(AuditEvent))
        assert (event.action, event.subject_id) == ("seed_loaded", report.digest)
        assert event.details["rows"]["country"] == 197


NOT_THERE = "Not-a-code"
BAD_INPUTS = [
    ("unknown theme", "needs.csv", put(3, "themes", f"{NOT_THERE};T_INDPOL"), 3, "themes", "is not in themes.csv"),
    ("unknown country", "needs.csv", put(4, "country_iso3", "XXX"), 4, "country_iso3", "is not in countries.csv"),
    ("unknown industry", "good_practices.csv", put(9, "isic", "C99"), 9, "isic", "'C99' is not in isic.csv"),
    ("unknown donor", "funding_windows.csv", put(2, "donor", "nobody"), 2, "donor", "is not in organizations.csv"),
    ("unknown parent", "themes.csv", put(5, "parent_code", "T_NO"), 5, "parent_code", "is not in themes.csv"),
    (
        "unknown party",
        "cooperation_projects.csv",
        put(2, "providers", "ABC"),
        2,
        "providers",
        "is not in countries.csv",
    ),
    ("unknown row to complete", "demo_itpo_capacity.csv", put(2, "reference", "ITPO-XXX"), 2, "reference", "is not in"),
    ("same key twice", "needs.csv", put(3, "reference", "N-001"), 3, "reference", "stands in line 2"),
    ("same value listed twice", "needs.csv", put(2, "isic", "A02;A02"), 2, "isic", "names 'A02' twice"),
    ("empty entry in a list", "needs.csv", put(2, "isic", "A02;;C16"), 2, "isic", "has an empty entry"),
    ("not an amount", "needs.csv", put(2, "budget_amount", "a lot"), 2, "budget_amount", "is not an amount of money"),
    ("parts of a cent", "needs.csv", put(2, "budget_amount", "1.005"), 2, "budget_amount", "more than two decimals"),
    ("not a whole number", "needs.csv", put(2, "year", "2016.5"), 2, "year", "is not a whole number"),
    ("too large a number", "needs.csv", put(2, "year", "3000000000"), 2, "year", "is not a whole number"),
    ("not a number", "indicator_values.csv", put(7, "value", "nan"), 7, "value", "'nan' is not a number"),
    ("not a date", "country_facts.csv", put(2, "valid_from", "2016-07-32"), 2, "valid_from", "is not a date"),
    ("neither yes nor no", "sources.csv", put(2, "licence_checked", "1"), 2, "licence_checked", "neither yes nor no"),
    (
        "outside a closed list",
        "funding_windows.csv",
        put(2, "instrument", "gift"),
        2,
        "instrument",
        "is not one of: grant",
    ),
    ("too long", "needs.csv", put(2, "title", "x" * 301), 2, "title", "has 301 characters, 300 at most"),
    ("empty", "needs.csv", put(2, "title", ""), 2, "title", "must not be empty"),
    ("no link", "funding_windows.csv", put(2, "donor", ""), 2, "donor", "must not be empty"),
    ("blank at the end", "needs.csv", put(2, "title", "A need "), 2, "title", "begins or ends with a blank"),
    ("NUL", "needs.csv", put(2, "statement", "a\0b"), 2, "statement", "holds a NUL character"),
    ("demo row not marked", "demo_users.csv", put(2, "is_demo", "no"), 2, "is_demo", "must be yes"),
    ("too many cells", "needs.csv", lambda rows: rows[1].append("more"), 2, "", "cells where the header has"),
    (
        "broken rule of the table",
        "funding_windows.csv",
        put(2, "cofinancing_share", "150"),
        2,
        "cofinancing_share",
        "rule",
    ),
    ("value that must be unique", "countries.csv", put(3, "iso2", "AF"), 3, "iso2", "another row has the same iso2"),
    (
        "circle of parents",
        "themes.csv",
        put(2, "parent_code", "T_I40_AGRO"),
        2,
        "parent_code",
        "leads back to this row",
    ),
]


@pytest.mark.parametrize(
    ("file", "edit", "line", "column", "reason"),
    [pytest.param(*case, id=name) for name, *case in BAD_INPUTS],
)
def test_a_bad_input_is_named_and_leaves_nothing(
    empty_database: str,
    short_folder: Path,
    file: str,
    edit: Callable[[Rows], object],
    line: int,
    column: str,
    reason: str,
) -> None:
    change(short_folder, file, edit)
    (problem,) = refusal(short_folder).problems
    assert (problem.file, problem.line, problem.column) == (file, line, column)
    assert reason in problem.reason


def test_a_missing_column_is_named(empty_database: str, short_folder: Path) -> None:
    change(short_folder, "needs.csv", put(1, "title", "titel"))
    assert refusal(short_folder).problems == (
        SeedProblem("needs.csv", 1, "title", "this column is missing"),
        SeedProblem("needs.csv", 1, "titel", "this column is not known"),
    )


def test_a_column_that_is_there_twice_is_named(empty_database: str, short_folder: Path) -> None:
    change(short_folder, "needs.csv", lambda rows: [row.append(row[3]) for row in rows])
    assert refusal(short_folder).problems == (SeedProblem("needs.csv", 1, "title", "this column is there twice"),)


def test_a_missing_file_is_named_without_blaming_others(empty_database: str, short_folder: Path) -> None:
    (short_folder / "themes.csv").unlink()
    assert refusal(short_folder).problems == (
        SeedProblem("themes.csv", 0, "", "cannot be read: No such file or directory"),
    )


def test_an_empty_file_is_named(empty_database: str, short_folder: Path) -> None:
    (short_folder / "treaty_parties.csv").write_bytes(b"")
    assert refusal(short_folder).problems == (SeedProblem("treaty_parties.csv", 0, "", "has no header line"),)


def test_broken_utf8_is_named_by_line_and_column(empty_database: str, short_folder: Path) -> None:
    change(short_folder, "needs.csv", put(6, "title", "Séchage"))
    path = short_folder / "needs.csv"
    path.write_bytes(path.read_bytes().replace("Séchage".encode(), "Séchage".encode("latin-1")))
    assert refusal(short_folder).problems == (SeedProblem("needs.csv", 6, "title", "is not valid UTF-8"),)


def test_an_open_quotation_mark_is_named(empty_database: str, short_folder: Path) -> None:
    with (short_folder / "borders.csv").open("a", encoding="utf-8") as lines:
        lines.write('AFG,"CHN\n')
    (problem,) = refusal(short_folder).problems
    assert (problem.file, problem.line) == ("borders.csv", len(rows_in(SEED_DATA, "borders.csv")) + 1)
    assert "not a well-formed CSV row" in problem.reason


def test_all_problems_are_told_at_once_up_to_fifty(empty_database: str, short_folder: Path) -> None:
    def blank_every_year(rows: Rows) -> None:
        for line in range(2, 62):
            put(line, "year", "soon")(rows)

    change(short_folder, "themes.csv", put(2, "label", ""))
    change(short_folder, "needs.csv", blank_every_year)
    error = refusal(short_folder)
    assert error.found == 61
    assert len(error.problems) == 50
    assert str(error).startswith("themes.csv, line 2, column label: must not be empty\nneeds.csv, line 2, column year:")
    assert str(error).endswith("and 11 more")


def test_a_changed_file_changes_its_row(seeded_database: str, folder: Path) -> None:
    change(folder, "needs.csv", put(2, "title", "Charcoal from waste"))
    change(folder, "needs.csv", put(2, "isic", "C16"))
    report = load(folder)
    assert {table: count for table, count in report.items() if count} == {"need": 1, "need_isic": 1}
    with Session(engine()) as session:
        need = session.scalars(sa.select(Need).filter_by(reference="N-001")).one()
        assert need.title == "Charcoal from waste"
        assert [row.isic_code for row in need.isic] == ["C16"]


def test_a_row_taken_out_of_a_file_stays_and_is_told(seeded_database: str, folder: Path) -> None:
    change(folder, "needs.csv", lambda rows: rows.pop(1))
    report = load(folder)
    assert (report.changes, report.left) == (0, {"need": 1})
    with Session(engine()) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Need)) == 98


def test_what_the_service_decided_since_survives(seeded_database: str, folder: Path) -> None:
    with transaction() as session:
        session.scalars(sa.select(Need).filter_by(reference="N-001")).one().status = "in_proposal"
    change(folder, "needs.csv", put(2, "title", "Charcoal from waste"))
    load(folder)
    with Session(engine()) as session:
        need = session.scalars(sa.select(Need).filter_by(reference="N-001")).one()
        assert (need.title, need.status) == ("Charcoal from waste", "in_proposal")


def test_a_record_of_a_user_is_never_overwritten(seeded_database: str) -> None:
    with transaction() as session:
        need = session.scalars(sa.select(Need).filter_by(reference="N-001")).one()
        need.origin, need.title = "submitted", "Our own words"
    with pytest.raises(SeedError, match=r"needs.csv, line 2, column reference: names a record that did not come from"):
        load()
    with Session(engine()) as session:
        assert session.scalars(sa.select(Need).filter_by(reference="N-001")).one().title == "Our own words"


def test_made_up_figures_are_marked(seeded_session: Session) -> None:
    assert all(user.is_demo for user in seeded_session.scalars(sa.select(User)))
    assert all(user.name.startswith("Demo ") for user in seeded_session.scalars(sa.select(User)))
    assert all(user.email.endswith("@example.org") for user in seeded_session.scalars(sa.select(User)))
    assert all(one.is_demo for one in seeded_session.scalars(sa.select(Capability)))
    assert all(one.capacity_is_demo for one in seeded_session.scalars(sa.select(ITPOOffice)) if one.case_capacity)
    assert all(one.deals_are_demo for one in seeded_session.scalars(sa.select(Mandate)) if one.deals_per_year)


def test_demo_files_are_what_their_script_writes(tmp_path: Path) -> None:
    specification = importlib.util.spec_from_file_location("make_demo", SEED_DATA / "make_demo.py")
    assert specification is not None
    assert specification.loader is not None
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)
    for name in ("countries.csv", "organizations.csv", "good_practices.csv", "itpo_offices.csv", "mandates.csv"):
        shutil.copy(SEED_DATA / name, tmp_path / name)
    script.FOLDER = tmp_path
    script.main()
    written = sorted(path.name for path in tmp_path.glob("demo_*.csv"))
    assert written == sorted(path.name for path in SEED_DATA.glob("demo_*.csv"))
    for name in written:
        assert (tmp_path / name).read_bytes() == (SEED_DATA / name).read_bytes(), name


def test_sources_page_names_every_file() -> None:
    page = (SEED_DATA / "SOURCES.md").read_text(encoding="utf-8")
    assert [path.name for path in sorted(SEED_DATA.glob("*.csv")) if f"`{path.name}`" not in page] == []


def test_namibia_is_not_taken_for_missing(seeded_session: Session) -> None:
    assert seeded_session.get_one(Country, "NAM").iso2 == "NA"


def test_distance_and_border_of_a_pair(seeded_session: Session) -> None:
    pair = seeded_session.get_one(CountryPair, ("GHA", "TGO"))
    assert 140 < pair.distance_km < 200  # Accra and Lome
    assert pair.contiguous
    assert not seeded_session.get_one(CountryPair, ("BRA", "GHA")).contiguous


def test_a_value_may_move_between_two_lists(seeded_database: str, folder: Path) -> None:
    change(folder, "funding_windows.csv", put(2, "groupings", ""))
    change(folder, "funding_windows.csv", put(2, "excluded_groupings", "DEVELOPING"))
    load(folder)
    with Session(engine()) as session:
        window = session.scalars(sa.select(FundingWindow).filter_by(reference="FW-001")).one()
        assert [(one.grouping_code, one.excluded) for one in window.groupings] == [("DEVELOPING", True)]


def test_spans_of_one_fact_never_overlap(seeded_session: Session) -> None:
    facts = seeded_session.scalars(sa.select(CountryFact).order_by("iso3", "kind", "valid_from")).all()
    for first, second in pairwise(facts):
        if (first.iso3, first.kind) == (second.iso3, second.kind):
            assert first.valid_to is not None
            assert first.valid_to < second.valid_from


def test_nothing_is_endorsed_by_being_published(seeded_session: Session) -> None:
    assert {need.endorsed_at for need in seeded_session.scalars(sa.select(Need))} == {None}


def test_doubts_of_the_funding_windows_are_carried(seeded_session: Session) -> None:
    windows = {window.reference: window for window in seeded_session.scalars(sa.select(FundingWindow))}
    assert not windows["FW-028"].eligible_countries_complete
    assert windows["FW-007"].min_parties == 3
    assert windows["FW-042"].groupings == []  # its members are not known, so who may apply is not either
    assert {window.status for window in windows.values()} == {None}
    assert not any(one.groupings and one.countries and one.eligible_countries_complete for one in windows.values())
    for same_money in (
        ("FW-008", "FW-009"),
        ("FW-074", "FW-075"),
        ("FW-037", "FW-039"),
        ("FW-003", "FW-005", "FW-006"),
    ):
        assert len({windows[reference].budget_group for reference in same_money} - {None}) == 1


def test_doubts_of_the_practices_are_carried(seeded_session: Session) -> None:
    practices = {one.reference: one for one in seeded_session.scalars(sa.select(GoodPractice))}
    assert practices["GP-121"].providers == []
    assert practices["GP-085"].results_kind == "planned"
    assert practices["GP-003"].results_kind == "unknown"
    assert not any(one.preconditions_verified for one in practices.values())
