import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from fastapi.routing import iter_route_contexts
from page_reading import Element, read
from plan_records import a_run, a_triangular, an_investment, an_unmatched
from records import (
    a_country,
    a_funding_window,
    a_good_practice,
    a_need,
    a_source,
    a_theme,
    added,
    an_investor,
    an_organization,
)
from sqlalchemy.orm import Session
from starlette.routing import Mount
from starlette.testclient import TestClient

from sstic import database
from sstic.access import anyone
from sstic.app import create_app
from sstic.funding import queries as funding
from sstic.headers import HEADERS
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
from sstic.tables.funding import FundingWindow, FundingWindowTheme
from sstic.tables.good_practices import Capability, GoodPractice, GoodPracticeTheme
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need, NeedTheme
from sstic.tables.proposals import InvestmentProposal, TriangularProposal

# Every address of the service, and who may use it. A new one fails the test until it stands here.
ROUTES = {
    "/": "anyone",
    "/plan": "anyone",
    "/proposals/{number}": "anyone",
    "/investment-proposals/{number}": "anyone",
    "/needs": "anyone",
    "/needs/{reference}": "anyone",
    "/good-practices": "anyone",
    "/good-practices/{reference}": "anyone",
    "/funding-windows": "anyone",
    "/funding-windows/{reference}": "anyone",
    "/countries": "anyone",
    "/countries/{iso3}": "anyone",
    "/sources": "anyone",
    "/accessibility": "anyone",
    "/healthz": "anyone",
    "/readyz": "anyone",
    "/api/v1/plan": "anyone",
    "/api/v1/proposals/{number}": "anyone",
    "/api/v1/investment-proposals/{number}": "anyone",
    "/api/v1/needs": "anyone",
    "/api/v1/needs/{reference}": "anyone",
    "/api/v1/good-practices": "anyone",
    "/api/v1/good-practices/{reference}": "anyone",
    "/api/v1/funding-windows": "anyone",
    "/api/v1/funding-windows/{reference}": "anyone",
    "/api/v1/countries": "anyone",
    "/api/v1/countries/{iso3}": "anyone",
    "/api/v1/openapi.json": "framework",
}


def test_every_route_is_listed_and_says_who_may_use_it() -> None:
    found = {}
    for context in iter_route_contexts(create_app().routes):
        route = context.original_route
        if isinstance(route, Mount):
            assert route.path == "/static"
            continue
        assert context.methods in ({"GET"}, {"GET", "HEAD"})
        dependant = getattr(context, "dependant", None)
        callers = {one.call for one in dependant.dependencies} if dependant else set()
        found[context.path] = "anyone" if anyone in callers else "framework"
    assert found == ROUTES


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app())


def page(client: TestClient, path: str, status: int = 200, **headers: str) -> Element:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    return read(answer.text)


@dataclass
class Full:
    """One of everything."""

    run: MatchRun
    need: Need
    practice: GoodPractice
    window: FundingWindow
    proposal: TriangularProposal
    investment: InvestmentProposal

    @property
    def paths(self) -> list[str]:
        """The addresses of the pages that show it."""
        return [
            f"/proposals/{self.proposal.id}",
            f"/investment-proposals/{self.investment.id}",
            f"/needs/{self.need.reference}",
            f"/good-practices/{self.practice.reference}",
            f"/funding-windows/{self.window.reference}",
            f"/countries/{self.need.country_iso3}",
        ]


def a_full_plan(session: Session) -> Full:
    """A plan with one of everything."""
    need = a_need(session, source_url="https://example.org/need")
    practice, window = a_good_practice(session), a_funding_window(session)
    run = a_run(session)
    proposal = a_triangular(session, run, need, practice, window)
    made = Full(run, need, practice, window, proposal, an_investment(session, run, need))
    an_unmatched(session, run)
    session.commit()
    return made


LISTS = ("/", "/plan", "/needs", "/good-practices", "/funding-windows", "/countries", "/sources", "/accessibility")


