import hashlib
import re
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import sstic
from sstic.app import create_app
from sstic.pages import asset

STATIC = Path(sstic.__file__).parent / "static"
ROOT = STATIC.parent.parent


def test_every_vendored_file_is_the_one_recorded() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|.*\| `([0-9a-f]{64})` \|$", (STATIC / "VENDORED.md").read_text(), re.MULTILINE)
    recorded = dict(rows)
    assert {Path(name).name for name in recorded} >= {
        file.name for file in STATIC.iterdir() if file.suffix in (".css", ".js", ".svg")
    }
    for name, digest in recorded.items():
        assert hashlib.sha256((ROOT / name).read_bytes()).hexdigest() == digest, name


@pytest.mark.parametrize("name", ["theme.css", "theme-rtl.css"])
def test_the_theme_is_our_own(name: str) -> None:
    css = (STATIC / name).read_text(encoding="utf-8")
    assert not re.search("GDS Transport|crown|crest|@font-face|@import", css)
    assert set(re.findall(r"url\(([^)]*)\)", css)) <= {'"icon.svg"', "icon.svg"}


def test_files_are_kept_as_long_as_their_address_names_their_content() -> None:
    client = TestClient(create_app())
    answer = client.get(asset("theme.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    assert client.get("/static/theme.css").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["src/theme.scss", "VENDORED.md", "../settings.py", "%2e%2e/settings.py", "src", ""])
def test_only_built_files_are_served(name: str) -> None:
    assert TestClient(create_app()).get(f"/static/{name}").status_code == 404
