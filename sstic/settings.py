"""Settings, read once from the environment. Each is described in docs/settings.md; a test keeps that true."""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]")


def _listed(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _a_host_name(value: str) -> str:
    if not value.isascii() or set(value) & set("*/@?# ") or (":" in value and not value.endswith("]")):
        raise ValueError("must be a host name without port, path or wildcard")
    return value.lower()


HostName = Annotated[str, AfterValidator(_a_host_name)]
Listed = BeforeValidator(_listed)


class Settings(BaseSettings):
    """The settings of one process; every name is prefixed with ``SSTIC_``."""

    model_config = SettingsConfigDict(env_prefix="SSTIC_")

    data_dir: Path = Field(Path("var"), description="Folder of the embedded database.")
    database_url: str = Field("", description="SQLAlchemy address of the database; empty: SQLite in the data folder.")
    host: str = Field("127.0.0.1", description="Address that the web server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the web server listens on.")
    production: bool = Field(False, description="Refuse to start where `sstic doctor` finds something not ok.")
    allowed_hosts: Annotated[tuple[HostName, ...], NoDecode, Listed] = Field(
        (), description="Host names that requests may be for, parted by commas; empty: those of this machine."
    )
    trusted_proxies: Annotated[tuple[IPv4Network | IPv6Network, ...], NoDecode, Listed] = Field(
        (), description="Addresses or networks of proxies that tell the sender of a request, parted by commas."
    )
    upload_megabytes: float = Field(10, gt=0, le=1000, description="Largest request that carries files, in megabytes.")
    seed_dir: Path = Field(
        Path(__file__).resolve().parent.parent / "seed_data", description="Folder that `sstic seed` loads."
    )
    judge: str = Field(
        "",
        pattern=r"^([A-Za-z][A-Za-z0-9 .@_-]{0,38}[A-Za-z0-9])?$",
        description="Name under which `sstic judge` writes judgements of practices.",
    )
    session_idle_minutes: float = Field(30, gt=0, description="A browser silent for so long is signed out, in minutes.")
    session_hours: float = Field(12, gt=0, description="A browser is signed out after so many hours in any case.")
    base_url: str = Field(
        "",
        pattern=r"^(https?://[A-Za-z0-9.:\[\]-]+)?$",
        description="Where people reach the service; empty: the host and port of this process.",
    )
    mail_from: str = Field("sstic@localhost", description="Sender of mail.")
    smtp_host: str = Field("", description="Mail server; empty: mail is written to the mailbox folder.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Port of the mail server.")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="How mail is kept secret.")
    smtp_user: str = Field("", description="Name for the mail server; empty: none is asked for.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password for the mail server.")
    openid_issuer: str = Field(
        "", pattern=r"^(https?://\S+)?$", description="OpenID Connect provider; empty: nobody signs in that way."
    )
    openid_client_id: str = Field("", description="Name of this service at the OpenID Connect provider.")
    openid_client_secret: SecretStr = Field(SecretStr(""), description="Its secret there.")
    match_seconds: float = Field(60.0, gt=0, description="Longest time that one match run may compute, in seconds.")
    worker_lease_seconds: float = Field(30.0, gt=0, description="A worker silent for so long loses its run to another.")

    keep_sessions_days: float = Field(30, ge=0, description="Days that an ended session is kept.")
    keep_links_days: float = Field(30, ge=0, description="Days that a used or expired one-time link is kept.")
    keep_tokens_days: float = Field(90, ge=0, description="Days that an expired or revoked API token is kept.")
    keep_attempts_days: float = Field(1, ge=0, description="Days that a failed sign-in is kept.")
    keep_disabled_days: float = Field(730, ge=0, description="Days after which a disabled account is erased.")

    @property
    def address(self) -> str:
        """The database address, with the embedded default filled in."""
        return self.database_url or f"sqlite:///{self.data_dir / 'sstic.db'}"

    @property
    def own_address(self) -> str:
        """Where people reach the service; links in mail begin with it. The host that a request names is never used."""
        return self.base_url or f"http://{self.host}:{self.port}"


@lru_cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