def test_every_page_is_well_formed(session: Session, client: TestClient) -> None:
    for path in (*LISTS, *a_full_plan(session).paths):
        tree = page(client, path)
        html = tree.one("html")
        assert (html.attributes["lang"], html.attributes["dir"]) == ("en", "ltr")
        assert len(tree.all("h1")) == len(tree.all("main")) == 1
        assert tree.one("head").one("title").text.endswith("SSTIC matching")
        assert tree.one("a", **{"class": "govuk-skip-link"}).attributes["href"] == "#main-content"
        ids = [one.attributes["id"] for one in tree.walk() if "id" in one.attributes]
        assert len(ids) == len(set(ids))
        for table in tree.all("table"):
            assert table.all("caption")
            assert all(head.attributes.get("scope") for head in table.all("th"))
        for picture in tree.all("svg", role="img"):
            assert picture.children
            assert picture.all("title")
            assert picture.all("desc")


def test_no_page_holds_inline_styles_or_scripts(session: Session, client: TestClient) -> None:
    for path in (*LISTS, *a_full_plan(session).paths, "/nowhere"):
        for one in read(client.get(path).text).walk():
            assert "style" not in one.attributes
            assert one.tag != "style"
            assert not [name for name in one.attributes if name.startswith("on")]
            if one.tag == "script":
                assert one.attributes["src"].startswith("/static/")
                assert not one.text


@pytest.mark.parametrize(
    ("path", "status"),
    [("/needs", 200), ("/nowhere", 404), ("/needs?page=0", 422), ("/static/theme.css", 200), ("/static/no.css", 404)],
)
def test_every_answer_carries_the_headers(client: TestClient, path: str, status: int) -> None:
    answer = client.get(path)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/needs", "/api/v1/needs", "/static/theme.css", "/nowhere"])
def test_who_asks_for_headers_alone_gets_those_of_the_page(client: TestClient, path: str) -> None:
    whole, head = client.get(path), client.head(path)
    assert head.content == b""
    assert head.status_code == whole.status_code
    assert head.headers == whole.headers


def test_an_unexpected_error_tells_nothing_of_itself(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the secret marker")

    monkeypatch.setattr("sstic.needs.queries.list_needs", fail)
    for path in ("/needs", "/api/v1/needs"):
        answer = client.get(path)
        assert answer.status_code == 500
        assert "marker" not in answer.text
        assert "Traceback" not in answer.text
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=10001", "page=x", "q=%00", "q=" + "x" * 101, "action_area=marker", "region=marker", "country=gh"],
)
def test_a_bad_filter_is_told_without_repeating_it(client: TestClient, query: str) -> None:
    answer = client.get(f"/needs?{query}")
    assert answer.status_code == 422
    assert read(answer.text).one("h1").text == "Part of the address is not valid"
    content = read(answer.text).one("main")
    assert "marker" not in content.text


def test_a_form_left_empty_asks_for_everything(session: Session, client: TestClient) -> None:
    a_full_plan(session)
    fields = ("q", "action_area", "region", "country", "status", "results", "donor_type", "opening", "group", "page")
    empty = "&".join(f"{name}=" for name in fields)
    for path in ("/plan", "/needs", "/good-practices", "/funding-windows", "/countries"):
        assert "Nothing found." not in page(client, f"{path}?{empty}&q=+").one("main").text


