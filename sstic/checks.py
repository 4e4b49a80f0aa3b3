"""What must hold before the service may face the world. `sstic doctor` tells it; in production it is asked at start.

Each check tells what it looked at and, where that is not so, what to do. Some things only whoever runs the service can
see; they are told as theirs.
"""

from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlsplit

import sqlalchemy as sa

from sstic.database import engine, reading
from sstic.migrating import is_current
from sstic.settings import settings
from sstic.tables.accounts import User

GUIDE = "docs/running.md"
LOCAL = ("", "localhost", "127.0.0.1", "::1")
GUESSED_FIRST = ("postgres", "password", "sstic", "admin", "root")
CHECKED_TLS = ("verify-full", "verify-ca")
FULL_SYNC = 2  # SQLite's PRAGMA synchronous: FULL is 2, EXTRA is 3
OPERATORS = (
    "The proxy offers TLS 1.2 and 1.3 alone, with strong ciphers and a certificate that browsers trust, and renews it.",
    "The proxy passes the Host header on and replaces X-Forwarded-For and X-Forwarded-Proto.",
    "Backups are made, encrypted and kept elsewhere, and one was restored to try it.",
    "The disk is encrypted, and only the service's own user may read the data folder and the settings.",
    "The error stream of the service is kept on another machine, and somebody looks at it.",
    "The clock is set by a time server.",
    "The packages are looked through for known faults each month, and renewed.",
)


class Check(NamedTuple):
    """One thing that was looked at; ``is_ok`` is None where only the operator can see it."""

    what: str
    is_ok: bool | None
    advice: str = ""


class NotSafeError(RuntimeError):
    """In production, something is not as it must be; the text says what to do."""


def refuse_to_start() -> None:
    """In production, let nothing start that a check finds fault with.

    Raises
    ------
    NotSafeError
        With every fault, and what to do about it.
    """
    if not settings().production:
        return
    faults = [one.advice for one in run_checks() if one.is_ok is False]
    if faults:
        said = "\n".join(f"- {fault}" for fault in faults)
        raise NotSafeError(f"the service does not start in production:\n{said}\nSee {GUIDE}; `sstic doctor` tells all.")


def run_checks() -> list[Check]:
    """Every check, those of the database only where there is one."""
    found = [check() for check in SETTINGS_CHECKS]
    current = is_current()
    found.append(Check("The database is at the schema of this version", current, "Run `sstic migrate`."))
    if current:
        found += [check() for check in DATABASE_CHECKS]
    return found + [Check(what, None) for what in OPERATORS]


def _production() -> Check:
    return Check("Production is set", settings().production, "Set SSTIC_PRODUCTION=1.")


def _hosts() -> Check:
    advice = "Set SSTIC_ALLOWED_HOSTS to the names under which people reach the service."
    return Check("Host names are set", bool(settings().allowed_hosts), advice)


def _address() -> Check:
    parts = urlsplit(settings().base_url)
    is_ok = parts.scheme == "https" and parts.hostname in settings().allowed_hosts
    advice = "Set SSTIC_BASE_URL to https:// and one of the names of SSTIC_ALLOWED_HOSTS."
    return Check("The base address is https and an allowed host", is_ok, advice)


def _proxies() -> Check:
    chosen = settings().trusted_proxies
    is_ok = bool(chosen) and all(network.prefixlen for network in chosen)
    advice = "Set SSTIC_TRUSTED_PROXIES to the address of the TLS proxy, never to every address."
    return Check("The TLS proxy is named", is_ok, advice)


def _mail() -> Check:
    chosen = settings()
    encrypted = chosen.smtp_security != "none" or chosen.smtp_host in LOCAL
    advice = "Set SSTIC_SMTP_HOST, with SSTIC_SMTP_SECURITY=starttls or tls unless it is this machine."
    return Check("Mail goes out by a mail server, encrypted", bool(chosen.smtp_host) and encrypted, advice)


def _provider() -> Check:
    issuer = settings().openid_issuer
    advice = "Set SSTIC_OPENID_ISSUER to an https address, or to nothing."
    return Check("The OpenID provider, where there is one, is https", not issuer or issuer.startswith("https"), advice)


def _database_way() -> Check:
    url = sa.make_url(settings().address)
    mode = url.query.get("sslmode")
    is_ok = url.get_backend_name() == "sqlite" or (url.host or "") in LOCAL or mode in CHECKED_TLS
    advice = "Add ?sslmode=verify-full to SSTIC_DATABASE_URL, so that the way to the database is encrypted and checked."
    return Check("The way to the database is encrypted, or stays on this machine", is_ok, advice)


def _database_password() -> Check:
    url = sa.make_url(settings().address)
    is_ok = url.password is None or str(url.password).lower() not in (*GUESSED_FIRST, (url.username or "").lower())
    return Check("The password of the database is no common one", is_ok, "Give the database user another password.")


def _durable() -> Check:
    with reading() as session:
        if engine().dialect.name == "sqlite":
            is_ok = session.execute(sa.text("PRAGMA synchronous")).scalar_one() >= FULL_SYNC
        else:
            names = ("fsync", "synchronous_commit", "full_page_writes")
            asked = sa.text("SELECT current_setting(:name)")
            is_ok = all(session.execute(asked, {"name": name}).scalar_one() != "off" for name in names)
    advice = "Turn on synchronous=FULL (SQLite), or fsync, synchronous_commit and full_page_writes (PostgreSQL)."
    return Check("What the database accepted outlives a power cut", is_ok, advice)


def _least_rights() -> Check:
    is_ok = True
    if engine().dialect.name == "postgresql":
        with reading() as session:
            asked = sa.text("SELECT NOT (rolsuper OR rolbypassrls) FROM pg_roles WHERE rolname = current_user")
            is_ok = bool(session.execute(asked).scalar_one())
    advice = "Let the service use a database user of its own that is no superuser."
    return Check("The database user is no superuser", is_ok, advice)


def _made_up_people() -> Check:
    query = sa.select(sa.func.count()).where(User.is_demo, User.disabled_at.is_(None), User.erased_at.is_(None))
    with reading() as session:
        found = session.execute(query).scalar_one()
    advice = f"{found} made-up people have open accounts; close them with `sstic close-demo`."
    return Check("No made-up person has an open account", found == 0, advice)


SETTINGS_CHECKS: tuple[Callable[[], Check], ...] = (
    _production,
    _hosts,
    _address,
    _proxies,
    _mail,
    _provider,
    _database_way,
    _database_password,
)
DATABASE_CHECKS: tuple[Callable[[], Check], ...] = (_durable, _least_rights, _made_up_people)
