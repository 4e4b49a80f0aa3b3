"""The command line: what it does, and clear refusals that leave nothing behind."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner, Result

import matching
from sstic.cli import app
from sstic.database import reading
from sstic.settings import settings
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need

DAY = ("--as-of", "2026-11-24")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refused(*arguments: str) -> str:
    """The message of a command that must fail plainly, as one line."""
    result = run(*arguments)
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def runs() -> int:
    with reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(MatchRun)) or 0


def test_migrate_and_seed_from_nothing(address: str) -> None:
    assert run("migrate").exit_code == 0
    assert run("seed").exit_code == 0
    again = run("seed")
    assert again.exit_code == 0
    assert "Nothing had changed" in again.output


@pytest.mark.parametrize("command", [["seed"], ["match"], ["explain", "N-001"], ["judge"], ["serve"], ["worker"]])
def test_without_a_database_every_command_says_what_to_do(address: str, command: list[str]) -> None:
    assert "run `sstic migrate`" in refused(*command)


def test_match_writes_every_documented_field(seeded_database: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    result = run("match", *DAY, "--json", file)
    assert result.exit_code == 0, result.output
    plan = json.loads(file.read_text(encoding="utf-8"))
    assert plan["status"] == "optimal"
    assert plan["gap"] == 0
    assert plan["objective"] == plan["bound"]
    areas = {need.reference: need.action_area for need in all_needs()}
    assert {areas[one["need"]] for one in plan["triangular"]} == set(matching.ACTION_AREAS)
    assert plan["investment"]
    assert plan["binding_limits"]
    assert southern_facilitators(plan)
    for one in plan["triangular"]:
        for name in (
            "need",
            "beneficiary",
            "practice",
            "window",
            "facilitating_partner",
            "parts",
            "ledger",
            "budget_split",
        ):
            assert one[name], name
        assert one["points"] == sum(part["points"] or 0 for part in one["parts"])
    for one in plan["unmatched"]:
        assert one["reasons"]


def all_needs() -> list[Need]:
    with reading() as session:
        return list(session.scalars(sa.select(Need)))


def southern_facilitators(plan: dict[str, Any]) -> list[str]:
    with reading() as session:
        southern = set(
            session.scalars(sa.text("select reference from funding_window where donor_type = 'southern'")).all()
        )
    return [one["window"] for one in plan["triangular"] if one["window"] in southern]


def test_the_same_input_gives_the_same_bytes(seeded_database: str, tmp_path: Path) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        assert run("match", *DAY, "--country", "SEN", "--json", tmp_path / name).exit_code == 0
        plan = json.loads((tmp_path / name).read_text(encoding="utf-8"))
        del plan["seconds"]
        texts.append(json.dumps(plan))
    assert texts[0] == texts[1]


def test_match_narrows_to_an_area_and_a_country(seeded_database: str, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    assert run("match", *DAY, "--action-area", "skills", "--json", file).exit_code == 0
    plan = json.loads(file.read_text(encoding="utf-8"))
    areas = {need.reference: need.action_area for need in all_needs()}
    assert {areas[one["need"]] for one in plan["triangular"]} == {"skills"}


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"wieghts": {}}, "unknown rule: 'wieghts'; did you mean 'weights'?"),
        ({"weights": {**matching.Rules().weights, "demand_fit": 30}}, "must sum to 100, not 105"),
        (
            {"pins": [{"need": "N-001", "reason": "a"}], "vetoes": [{"need": "N-001", "reason": "b"}]},
            "the pin 'need N-001' contradicts the veto 'need N-001'",
        ),
        ([], "must hold one JSON object"),
    ],
)
def test_rules_that_cannot_be_are_refused(seeded_database: str, tmp_path: Path, rules: Any, message: str) -> None:
    file = tmp_path / "rules.json"
    file.write_text(json.dumps(rules), encoding="utf-8")
    assert message in refused("match", "--rules", file)
    assert runs() == 0


def test_a_rules_file_that_is_not_json_or_not_there_is_refused(seeded_database: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    file.write_bytes(b"\xff{")
    assert "is not a JSON file" in refused("match", "--rules", file)
    assert "No such file" in refused("match", "--rules", tmp_path / "absent.json")


def test_an_empty_portfolio_is_refused(empty_database: str) -> None:
    assert "no open need to match" in refused("match")
    assert runs() == 0


def test_unknown_area_country_and_need_are_refused(seeded_database: str) -> None:
    assert "'sport' is not an action area" in refused("match", "--action-area", "sport")
    assert "no open need to match" in refused("match", "--country", "NOR")
    assert "there is no need 'N-999'" in refused("explain", "N-999", "GP-001", "FW-001")
    assert "both a good practice and a funding window" in refused("explain", "N-001", "GP-001")


def test_floors_that_cannot_be_kept_end_with_the_conflict(seeded_database: str, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    floors = [{"group": "action_area", "value": "skills", "least_percent": 100}]
    file.write_text(json.dumps({"floors": floors, "proposals_per_window_when_unknown": 0}), encoding="utf-8")
    result = run("match", "--country", "SEN", *DAY, "--rules", file)
    assert result.exit_code in (0, 2)


def test_explain_tells_why_and_why_not(seeded_database: str) -> None:
    told = run("explain", "N-001", *DAY)
    assert told.exit_code == 0
    assert "demand_fit" in told.output
    told = run("explain", "N-001", "GP-001", "FW-001", *DAY)
    assert told.exit_code == 0
    assert "themes_meet" in told.output


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    monkeypatch.setenv("SSTIC_DATA_DIR", str(folder / "data"))
    settings.cache_clear()
    refused("migrate")


def test_a_data_folder_that_is_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SSTIC_DATA_DIR", str(tmp_path / "file" / "data"))
    settings.cache_clear()
    message = refused("migrate")
    settings.cache_clear()
    assert "file" in message


def test_a_plan_file_that_cannot_be_written_is_refused(seeded_database: str, tmp_path: Path) -> None:
    message = refused("match", "--country", "SEN", *DAY, "--json", tmp_path / "absent" / "plan.json")
    assert "No such file" in message


def test_a_wrong_seed_line_is_named_and_nothing_is_loaded(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "seed_data"
    shutil.copytree(settings().seed_dir, folder)
    needs = folder / "needs.csv"
    needs.write_text(needs.read_text(encoding="utf-8").replace("E_BIOECON", "E_NOWHERE", 1), encoding="utf-8")
    monkeypatch.setenv("SSTIC_SEED_DIR", str(folder))
    settings.cache_clear()
    assert run("migrate").exit_code == 0
    message = refused("seed")
    assert "needs.csv, line 2" in message
    assert "E_NOWHERE" in message
    assert all_needs() == []
