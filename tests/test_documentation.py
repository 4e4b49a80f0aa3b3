"""Documents that say what is there: settings, commands, plan fields, words, decisions."""

import re
from dataclasses import fields
from pathlib import Path

import pytest
import typer

from matching.plan import InvestmentProposal, Plan, TriangularProposal
from sstic.cli import app
from sstic.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def undocumented(names: list[str], document: str) -> list[str]:
    return [name for name in names if f"`{name}`" not in document and f"`{name} " not in document]


def setting_names() -> list[str]:
    return [f"SSTIC_{name.upper()}" for name in Settings.model_fields]


def test_every_setting_is_documented_and_none_besides() -> None:
    document = text_of("docs/settings.md")
    assert undocumented(setting_names(), document) == []
    assert sorted(set(re.findall(r"`(SSTIC_[A-Z_]+)`", document))) == sorted(setting_names())


def test_an_undocumented_setting_is_found() -> None:
    assert undocumented(["SSTIC_PLANTED"], text_of("docs/settings.md")) == ["SSTIC_PLANTED"]


def test_every_command_is_documented() -> None:
    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    assert undocumented([f"sstic {name}" for name in commands], text_of("README.md")) == []


@pytest.mark.parametrize("kind", [Plan, TriangularProposal, InvestmentProposal])
def test_every_field_of_a_plan_is_documented(kind: type) -> None:
    assert undocumented([field.name for field in fields(kind)], text_of("docs/plan-json.md")) == []


def test_every_file_that_a_document_names_is_there() -> None:
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    missing = []
    for document in documents:
        for link in re.findall(r"\]\((?!http)([^)#]+)\)", document.read_text(encoding="utf-8")):
            if not (document.parent / link).exists():
                missing.append(f"{document.name}: {link}")
    assert missing == []


def test_the_example_of_the_readme_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", text_of("README.md"), flags=re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})


def test_one_need_names_what_exists() -> None:
    document = text_of("docs/one-need.md")
    for name in re.findall(r"`((?:sstic|tests|seed_data)/[a-z_/.]+)`", document):
        assert (ROOT / name).exists(), name
    for module, function in re.findall(r"`(match_runs/[a-z]+)\.([a-z_]+)`", document):
        assert f"def {function}(" in text_of(f"sstic/{module}.py"), function
