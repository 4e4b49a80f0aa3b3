"""Who may do what: every route, for every kind of person and object, really asked; and scopes that pages do not show.

What each must answer stands in route_answers.txt, written by hand and not read from the permission table.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from page_reading import page
from permission_world import PEOPLE, SENT, SENT_FILES, World, a_world
from plan_records import a_run, a_triangular
from records import a_need, a_token, a_user, added, an_organization, form_token
from sqlalchemy.orm import Session
from starlette.routing import Mount, compile_path
from starlette.testclient import TestClient

from sstic import scopes
from sstic.access import Allowed, allowed, principal_of
from sstic.app import create_app
from sstic.database import engine
from sstic.identity import standings_of
from sstic.permissions import TABLE, Cell, Principal
from sstic.tables.accounts import Delegation, User
from sstic.tables.countries import Country
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice, TechnologyOffer
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.proposals import Decision

FEW = ("anyone", "focal_point", "coordinator", "reviewer")
ANSWERS = Path(__file__).with_name("route_answers.txt")
# What shows the same on either engine, and takes many requests, is asked on one.
on_sqlite = pytest.mark.parametrize("databases", ["sqlite"], indirect=True)
HOW = (
    f"Add or mend a line 'METHOD ADDRESS OBJECT ANSWERS' in tests/service/{ANSWERS.name}, which tells how; objects that"
    " it names are made in tests/service/permission_world.py."
)
# What the framework serves by itself, to anyone.
WITHOUT_LINE = ("GET /api/v1/openapi.json", "GET /static")


class Asked(NamedTuple):
    """A request of the file, and what each kind of person must be answered."""

    method: str
    address: str
    object: str
    answers: tuple[str, ...]


class Route(NamedTuple):
    """A route of the service, and the lines of the permission table that it names."""

    name: str
    method: str
    pattern: re.Pattern[str]
    guards: tuple[Allowed, ...]

    @property
    def lines(self) -> set[tuple[str, str]]:
        return {guard.line for guard in self.guards}


def read_file(text: str) -> list[Asked]:
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            method, address, kind, *answers = line.split()
            assert len(answers) in (1, len(PEOPLE)), f"{method} {address}: one answer or {len(PEOPLE)}"
            found.append(Asked(method, address, kind, tuple(answers * (len(PEOPLE) // len(answers)))))
    return found


ASKED = read_file(ANSWERS.read_text(encoding="utf-8"))


def routes_of(app: FastAPI) -> list[Route]:
    """Every route and mount, in the order in which they are tried."""
    found = []
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, Mount):
            path = context.original_route.path
            found.append(Route(f"GET {path}", "GET", re.compile(f"^{re.escape(path)}/"), ()))
            continue
        dependant = getattr(context, "dependant", None)
        guards = tuple(one.call for one in dependant.dependencies if isinstance(one.call, Allowed)) if dependant else ()
        for method in sorted((context.methods or set()) - {"HEAD"}):
            found.append(Route(f"{method} {context.path}", method, compile_path(context.path)[0], guards))
    return found


def by_route(routes: Sequence[Route], asked: Sequence[Asked]) -> dict[str, list[Asked]]:
    """The lines of the file by the route that answers them."""
    found: dict[str, list[Asked]] = {route.name: [] for route in routes}
    for one in asked:
        path = one.address.split("?")[0]
        fits = (route.name for route in routes if route.method == one.method and route.pattern.match(path))
        name = next(fits, None)
        assert name, f"No route answers '{one.method} {one.address}' of {ANSWERS.name}."
        found[name].append(one)
    return found


def not_covered(routes: Sequence[Route], asked: Sequence[Asked]) -> list[str]:
    """What the file lacks, and routes that name no line of the permission table."""
    found = []
    for name, lines in by_route(routes, asked).items():
        (route,) = [one for one in routes if one.name == name]
        if not route.guards and name not in WITHOUT_LINE:
            found.append(f"{name} names no line of the permission table")
        wanted = {"none"}
        if "{" in name:
            is_public = any(TABLE[line].get("anyone") == Cell("public") for line in route.lines)
            wanted = {"own", "foreign", "absent"} | ({"public"} if is_public else set())
        missing = wanted - {one.object for one in lines}
        found += [f"{name} has no line for object '{kind}'" for kind in sorted(missing)]
    return found


def answer_of(client: TestClient, asked: Asked) -> str:
    """What a browser is answered, in the words of the file."""
    sent: dict[str, Any] = {}
    if asked.method != "GET":
        fields = SENT.get(f"{asked.method} {asked.address}", {})
        api = asked.address.startswith("/api/")
        sent = {"json": fields} if api else {"data": {"form_token": form_token(client), **fields}}
        sent |= {"files": files} if (files := SENT_FILES.get(asked.address.rpartition("/")[2])) else {}
    answer = client.request(asked.method, asked.address, **sent)
    leads_there = re.fullmatch(r"/sign-in(\?next=.*)?", answer.headers.get("location", ""))
    return "sign-in" if leads_there else str(answer.status_code)


def differences(browsers: dict[str, TestClient], asked: Sequence[Asked], put_back: Callable[[], None]) -> Iterator[str]:
    """Where the service answers otherwise than the file says. What a form changed is put back, as are cookies."""
    for one in asked:
        for kind, wanted in zip(PEOPLE, one.answers, strict=True):
            if kind not in browsers:
                continue
            jar = browsers[kind].cookies.jar
            cookies = list(jar)
            got = answer_of(browsers[kind], one)
            if one.method != "GET":
                put_back()
                jar.clear()
                for cookie in cookies:
                    jar.set_cookie(cookie)
            if got != wanted:
                yield f"{one.method} {one.address} ({one.object}) answers {got} to {kind}, and should {wanted}"


@pytest.fixture
def world(session: Session) -> World:
    """Own, foreign and public objects, and people of every kind."""
    return a_world(session)


def nothing() -> None:
    """Nothing is put back."""


@contextmanager
def a_copy_to_put_back() -> Iterator[Callable[[], None]]:
    """Copy the database as it is now, and give what puts it back; elsewhere than on SQLite nothing is written."""
    if engine().dialect.name != "sqlite":
        yield nothing
        return
    path = engine().url.database or ""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(path)) as opened:
            opened.backup(copy)

        def put_back() -> None:
            with closing(sqlite3.connect(path)) as opened:
                copy.backup(opened)

        yield put_back


def test_every_route_is_covered_and_names_its_line_of_the_table() -> None:
    missing = not_covered(routes_of(create_app()), ASKED)
    assert not missing, "\n".join([*missing, HOW])


def test_every_route_answers_every_kind_of_person_as_written(session: Session, world: World) -> None:
    """All of it on SQLite; on PostgreSQL what queries filter, on the pages and for four kinds of people."""
    asked, kinds = ASKED, PEOPLE
    if engine().dialect.name != "sqlite":
        asked = [one for one in ASKED if one.method == "GET" and one.object != "none" and "/api/" not in one.address]
        kinds = FEW
    with world.browsers(create_app(), kinds) as browsers, a_copy_to_put_back() as put_back:
        found = list(differences(browsers, asked, put_back))
    print(f"{len(asked) * len(kinds)} requests: {len(asked)} lines x {len(kinds)} kinds of people.")
    assert not found, "\n".join([*found, HOW])


# planted holes ----------------------------------------------------------------------------------------------------


def test_a_planted_route_without_a_line_is_found() -> None:
    app = create_app()
    app.add_api_route("/hole/{number}", lambda number: number)
    found = not_covered(routes_of(app), ASKED)
    assert "GET /hole/{number} names no line of the permission table" in found
    assert "GET /hole/{number} has no line for object 'foreign'" in found


def is_open(route: Route) -> bool:
    """Whether a route lets everybody in, whatever the queries then show."""
    return not route.guards or any("anyone" in TABLE[line] for line in route.lines)


@on_sqlite
def test_every_guard_that_is_taken_away_is_found(world: World) -> None:
    app = create_app()
    routes = {route.name: route for route in routes_of(app)}
    lines_by_route = by_route(list(routes.values()), ASKED)
    guarded = {name: lines_by_route[name] for name, route in routes.items() if not is_open(route)}
    assert len(guarded) >= 40
    with world.browsers(app) as browsers, a_copy_to_put_back() as put_back:
        for name, lines in guarded.items():
            app.dependency_overrides = dict.fromkeys(routes[name].guards, principal_of)
            assert next(differences(browsers, lines, put_back), None), name


# What shows nothing else when it is wrong: windows are public anyway, and no page opens a run but the present one.
WITHOUT_EFFECT = {("window", "own", "all"), ("window", "own", "nothing"), ("window", "public", "all")}
WITHOUT_EFFECT |= {("plan", "public", "all")}


def wrong_scopes() -> list[tuple[str, str, str]]:
    """The scopes that cut down what the routes show, each letting through all or nothing."""
    read = {line for route in routes_of(create_app()) for line in route.lines if line[1] == "read"}
    used = {(resource, cell.relation) for resource, action in read for cell in TABLE[resource, action].values()}
    used = {key for key in used if key in scopes.SCOPES and key[1] != "all"}
    return sorted({(*key, wrong) for key in used for wrong in ("all", "nothing")} - WITHOUT_EFFECT)


@on_sqlite
def test_every_scope_that_shows_all_or_nothing_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app()
    routes = routes_of(app)
    assert len(wrong_scopes()) >= 12
    with world.browsers(app) as browsers:
        for resource, relation, wrong in wrong_scopes():
            shown = {route.name for route in routes if (resource, "read") in route.lines}
            lines = [line for name, lines in by_route(routes, ASKED).items() if name in shown for line in lines]
            lines = [one for one in lines if one.address.startswith("/api/")] or lines
            condition = sa.true() if wrong == "all" else sa.false()
            with monkeypatch.context() as patch:
                patch.setitem(scopes.SCOPES, (resource, relation), lambda _who, _reach, is_=condition: is_)
                assert next(differences(browsers, lines, nothing), None), f"{resource} {relation}: {wrong}"


# lists and single objects -----------------------------------------------------------------------------------------

# Lists, and the column that names their rows.
LISTS: dict[str, sa.orm.InstrumentedAttribute[str]] = {
    "/needs": Need.reference,
    "/judgements": Need.reference,
    "/good-practices": GoodPractice.reference,
    "/technology-offers": TechnologyOffer.reference,
    "/funding-windows": FundingWindow.reference,
    "/countries": Country.iso3,
    "/organizations": Organization.reference,
}
# What such a page links to besides: no object has such a reference.
BESIDES = {"new", "drafts", "at-work"}


@on_sqlite
def test_a_list_holds_exactly_what_opens_one_by_one(session: Session, world: World) -> None:
    rows = {path: set(session.scalars(sa.select(column))) for path, column in LISTS.items()}
    session.rollback()
    with world.browsers(create_app()) as browsers:
        for path, client in product(LISTS, browsers.values()):
            prefix = "" if path == "/judgements" else "/api/v1"
            opens = {name for name in rows[path] if client.get(f"{prefix}{path}/{name}").status_code == 200}
            if client.get(path).status_code != 200:
                assert not opens
                continue
            listed = {link.removeprefix(f"{path}/") for link in links_of(client, path) if link.startswith(f"{path}/")}
            listed -= BESIDES
            assert listed == opens
            if prefix:
                told = client.get(prefix + path).json()
                assert {row.get("reference") or row["iso3"] for row in told["rows"]} == listed
                assert told["total"] == len(listed)


def links_of(client: TestClient, path: str) -> set[str]:
    return {one.attributes["href"].split("?")[0] for one in page(client, path).one("main").all("a")}


@on_sqlite
def test_whatever_a_page_links_to_opens(world: World) -> None:
    """From the home page on, every address inside the service; so no page names what its reader may not open."""
    with world.browsers(create_app(), FEW[:3]) as browsers:
        for kind, client in browsers.items():
            seen, waiting = set[str](), {"/"}
            while waiting:
                path = waiting.pop()
                seen.add(path)
                waiting |= {link for link in links_of(client, path) if link.startswith("/")} - seen
            reached = {path.rsplit("/", 1)[-1] for path in seen}
            assert {"N-PUBLIC", "GP-PUBLIC", "FW-FOREIGN", "KEN", "101"} <= reached
            assert ("N-OWN-DRAFT" in reached) == (kind == "focal_point")
            assert ("N-OWN-SENT" in reached) == (kind != "anyone")
            assert ("105" in reached) == (kind == "coordinator")


def test_a_foreign_object_and_an_absent_one_look_alike(world: World) -> None:
    pairs = (("/needs/N-FOREIGN-DRAFT", "/needs/N-ABSENT"), ("/good-practices/GP-FOREIGN", "/good-practices/GP-ABSENT"))
    pairs += (("/proposals/104", "/proposals/999"), ("/investment-proposals/204", "/investment-proposals/999"))
    with world.browsers(create_app(), FEW[:2]) as browsers:
        for client in browsers.values():
            for prefix, (foreign, absent) in product(("", "/api/v1"), pairs):
                first, second = client.get(prefix + foreign), client.get(prefix + absent)
                assert (first.status_code, first.content) == (404, second.content)
                assert first.headers == second.headers


# the API ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(session: Session) -> FastAPI:
    """An application whose API has a line that is not for the public."""
    app = create_app()
    app.add_api_route("/api/v1/hidden", lambda: {}, dependencies=allowed("audit"), operation_id="read_hidden")
    return app


def test_the_api_asks_for_a_token_and_refuses_a_person_without_the_right(session: Session, guarded: FastAPI) -> None:
    client = TestClient(guarded, base_url="https://testserver")
    auditor, officer = (a_token(session, a_user(session, role)) for role in ("auditor", "itpo_officer"))
    ended = a_token(session, a_user(session, "auditor"), expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    session.commit()
    expected = {200: (auditor, None), 403: (officer, None), 401: ({}, "Bearer")}
    for status, (headers, asks) in expected.items():
        answer = client.get("/api/v1/hidden", headers=headers)
        assert (answer.status_code, answer.headers.get("www-authenticate")) == (status, asks)
        assert status == 200 or answer.headers["content-type"] == "application/problem+json"
    for headers in (ended, {"Authorization": "Bearer made-up"}):
        answer = client.get("/api/v1/needs", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'
        assert answer.json()["detail"] == "The request carries no good token."


@on_sqlite
def test_a_token_shows_what_the_session_shows(session: Session, world: World) -> None:
    headers = {kind: a_token(session, user) for kind, user in world.people.items()}
    with world.browsers(create_app()) as browsers:
        for kind, header in headers.items():
            told = browsers["anyone"].get("/api/v1/needs", headers=header).json()
            assert told == browsers[kind].get("/api/v1/needs").json()


def test_the_description_of_the_api_names_lines_and_ways_to_sign_in(guarded: FastAPI) -> None:
    document = guarded.openapi()
    assert set(document["components"]["securitySchemes"]) == {"token", "session"}
    public, hidden = (document["paths"][f"/api/v1/{name}"]["get"] for name in ("needs", "hidden"))
    assert (public["x-permission"], hidden["x-permission"]) == ("need read", "audit read")
    assert public["security"] == [{}, {"token": []}, {"session": []}]
    assert hidden["security"] == [{"token": []}, {"session": []}]
    assert ("403" in public["responses"], "403" in hidden["responses"]) == (False, True)


# two persons ------------------------------------------------------------------------------------------------------


def as_they_are(session: Session, user: User) -> Principal:
    return Principal(user.id, user.name, standings_of(session, user, date(2026, 11, 25)))


def test_every_cell_that_asks_for_a_second_person_knows_who_the_first_was() -> None:
    asked = {line for line, row in TABLE.items() for cell in row.values() if cell.second_person}
    assert asked == set(scopes.SECOND_PERSONS)


def test_every_line_about_rows_has_its_scope() -> None:
    """A relation without a scope fails when it is first used. People of an organization are read by way of it."""
    missing = {
        (resource, cell.relation)
        for (resource, _), row in TABLE.items()
        for cell in row.values()
        if resource in scopes.TABLES and (resource, cell.relation) not in scopes.SCOPES
    }
    assert missing == {("person", "own"), ("person", "lead")}


def test_who_wrote_a_need_does_not_endorse_it(session: Session) -> None:
    home, away = (an_organization(session, "government", country=country) for country in ("GHA", "KEN"))
    author, other = (a_user(session, "approver", home) for _ in range(2))
    stranger, focal_point = a_user(session, "approver", away), a_user(session, "focal_point", home)
    need = a_need(session, status="submitted", author_id=author.id)
    nobodys = a_need(session, status="submitted")

    def may_endorse(user: User, row: Need = need) -> bool:
        return scopes.may(session, as_they_are(session, user), "need", "endorse", row)

    assert [may_endorse(user) for user in (author, other, stranger, focal_point)] == [False, True, False, False]
    assert scopes.may(session, as_they_are(session, author), "need", "read", need)
    assert not may_endorse(other, nobodys), "where nobody knows who wrote it, nobody may"
    listed = session.scalars(sa.select(Need.id).where(scopes.within(as_they_are(session, other), "need", "endorse")))
    assert list(listed) == [need.id]


def test_an_author_who_stands_in_for_the_approver_does_not_endorse_either(session: Session) -> None:
    home = an_organization(session, "government")
    approver, author, third = (a_user(session, role, home) for role in ("approver", "focal_point", "focal_point"))
    need = a_need(session, status="submitted", author_id=author.id)
    for deputy in (author, third):
        lent = {"from_on": date(2026, 11, 1), "until_on": date(2026, 12, 1)}
        added(session, Delegation(post_id=approver.posts[0].id, deputy_id=deputy.id, **lent))
    able = [scopes.may(session, as_they_are(session, one), "need", "endorse", need) for one in (author, third)]
    assert able == [False, True]


def test_who_shortlisted_a_proposal_does_not_approve_it(session: Session) -> None:
    first, second = (a_user(session, "coordinator") for _ in range(2))
    proposal = a_triangular(session, a_run(session), status="shortlisted")

    def may_approve() -> list[bool]:
        people = (as_they_are(session, user) for user in (first, second))
        return [scopes.may(session, one, "proposal", "approve", proposal) for one in people]

    def shortlisted_by(user: User) -> None:
        step = {"from_status": "suggested", "to_status": "shortlisted", "decided_at": datetime.now(UTC)}
        added(session, Decision(triangular_id=proposal.id, decided_by=user.id, **step))

    assert may_approve() == [False, False], "nobody shortlisted it"
    shortlisted_by(first)
    assert may_approve() == [False, True]
    assert not scopes.may(session, as_they_are(session, a_user(session, "reviewer")), "proposal", "approve", proposal)
    shortlisted_by(second)
    assert may_approve() == [False, False], "both took part in the step before"
