from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from page_reading import Element, page, read
from plan_records import a_full_plan, a_run, a_triangular
from records import (
    a_country,
    a_funding_window,
    a_good_practice,
    a_need,
    added,
    an_organization,
)
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.app import create_app
from sstic.funding import queries as funding
from sstic.headers import HEADERS
from sstic.permissions import ANYONE
from sstic.tables.good_practices import Capability


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database; tests add rows by ``session`` and commit."""
    return TestClient(create_app())


LISTS = ("/", "/plan", "/needs", "/good-practices", "/funding-windows", "/countries", "/judgements")
LISTS += ("/sources", "/accessibility")


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
        found, total = funding.list_windows(session, ANYONE, wanted, TODAY, 0, 100)
        assert {one.id for one in found} == {window.id for told, window in made if told == opening}
        assert total == len(found)
    assert [funding.opening_of(window, TODAY) for _, window in made] == [opening for opening, _ in made]


def test_readiness_tells_of_the_database(client: TestClient, session: Session) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}
    session.execute(sa.text("UPDATE alembic_version SET version_num = 'older'"))
    session.commit()
    assert client.get("/readyz").status_code == 503
