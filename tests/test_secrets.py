"""No secret lies in the repository: not in code, not in settings, not in an image."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("sstic", "matching", "migrations", "benchmarks", "docs", "seed_data", ".ci")
FILES = ("Dockerfile", "Makefile", "README.md", "CHANGELOG.md", "pyproject.toml", ".gitignore")
LOOKS_SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\bgh[pousr]_[0-9A-Za-z]{30,}"
    r"|\bxox[abprs]-[0-9A-Za-z-]{10,}"
    r"|\beyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\."
    r"|\$argon2id?\$v=19\$m=\d+,t=\d+,p=\d+\$[0-9A-Za-z+/]{16,}\$[0-9A-Za-z+/]{32,}"
    r"|[a-z]+://[^\s/:@$<{]+:[^\s/@$<{.]+@"
    r"|(?i:\b\w*(password|passwd|secret|api_?key|private_?key|access_?key)\w*[\"']?(\s*:\s*\w+)?\s*[:=]\s*[bf]?[\"'][^\"'\s{}]{8,}[\"'])"
)
TEXT = (".py", ".md", ".html", ".toml", ".csv", ".js", ".mjs", ".json", ".scss", ".ini", ".mako", ".po", ".xml", "")


def texts() -> list[Path]:
    found = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*") if file.is_file()]
    # Minified code of others is kept true by its digest: tests/service/test_static.py.
    ours = [file for file in found if not file.name.endswith(".min.js")]
    return [file for file in [*ours, *(ROOT / name for name in FILES)] if file.suffix in TEXT]


def secrets_in(text: str) -> list[str]:
    return [found[0] for found in LOOKS_SECRET.finditer(text)]


def test_nothing_in_the_repository_looks_like_a_secret() -> None:
    files = texts()
    assert len(files) > 200
    found = {str(file.relative_to(ROOT)): secrets_in(file.read_text(encoding="utf-8")) for file in files}
    assert {name: hits for name, hits in found.items() if hits} == {}


@pytest.mark.parametrize(
    "planted",
    [
        'SECRET_KEY = "' + "b7f1c0de" * 4 + '"',
        "smtp_password: str = 'hunter2hunter2'",
        '{"api_key": "' + "0123456789abcdef" + '"}',
        "postgresql://sstic:" + "hunter2" + "@db/sstic",
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "ghp_" + "a1B2" * 9,
        "AKIA" + "ABCDEFGHIJKLMNOP",
        "$argon2id$v=19$m=19456,t=2,p=1$" + "c2FsdHNhbHRzYWx0" + "$" + "a" * 43,
    ],
)
def test_a_planted_secret_is_found(planted: str) -> None:
    assert secrets_in(planted)


def test_the_image_holds_neither_history_nor_secrets() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = {name for line in lines if line.startswith("COPY ") for name in line.split()[1:-1]}
    assert copied <= {
        "matching",
        "sstic",
        "migrations",
        "seed_data",
        "requirements.lock",
        "pyproject.toml",
        "README.md",
    }
    assert not [line for line in lines if line.startswith(("ADD ", "ARG "))]
    assert [line for line in lines if line.startswith("USER ")] == ["USER sstic"]
