"""The command that tests the ranking on past projects: figures, files of others, and clear refusals."""

import csv
import json
from pathlib import Path

import pytest
from conftest import SEED_DATA
from typer.testing import CliRunner

from sstic.cli import app
from sstic.match_runs import project_file

HEADER = "reference,title,start_year,beneficiaries,providers,facilitators,action_area,subjects,isic"
ROW = "X-1,Rice training,2009,MOZ;AGO,BRA,JPN,skills,crops;agri-extension,A01"


def written(folder: Path, *lines: str) -> Path:
    file = folder / "projects.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def evaluated(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def refused(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["evaluate", *map(str, arguments)])
    assert result.exit_code == 1, result.output
    assert "Traceback" not in result.output
    return " ".join(result.output.split())


def seed_rows(step: int) -> list[dict[str, str]]:
    with (SEED_DATA / "cooperation_projects.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))[::step]


def test_a_file_of_projects_gives_every_figure_and_twice_the_same(seeded_database: str, tmp_path: Path) -> None:
    rows = seed_rows(20)
    file = tmp_path / "other.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    texts = []
    for name in ("one.json", "two.json"):
        output = evaluated("--projects", file, "--json", tmp_path / name)
        assert "Rank the providers" in output
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    assert texts[0] == texts[1]
    report = json.loads(texts[0])
    for task in ("providers", "beneficiaries", "facilitators"):
        told = report["tasks"][task]
        for one in (told["model"], *told["baselines"].values()):
            for measure in ("mrr", "mrr_mean_over_providers", "hits_1", "hits_5", "hits_10", "ndcg_10"):
                assert 0 <= one[measure] <= 1
                assert len(one[f"{measure}_interval"]) == 2
    told = report["tasks"]["providers"]
    assert told["model"]["mrr"] > told["baselines"]["popularity"]["mrr"]


def test_columns_of_the_published_collection_are_read(seeded_database: str, tmp_path: Path) -> None:
    header = HEADER.replace("reference,title", "project_id,title_short").replace("subjects", "themes") + ",budget_usd"
    output = evaluated("--projects", written(tmp_path, header, f"{ROW},5"), "--json", tmp_path / "out.json")
    assert "2 questions" in output


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], ["is empty"]),
        ([HEADER], ["holds no project with both a beneficiary and a provider"]),
        ([HEADER.replace(",providers", "")], ["line 1, column providers: this column is missing"]),
        ([HEADER + ",title"], ["line 1, column title: this column is there twice"]),
        ([HEADER, ROW.replace("MOZ", "XYZ")], ["line 2, column beneficiaries: 'XYZ' is not the code of a country"]),
        ([HEADER, ROW, ROW], ["line 3, column reference: 'X-1' stands already in line 2"]),
        ([HEADER, ROW.replace("2009", "soon")], ["line 2, column start_year: 'soon' is not a year"]),
        ([HEADER, ROW.replace("skills", "magic")], ["line 2, column action_area: 'magic' is not one of"]),
        ([HEADER, ROW.replace("Rice training", "")], ["line 2, column title: must not be empty"]),
        ([HEADER, "X-1,too short"], ["line 2: has 2 cells where the header has 9"]),
        ([HEADER, ROW.replace("Rice", '"Rice')], ["line 2: is not a well-formed CSV row"]),
        ([HEADER, ROW.replace("BRA", "")], ["holds no project with both"]),
        ([HEADER, ROW.replace("BRA", "B[/b]")], ["'B[/b]' is not the code of a country"]),
    ],
)
def test_a_wrong_file_is_refused_by_line_and_column(
    seeded_database: str, tmp_path: Path, lines: list[str], told: list[str]
) -> None:
    file = tmp_path / "projects.csv"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    message = refused("--projects", file)
    assert "projects.csv" in message
    for part in told:
        assert part in message


def test_a_file_that_is_no_text_is_refused(seeded_database: str, tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    file.write_bytes(b"\xff\xfe\x00")
    assert "is not valid UTF-8" in refused("--projects", file)
    assert "No such file" in refused("--projects", tmp_path / "none.csv")


def test_a_million_rows_are_refused_before_they_are_read(tmp_path: Path) -> None:
    file = tmp_path / "projects.csv"
    with file.open("w", encoding="utf-8") as lines:
        lines.write(f"{HEADER}\n")
        lines.writelines(f"X-{number},T,,MOZ,BRA,,skills,a,\n" for number in range(1_000_000))
    with pytest.raises(project_file.ProjectFileError, match="line 20002: the file has more than 20,000 projects"):
        project_file.read_projects(file, frozenset({"MOZ", "BRA"}))


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "MOST_BYTES", 10)
    with pytest.raises(project_file.ProjectFileError, match="is larger than"):
        project_file.read_projects(written(tmp_path, HEADER, ROW), frozenset({"MOZ", "AGO", "BRA"}))


def test_too_many_pairs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project_file, "MOST_CASES", 1)
    with pytest.raises(project_file.ProjectFileError, match="more than 1 party pairs"):
        project_file.read_projects(written(tmp_path, HEADER, ROW), frozenset({"MOZ", "AGO", "BRA"}))


def test_without_a_database_it_says_what_to_do(address: str) -> None:
    assert "run `sstic migrate`" in refused()
