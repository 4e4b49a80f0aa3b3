"""Every action that adds, changes or removes a row leaves an audit row: read from the code of each room."""

import ast
from pathlib import Path

import pytest

from sstic.labels import LABELS

SSTIC = Path(__file__).resolve().parent.parent / "sstic"
FILES = sorted([*SSTIC.glob("*/actions.py"), *SSTIC.glob("*/actions/*.py")])
WRITES = {"add", "add_all", "delete", "merge", "insert", "update"}
# What changes rows and tells nobody, each with the reason.
UNTOLD = {
    "accounts/actions/attempts.py:begin": "counts tries; that one failed is told by whoever judged it",
    "accounts/actions/attempts.py:succeeded": "takes a count back",
    "match_runs/actions.py:report_progress": "renews a lease every few seconds; that the run was taken up is told",
}


def is_write(node: ast.AST) -> bool:
    """Whether a statement writes: session.add(row), sa.delete(table), setattr(row, ...), row.title = ..."""
    if isinstance(node, ast.Call):
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            return called.attr in WRITES and called.value.id in ("session", "sa")
        return isinstance(called, ast.Name) and called.id == "setattr"
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    flat = [one for target in targets for one in (target.elts if isinstance(target, ast.Tuple) else [target])]
    return any(isinstance(one, ast.Attribute) and not is_self(one.value) for one in flat)


def is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"


def calls(function: ast.AST) -> set[str]:
    """The names that a function calls, `audit.record` as `audit.record`."""
    found = set()
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.add(node.func.id)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            value = node.func.value
            found.add(f"{value.id}.{node.func.attr}" if isinstance(value, ast.Name) else node.func.attr)
    return found


def untold(sources: dict[str, str]) -> list[str]:
    """The public functions that write, themselves or by others of their room, while none of them records it.

    ``sources`` are the files of the actions of one room.
    """
    functions: dict[str, tuple[str, ast.FunctionDef]] = {}
    for file, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef):
                functions[node.name] = (file, node)

    def reached(name: str, seen: frozenset[str] = frozenset()) -> set[str]:
        if name not in functions or name in seen:
            return set()
        further = {one.rpartition(".")[2] for one in calls(functions[name][1])}
        return {name}.union(*(reached(one, seen | {name}) for one in further))

    found = []
    for name, (file, _) in functions.items():
        within = [functions[one][1] for one in reached(name)]
        writes = any(is_write(node) for function in within for node in ast.walk(function))
        tells = any("audit.record" in calls(function) for function in within)
        if writes and not tells and not name.startswith("_"):
            found.append(f"{file}:{name}")
    return sorted(found)


def rooms() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for file in FILES:
        name = file.relative_to(SSTIC).as_posix()
        found.setdefault(name.split("/")[0], {})[name] = file.read_text(encoding="utf-8")
    return found


def test_every_action_that_writes_is_audited() -> None:
    assert len(rooms()) >= 3
    assert [one for sources in rooms().values() for one in untold(sources)] == sorted(UNTOLD)


PLANTED = """
from sstic import audit


def endorse_need(session, who, need):
    {body}


def _close(session, need):
    need.status = "closed"


def _told(session, need):
    audit.record(session, "user:1", "close_need", "need", need.id, {{}})
"""


@pytest.mark.parametrize(
    "body",
    [
        "need.status = 'endorsed'",
        "need.status, need.year = 'endorsed', 2026",
        "need.year += 1",
        "session.add(need)",
        "session.delete(need)",
        "session.execute(sa.update(Need).values(status='endorsed'))",
        "session.execute(sa.delete(Need))",
        "setattr(need, 'status', 'endorsed')",
        "_close(session, need)",
        "return [_close(session, one) for one in need]",
    ],
)
def test_a_planted_action_without_an_audit_row_is_found(body: str) -> None:
    assert untold({"needs/actions.py": PLANTED.format(body=body)}) == ["needs/actions.py:endorse_need"]
    told = PLANTED.format(body=f"_told(session, need)\n    {body}")
    assert untold({"needs/actions.py": told}) == []


def test_an_action_that_only_reads_needs_none() -> None:
    body = "found = session.get(Need, need)\n    return found"
    assert untold({"needs/actions.py": PLANTED.format(body=body)}) == []


def recorded() -> set[str]:
    """The names of actions that the code records; what is put together at run time is told by its pieces."""
    found = set()
    for file in SSTIC.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("audit.record", "_record", "note"):
                found |= {
                    one.value
                    for argument in node.args[1:4]
                    for one in ast.walk(argument)
                    if isinstance(one, ast.Constant) and isinstance(one.value, str) and "_" in one.value
                }
    return found


def test_every_action_has_its_words() -> None:
    pieces = {"match_run_", "need_", "make_", "_link", "screening_"}
    wordless = recorded() - LABELS["audit_action"].keys() - LABELS["audit_table"].keys() - pieces
    assert sorted(wordless) == []
