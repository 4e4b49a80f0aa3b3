"""Who may do what: every route, for every kind of person and object, really asked; and scopes that pages do not show.

What each must answer stands in route_answers.txt, written by hand and not read from the permission table.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from permission_world import PEOPLE, SENT, World, a_world
from records import form_token
from sqlalchemy.orm import Session
from starlette.routing import Mount, compile_path
from starlette.testclient import TestClient

from sstic.access import Allowed
from sstic.app import create_app
from sstic.database import engine
from sstic.permissions import TABLE

ANSWERS = Path(__file__).with_name("route_answers.txt")
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
            is_open = any("anyone" in TABLE[line] for line in route.lines)
            wanted = {"own", "foreign", "absent"} | ({"public"} if is_open else set())
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
    answer = client.request(asked.method, asked.address, **sent)
    if answer.status_code == 303 and answer.headers["location"].startswith("/sign-in"):
        return "sign-in"
    return str(answer.status_code)


def differences(
    browsers: dict[str, TestClient], asked: Sequence[Asked], put_back: Callable[[], None] = lambda: None
) -> Iterator[str]:
    """Where the service answers otherwise than the file says. ``put_back`` undoes what a form changed."""
    for one in asked:
        for kind, wanted in zip(PEOPLE, one.answers, strict=True):
            if kind not in browsers:
                continue
            got = answer_of(browsers[kind], one)
            if one.method != "GET":
                put_back()
            if got != wanted:
                yield f"{one.method} {one.address} ({one.object}) answers {got} to {kind}, and should {wanted}"


@pytest.fixture
def world(session: Session) -> World:
    """Own, foreign and public objects, and people of every kind."""
    return a_world(session)


def copies_of_the_database() -> tuple[Callable[[], None], Callable[[], None]]:
    """On SQLite: take a copy of the database now, and put it back."""
    copy = sqlite3.connect(":memory:")
    path = engine().url.database or ""

    def copied(source: sqlite3.Connection, target: sqlite3.Connection) -> None:
        source.backup(target)

    with closing(sqlite3.connect(path)) as opened:
        copied(opened, copy)

    def put_back() -> None:
        with closing(sqlite3.connect(path)) as opened:
            copied(copy, opened)

    return put_back, copy.close


def test_every_route_is_covered_and_names_its_line_of_the_table() -> None:
    missing = not_covered(routes_of(create_app()), ASKED)
    assert not missing, "\n".join([*missing, HOW])


def test_every_route_answers_every_kind_of_person_as_written(session: Session, world: World) -> None:
    """All of it on SQLite; on PostgreSQL what is filtered by queries, for four kinds of people."""
    browsers, asked = world.browsers(create_app()), ASKED
    put_back, close = (lambda: None), (lambda: None)
    if engine().dialect.name == "sqlite":
        put_back, close = copies_of_the_database()
    else:
        asked = [one for one in ASKED if one.method == "GET" and one.object != "none" and "api" not in one.address]
        browsers = {kind: browsers[kind] for kind in ("anyone", "focal_point", "coordinator", "reviewer")}
    found = list(differences(browsers, asked, put_back))
    close()
    print(f"{len(asked) * len(browsers)} requests: {len(asked)} lines x {len(browsers)} kinds of people.")
    assert not found, "\n".join([*found, HOW])