@pytest.mark.parametrize(
    "path", ["/needs/N-999999", "/proposals/1", "/countries/XXX", "/funding-windows/FW-999", "/nowhere"]
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    tree = page(client, path, 404)
    assert tree.one("h1").text == "Page not found"


@pytest.mark.parametrize("path", ["/proposals/0", "/proposals/2147483648", "/countries/gha", "/needs/a%00b"])
def test_a_code_of_the_wrong_form_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_without_rows_every_list_says_so(client: TestClient) -> None:
    for path in ("/needs", "/good-practices", "/funding-windows", "/countries"):
        assert "Nothing found." in page(client, path).one("main").text
    assert "sstic match" in page(client, "/plan").one("main").text
    assert "sstic match" in page(client, "/").one("main").text


def test_what_is_not_published_stays_hidden(session: Session, client: TestClient) -> None:
    for state in ("draft", "submitted", "returned", "withdrawn"):
        need = a_need(session, title="A hidden need", status=state)
        session.commit()
        page(client, f"/needs/{need.reference}", 404)
    for state in ("draft", "provider_confirmed", "reviewed", "archived"):
        practice = a_good_practice(session, title="A hidden practice", status=state)
        session.commit()
        page(client, f"/good-practices/{practice.reference}", 404)
    for path in ("/needs", "/good-practices", "/countries/GHA", "/countries/BRA", "/"):
        assert "hidden" not in page(client, path).text
    run = a_run(session, status="discarded")
    proposal = a_triangular(session, run)
    session.commit()
    page(client, f"/proposals/{proposal.id}", 404)
    assert "sstic match" in page(client, "/plan").text


def test_a_list_is_filtered_searched_and_cut_into_pages(session: Session, client: TestClient) -> None:
    a_country(session, "FJI", region="Oceania")
    for number in range(21):
        a_need(session, title=f"Cocoa need {number}")
    other = a_need(session, "FJI", theme="T_GREEN", title="Solar 100% & more", action_area="environment")
    session.commit()
    first = page(client, "/needs")
    assert len(first.with_class("app-result")) == 20
    assert "Results 1 to 20 of 22" in first.text
    second = page(client, "/needs?page=2")
    assert len(second.with_class("app-result")) == 2
    page(client, "/needs?page=3", 404)
    for query in ("q=solar", "q=SOLAR+more", "q=100%25", "region=Oceania", "country=FJI", "action_area=environment"):
        found = page(client, f"/needs?{query}").with_class("app-result")
        assert [one.one("h2").text for one in found] == [other.title]
    assert not page(client, "/needs?q=%25%25").with_class("app-result")
    kept = page(client, "/needs?q=cocoa&action_area=&page=").one("nav", **{"class": "govuk-pagination"})
    assert any(link.attributes["href"] == "?q=cocoa&page=2" for link in kept.all("a"))


def test_text_stays_text_and_only_web_addresses_become_links(session: Session, client: TestClient) -> None:
    wicked = "<script>alert(1)</script><b onload=x>{{ 7*7 }}"
    need = a_need(session, title=wicked, statement=wicked, source_url="javascript:alert(1)")
    session.commit()
    for path in ("/needs", f"/needs/{need.reference}", "/countries/GHA"):
        tree = page(client, path)
        assert wicked in tree.text
        assert len(tree.all("script")) == 1
        assert not [one for one in tree.all("a") if one.attributes["href"].startswith("javascript")]


def fact(tree: Element, key: str) -> Element:
    (row,) = [one for one in tree.with_class("govuk-summary-list__row") if one.one("dt").text == key]
    return row.one("dd")


def test_unknown_is_told_as_unknown(session: Session, client: TestClient) -> None:
    need, window = a_need(session), a_funding_window(session)
    session.commit()
    tree = page(client, f"/needs/{need.reference}")
    assert fact(tree, "Budget").text == "Unknown"
    assert fact(tree, "Own share of the cost").text == "Unknown"
    tree = page(client, f"/funding-windows/{window.reference}")
    for key in ("Opens", "Closes", "Recurs", "Budget", "Smallest ticket", "Co-financing asked"):
        assert fact(tree, key).text == "Unknown"
    assert "Opening unknown" in tree.one("main").text


def test_readings_plans_and_made_up_figures_are_marked(session: Session, client: TestClient) -> None:
    institute = an_organization(session, "provider_institution")
    practice = a_good_practice(
        session,
        institution_id=institute.id,
        preconditions="A laboratory.",
        results="Will save energy.",
        results_kind="planned",
    )
    year = date.today().year  # noqa: DTZ011 - the page shows the present year
    for one in (year, year + 1):
        added(session, Capability(institution_id=institute.id, year=one, slots_per_year=3, is_demo=True))
    session.commit()
    tree = page(client, f"/good-practices/{practice.reference}")
    assert "Not verified" in fact(tree, "Preconditions").text
    assert "Planned, not achieved yet" in fact(tree, "Results").text
    assert fact(tree, "Slots of the institution this year").text == "3 Made up for the demonstration"


TODAY = date(2026, 11, 24)
WINDOWS = [
    ("open", {"open_to": TODAY}),
    ("open", {"open_from": TODAY, "open_to": TODAY + timedelta(1)}),
    ("not_yet", {"open_from": TODAY + timedelta(1)}),
    ("unknown", {}),
    ("unknown", {"open_from": TODAY - timedelta(1)}),
    ("closed", {"open_to": TODAY - timedelta(1)}),
    ("closed", {"open_to": TODAY - timedelta(1), "recurs": False}),
    ("closed_recurs", {"open_to": TODAY - timedelta(1), "recurs": True}),
    ("record", {"kind": "past_contribution", "open_to": TODAY + timedelta(1)}),
]


def test_the_opening_of_a_window_is_told_and_filtered_alike(session: Session) -> None:
    made = [(opening, a_funding_window(session, **facts)) for opening, facts in WINDOWS]
    for opening in {opening for opening, _ in WINDOWS}:
        wanted = funding.WindowFilter.model_validate({"opening": opening})
        found, total = funding.list_windows(session, wanted, TODAY, 0, 100)
        assert {one.id for one in found} == {window.id for told, window in made if told == opening}
        assert total == len(found)
    assert [funding.opening_of(window, TODAY) for _, window in made] == [opening for opening, _ in made]


def test_the_plan_tells_its_proof_limits_and_what_it_left(session: Session, client: TestClient) -> None:
    a_full_plan(session)
    tree = page(client, "/plan")
    tiles = {one.one("dt").text: one.one("dd").text for one in tree.with_class("app-tile")}
    assert tiles == {
        "triangular proposals": "1",
        "investment proposals": "1",
        "needs left without a proposal": "1",
        "points reached": "63.41",
        "points that no plan can exceed": "63.50",
        "proven gap": "0.14%",
    }
    assert "Computed on 24 November 2026, 10:30 UTC." in tree.text
    assert "ab" * 32 in tree.text
    (left,) = tree.with_class("app-unmatched")
    assert "No practice has its themes." in left.text
    assert "Code the need also 'Quality'." in left.text
    assert "at most 12.50 points" in tree.text


def test_the_map_and_its_table_hold_the_same_facts(session: Session, client: TestClient) -> None:
    chile = a_country(session, "CHL", longitude=-70.7, latitude=-33.4)
    donor = an_organization(session, "donor", country=chile.iso3)
    run = a_run(session)
    a_triangular(session, run, window=a_funding_window(session, donor_id=donor.id))
    a_triangular(session, run)
    session.commit()
    tree = page(client, "/plan")
    picture = tree.one("svg", **{"class": "app-map"})
    lines = [one.text for one in picture.all("path", **{"class": "app-line"})]
    assert sorted(lines) == ["Country BRA → Country GHA (2)", "Country CHL → Country GHA (1)"]
    (table,) = [one for one in tree.all("table") if one.one("caption").text == "The triangles on the map"]
    rows = [[cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")]
    assert sorted(rows) == sorted(
        [
            ["Country GHA", "Country BRA", f"{donor.name} (Country CHL)", "63.41"],
            ["Country GHA", "Country BRA", rows[1][2], "63.41"],
        ]
    )
    assert "not a single country" in rows[1][2]


def test_the_plan_is_filtered(session: Session, client: TestClient) -> None:
    a_country(session, "FJI", region="Oceania")
    run = a_run(session)
    here = a_triangular(session, run)
    green = a_need(session, "FJI", action_area="environment")
    there = a_triangular(session, run, green, status="shortlisted")
    session.commit()

    def numbers(query: str) -> set[str]:
        (table,) = [
            one
            for one in page(client, f"/plan?{query}").all("table")
            if one.one("caption").text == "Triangular proposals, most points first"
        ] or [Element("table", {})]
        links = [one.attributes["href"] for one in table.all("a")]
        return {link.rsplit("/", 1)[1] for link in links if link.startswith("/proposals/")}

    assert numbers("") == {str(here.id), str(there.id)}
    for query in ("action_area=environment", "region=Oceania", "status=shortlisted"):
        assert numbers(query) == {str(there.id)}
    assert numbers("region=Asia") == set()
    assert client.get("/plan?status=marker").status_code == 422


def test_a_proposal_tells_why(session: Session, client: TestClient) -> None:
    tree = page(client, a_full_plan(session).paths[0])
    tables = {one.one("caption").text: one for one in tree.all("table")}
    scores = {row.one("th").text: row for row in tables["Points by criterion"].one("tbody").all("tr")}
    assert scores["Demand fit and endorsement"].all("td")[0].text == "63.41 / 100.00"
    assert scores["Demand fit and endorsement"].all("rect")[1].attributes["width"] == "63.41"
    assert scores["Complementarity and ownership"].all("td")[0].text == "Unknown, left out"
    rules = tables["Hard rules and what they found"].text
    assert "? Unknown" in rules
    assert "Question to ask: Is it taking proposals now?" in rules
    money = [[cell.text for cell in row.all("td")] for row in tables["Budget split"].one("tbody").all("tr")]
    assert money[0][:3] == ["Cash", "USD 50,500", "80%"]
    assert money[1][:3] == ["In kind", "Unknown", "Unknown"]
    assert "Worked there." in tables["Evidence"].text
    network = tree.one("svg", **{"class": "app-network"})
    assert [one.text for one in network.all("text", **{"class": "app-network__edge"})] == [
        "Past project",
        "Replicated in",
    ]
    assert "Why it was not chosen: Fewer points." in tree.text
    assert "https://example.org/project" in {one.attributes["href"] for one in tree.all("a")}


def test_a_proposal_of_an_earlier_plan_says_so(session: Session, client: TestClient) -> None:
    old = a_triangular(session, a_run(session))
    a_run(session)
    session.commit()
    assert "belongs to an earlier plan" in page(client, f"/proposals/{old.id}").text


def test_an_investor_that_is_not_public_is_named_nowhere(session: Session, client: TestClient) -> None:
    secret = an_investor(session)
    secret.is_public = False
    secret.organization.name, secret.kind_text = 'Canary "Capital"', "canary kind"
    run = a_run(session)
    told = {"limit": f"investor_deals:{secret.reference}", "text": 'deals of Canary "Capital"', "unit": "deal"}
    run.binding_limits = [{**told, "used": 1, "capacity": 1, "worth": 5}]
    hidden = an_investment(session, run, investor=secret)
    rival = {"investor": secret.reference, "investor_name": 'Canary "Capital"', "office": "X", "office_name": "X"}
    other = an_investment(session, run, runner_up={**rival, "points": 1, "why_not": 'Canary "Capital" is full.'})
    reasons = [{"code": "investor_deals", "text": 'Nothing is left of deals of Canary "Capital".'}]
    change = {"text": 'Canary "Capital" would have to cover it.', "changes": []}
    left = an_unmatched(session, run, mode="investment", reasons=reasons, smallest_change=change)
    session.commit()
    paths = ["/plan", f"/investment-proposals/{hidden.id}", f"/investment-proposals/{other.id}"]
    paths += [f"/needs/{one.need.reference}" for one in (hidden, left)]
    for path in paths:
        for address in (path, f"/api/v1{path}"):
            text = client.get(address).text
            assert "anary" not in text
            assert secret.reference not in text.replace(hidden.need.reference, "")
    assert "An investor (name withheld)" in page(client, f"/investment-proposals/{hidden.id}").text


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
    """The statements sent to the database meanwhile."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_: object) -> None:
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
    addresses = [*LISTS, *full.paths]
    addresses += [f"/api/v1{path}" for path in addresses if path not in ("/", "/sources", "/accessibility")]

    def counted() -> dict[str, int]:
        found = {}
        for address in addresses:
            with statements() as seen:
                assert client.get(address).status_code == 200
            found[address] = len(seen)
        return found

    few = counted()
    grow(session, full)
    assert counted() == few
    assert max(few.values()) <= 25


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


def test_readiness_tells_of_the_database(client: TestClient, session: Session) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    session.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    session.commit()
    assert client.get("/readyz").status_code == 503


def test_numbers_in_the_plan_read_as_points(session: Session, client: TestClient) -> None:
    tree = page(client, a_full_plan(session).paths[0])
    assert re.search(r"\b63\.41 of 100\b", tree.one("main").text)
