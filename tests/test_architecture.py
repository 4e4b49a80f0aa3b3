"""Who may import whom. The arrows of the house, read from the imports of every file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("organizations", "needs", "good_practices", "funding", "investment", "accounts", "proposals", "countries")
ROOMS += ("reports", "match_runs", "home", "seeding", "judgements", "history", "personal_data", "technology_offers")
WEB = ("fastapi", "starlette", "jinja2", "uvicorn", "sstic.pages", "sstic.api", "sstic.app", "sstic.errors")
DATABASE = ("sqlalchemy", "alembic", "sstic.database", "sstic.tables")


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return found


def lies_in(name: str, packages: tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def forbidden(module: str, names: set[str]) -> list[str]:
    """The imports that a module must not have."""
    last = module.rsplit(".", 1)[-1]
    found = [name for name in names if lies_in(name, ("sstic.app", "sstic.cli")) and module != "sstic.cli"]
    if lies_in(module, ("matching",)):
        found += [name for name in names if lies_in(name, ("sstic", "os", "random", "socket", "sqlalchemy", "fastapi"))]
    if lies_in(module, ("sstic.tables",)):
        found += [n for n in names if lies_in(n, WEB) or lies_in(n, tuple(f"sstic.{room}" for room in ROOMS))]
        found += [name for name in names if lies_in(name, ("matching",))]
    if last == "form":
        found += [name for name in names if lies_in(name, DATABASE)]
    if last in ("storing", "snapshot", "queries") or "actions" in module.split("."):
        found += [name for name in names if lies_in(name, WEB)]
    if lies_in(module, ("sstic",)) and not lies_in(module, ("sstic.match_runs", "sstic.cli", "sstic.terminal")):
        found += [name for name in names if lies_in(name, ("matching",))]
    own = module.split(".")[1] if module.startswith("sstic.") else ""
    others = tuple(f"sstic.{room}.{edge}" for room in ROOMS if room != own for edge in ("pages", "api"))
    if own != "app":
        found += [name for name in names if lies_in(name, others)]
    return sorted(set(found))


FILES = sorted([*(ROOT / "sstic").rglob("*.py"), *(ROOT / "matching").rglob("*.py")])


@pytest.mark.parametrize("file", FILES, ids=module_name)
def test_imports_follow_the_arrows(file: Path) -> None:
    assert forbidden(module_name(file), imported(ast.parse(file.read_text(encoding="utf-8")))) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("matching.solve", "import sstic.tables"),
        ("matching.criteria", "from sqlalchemy import select"),
        ("matching.problem", "import random"),
        ("sstic.tables.needs", "from sstic.needs.queries import one"),
        ("sstic.tables.needs", "import fastapi"),
        ("sstic.needs.form", "from sstic.database import engine"),
        ("sstic.match_runs.actions", "from fastapi import Request"),
        ("sstic.accounts.actions.posts", "from sstic.pages import render"),
        ("sstic.home.pages", "from sstic.accounts.pages.own import router"),
        ("sstic.needs.queries", "import matching"),
        ("sstic.needs.pages", "from sstic.countries.pages import router"),
        ("sstic.needs.pages", "from sstic.app import app"),
        ("sstic.settings", "from sstic import cli"),
    ],
)
def test_a_planted_import_is_found(module: str, line: str) -> None:
    assert forbidden(module, imported(ast.parse(line))) != []


def test_no_drawers() -> None:
    drawers = {"utils", "util", "core", "common", "manager", "helper", "helpers", "service", "services", "misc"}
    assert [str(file) for file in FILES if file.stem in drawers or file.parent.name in drawers] == []


def clock_reads(tree: ast.AST) -> list[str]:
    """Calls that make an answer depend on the day or on chance; time.monotonic only measures."""
    calls = {"now", "today", "utcnow", "time", "random", "default_rng", "getenv", "seed"}
    attributes = (
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )
    return [name for name in attributes if name in calls]


@pytest.mark.parametrize("file", [file for file in FILES if file.parts[-2] == "matching"], ids=module_name)
def test_matching_knows_no_clock_and_no_chance(file: Path) -> None:
    assert clock_reads(ast.parse(file.read_text(encoding="utf-8"))) == []
