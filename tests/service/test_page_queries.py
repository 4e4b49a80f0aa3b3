from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from page_reading import page
from plan_records import Full, a_full_plan, a_triangular, an_investment, an_unmatched
from records import (
    a_country,
    a_good_practice,
    a_need,
    a_source,
    a_theme,
    a_user,
    added,
    an_organization,
    sign_in,
)
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic import database
from sstic.app import create_app
from sstic.tables.accounts import Post, User, UserSession
from sstic.tables.countries import (
    CooperationParty,
    CooperationProject,
    CountryFact,
    CountryLanguage,
    Grouping,
    Indicator,
    IndicatorValue,
    Membership,
    Treaty,
    TreatyParty,
)
from sstic.tables.funding import FundingWindowTheme
from sstic.tables.good_practices import GoodPracticeTheme
from sstic.tables.needs import NeedTheme


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app(), base_url="https://testserver")


LISTS = ("/", "/plan", "/needs", "/good-practices", "/funding-windows", "/countries", "/sources", "/accessibility")


def test_a_country_tells_dated_facts_and_indicators_with_their_sources(session: Session, client: TestClient) -> None:
    a_country(session, "GHA")
    fill_country(session, range(1))
    session.commit()
    tree = page(client, "/countries/GHA")
    tables = {one.one("caption").text: one for one in tree.all("table")}
    dated = [[cell.text for cell in row.all("td")] for row in next(iter(tables.values())).one("tbody").all("tr")]
    assert dated[0][:3] == ["Lower middle income", "1 July 2016", "still so when collected"]
    values = tables["Latest value, and the one some ten years before"].one("tbody").all("tr")[0].all("td")
    assert [cell.text for cell in values[:3]] == ["12.5 (2020)", "10.25 (2010)", "% of GDP"]
    assert values[3].one("a").attributes["href"] == "/sources#SOURCE"


def fill_country(session: Session, numbers: range) -> None:
    """Facts, series, memberships, treaties and projects of Ghana, one of each for each number."""
    a_source(session)
    for number in numbers:
        code = f"{number:03}"
        added(
            session,
            CountryFact(
                iso3="GHA",
                kind="income_group",
                value="LM",
                valid_from=date(2016, 7, 1) + timedelta(number),
                source_code="SOURCE",
            ),
        )
        language = {"language_code": f"l{number}", "language_name": "L", "standing": "official"}
        added(session, CountryLanguage(iso3="GHA", source_code="SOURCE", **language))
        added(session, Indicator(code=code, name=f"Series {code}", unit="% of GDP", source_code="SOURCE"))
        for year, value in ((2010, 10.25), (2020, 12.5)):
            added(session, IndicatorValue(iso3="GHA", indicator_code=code, year=year, value=value))
        added(session, Grouping(code=code, name=f"Union {code}", kind="regional", source_code="SOURCE"))
        added(session, Membership(grouping_code=code, iso3="GHA"))
        added(session, Treaty(code=code, name=f"Treaty {code}"))
        added(session, TreatyParty(treaty_code=code, iso3="GHA", standing="party", source_code="SOURCE"))
        project = CooperationProject(
            reference=code,
            title=f"Project {code}",
            action_area="skills",
            subjects="x",
            modality="triangular",
            source_url="https://example.org/",
            source_note="",
        )
        added(session, project)
        added(session, CooperationParty(project_id=project.id, role="beneficiary", party="GHA", iso3="GHA"))


@contextmanager
def statements() -> Iterator[list[str]]:
    """The queries sent to the database meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    engine = database.engine()
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def test_the_number_of_queries_does_not_grow_with_the_rows(session: Session, client: TestClient) -> None:
    full = a_full_plan(session)
    a_good_practice(session, ("BRA", "GHA"))
    fill_country(session, range(1))
    session.commit()
    addresses = addresses_of(full)
    few = counted(client, addresses)
    grow(session, full)
    assert counted(client, addresses) == few
    assert max(few.values()) <= 25


def addresses_of(full: Full) -> list[str]:
    """The pages, and where the API tells the same."""
    pages = [*LISTS, *full.paths]
    return pages + [f"/api/v1{path}" for path in pages if path not in ("/", "/sources", "/accessibility")]


def counted(client: TestClient, addresses: list[str]) -> dict[str, int]:
    """How many queries each address takes."""
    found = {}
    for address in addresses:
        with statements() as seen:
            assert client.get(address).status_code == 200
        found[address] = len(seen)
    return found


def test_to_know_who_reads_costs_the_public_nothing_and_the_signed_in_two_queries(
    session: Session, client: TestClient
) -> None:
    full = a_full_plan(session)
    addresses = addresses_of(full)
    session.rollback()
    people = {Post.__tablename__, User.__tablename__, UserSession.__tablename__}
    for address in addresses:
        with statements() as seen:
            client.get(address)
        assert not [one for one in seen if any(table in one for table in people)]
    public = counted(client, addresses)
    user = a_user(session, "focal_point")
    for organization in (an_organization(session, "government", country="BRA"), an_organization(session, "donor")):
        post = {"user_id": user.id, "organization_id": organization.id, "from_on": date(2020, 1, 1)}
        added(session, Post(role="approver", **post))
    sign_in(client, user)
    # The page of a need asks whether its history is for the reader; that of a practice what the reader may do with it.
    further = {"/needs/": 1, "/good-practices/": 2}
    more = {one: next((n for start, n in further.items() if one.startswith(start)), 0) for one in addresses}
    assert counted(client, addresses) == {address: number + 2 + more[address] for address, number in public.items()}


def grow(session: Session, full: Full) -> None:
    """Many more rows of each kind, around the same practice, window and country."""
    fill_country(session, range(1, 12))
    for number in range(12):
        need = a_need(session, title=f"Need {number}")
        a_good_practice(session, ("BRA", "GHA"))
        a_triangular(session, full.run, need, full.practice, full.window)
        an_investment(session, full.run, need)
        an_unmatched(session, full.run)
    for number in range(1, 12):
        code = f"T_{number}"
        a_theme(session, code)
        session.add_all(
            [
                NeedTheme(need_id=full.need.id, theme_code=code),
                GoodPracticeTheme(practice_id=full.practice.id, theme_code=code),
                FundingWindowTheme(window_id=full.window.id, theme_code=code),
            ]
        )
    session.commit()
