"""Small rows for tests: each function adds one row with what it needs, and gives it back with its id."""

import hashlib
import secrets
from datetime import UTC, date, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy.orm import Session, object_session
from starlette.testclient import TestClient

from sstic.form_tokens import VISITOR
from sstic.identity import COOKIE, digest_of
from sstic.tables import Table
from sstic.tables.accounts import ApiToken, Post, User, UserSession
from sstic.tables.classifications import Theme
from sstic.tables.countries import Country, Grouping, Membership, Source
from sstic.tables.funding import FundingWindow, FundingWindowArea, FundingWindowGrouping, FundingWindowTheme
from sstic.tables.good_practices import GoodPractice, GoodPracticeProvider, GoodPracticeTheme
from sstic.tables.investment import Investor, ITPOOffice, ITPOOfficeGrouping, Mandate, MandateGrouping, MandateTheme
from sstic.tables.needs import Need, NeedTheme
from sstic.tables.organizations import Organization, OrganizationRole

Made = TypeVar("Made", bound=Table)

_numbers = count(1)


def added(session: Session, row: Made) -> Made:
    """``row``, stored and with its id."""
    session.add(row)
    session.flush()
    return row


def a_source(session: Session, code: str = "SOURCE") -> Source:
    """A source; the same one for the same code."""
    return session.get(Source, code) or added(
        session, Source(code=code, name="A list", publisher="A publisher", licence="CC0", licence_checked=True)
    )


def a_country(session: Session, iso3: str = "GHA", **facts: Any) -> Country:
    """A country; the same one for the same code."""
    defaults: dict[str, Any] = {
        "iso2": iso3[0] + iso3[2],
        "m49": None,
        **{f"name_{code}": f"Country {iso3}" for code in ("en", "fr", "es", "ar", "ru", "zh")},
        "region": "Africa",
        "subregion": "Western Africa",
        "latitude": 5.5,
        "longitude": -0.2,
    }
    return session.get(Country, iso3) or added(session, Country(iso3=iso3, **{**defaults, **facts}))


def a_grouping(session: Session, code: str = "DEVELOPING", members: tuple[str, ...] = ("GHA",)) -> Grouping:
    """A grouping and its members."""
    a_source(session)
    grouping = added(session, Grouping(code=code, name=f"Grouping {code}", kind="region", source_code="SOURCE"))
    for iso3 in members:
        a_country(session, iso3)
        added(session, Membership(grouping_code=code, iso3=iso3))
    return grouping


def a_theme(session: Session, code: str = "T_ONE", action_area: str = "technology") -> Theme:
    """A theme; the same one for the same code."""
    return session.get(Theme, code) or added(
        session, Theme(code=code, action_area=action_area, label=f"Theme {code}", definition="A theme.")
    )


def an_organization(session: Session, *roles: str, country: str | None = "GHA", **facts: Any) -> Organization:
    """An organization that holds ``roles``."""
    if country is not None:
        a_country(session, country)
    number = next(_numbers)
    defaults = {"reference": f"organization-{number}", "name": f"Organization {number}", "country_iso3": country}
    organization = added(session, Organization(**{**defaults, **facts}))
    for role in roles:
        added(session, OrganizationRole(organization_id=organization.id, role=role))
    return organization


def a_user(
    session: Session, role: str = "focal_point", organization: Organization | None = None, name: str = "Demo Person"
) -> User:
    """A person who holds a post with a role since long."""
    home = organization or an_organization(session, "government")
    user = added(session, User(email=f"user-{next(_numbers)}@example.org", name=name, is_demo=True))
    added(session, Post(user_id=user.id, organization_id=home.id, role=role, is_lead=False, from_on=date(2020, 1, 1)))
    return user


def sign_in(client: TestClient, user: User) -> str:
    """Let ``client`` carry a new session of ``user``, as after signing in; what the test added is committed.

    Gives the secret in the cookie. The client must speak to ``https://testserver``.
    """
    assert client.base_url == "https://testserver"
    secret = a_session(user)
    client.cookies.set(COOKIE, secret, domain="testserver.local")
    return secret


def a_session(user: User) -> str:
    """The secret in the cookie of a browser in which ``user`` is signed in; what the test added is committed."""
    session, secret, now = object_session(user), secrets.token_urlsafe(32), datetime.now(UTC)
    assert session is not None
    session.add(
        UserSession(digest=digest_of(secret), user_id=user.id, created_at=now, last_seen_at=now, browser="A browser")
    )
    session.commit()
    return secret


def form_token(client: TestClient) -> str:
    """What a form that ``client`` opened holds in its hidden field; a new visitor gets the cookie."""
    if COOKIE not in client.cookies and VISITOR not in client.cookies:
        client.cookies.set(VISITOR, secrets.token_urlsafe(32), domain="testserver.local")
    secret = client.cookies.get(COOKIE) or client.cookies[VISITOR]
    return hashlib.sha256(f"form {secret}".encode()).hexdigest()


def a_token(session: Session, user: User, scope: str = "read", **facts: Any) -> dict[str, str]:
    """The header that carries a new token of ``user`` for the API."""
    secret, now = secrets.token_urlsafe(32), datetime.now(UTC)
    defaults = {
        "name": "A program",
        "beginning": secret[:8],
        "made_at": now,
        "expires_at": datetime(2100, 1, 1, tzinfo=UTC),
    }
    added(session, ApiToken(user_id=user.id, digest=digest_of(secret), scope=scope, **{**defaults, **facts}))
    return {"Authorization": f"Bearer {secret}"}


def a_need(session: Session, country: str = "GHA", theme: str = "T_ONE", **facts: Any) -> Need:
    """An open need with one theme."""
    a_country(session, country)
    defaults = {
        "reference": f"N-{next(_numbers)}",
        "country_iso3": country,
        "title": "Quality of cocoa",
        "statement": "Laboratories and inspection along the cocoa chain.",
        "action_area": a_theme(session, theme).action_area,
        "origin": "published",
        "status": "open",
    }
    need = added(session, Need(**{**defaults, **facts}))
    added(session, NeedTheme(need_id=need.id, theme_code=theme))
    return need


def a_good_practice(
    session: Session, providers: tuple[str, ...] = ("BRA",), theme: str = "T_ONE", **facts: Any
) -> GoodPractice:
    """A published practice with one theme."""
    defaults = {
        "reference": f"GP-{next(_numbers)}",
        "title": "Quality programme for cocoa",
        "institution_name": "Quality Institute",
        "action_area": a_theme(session, theme).action_area,
        "summary": "Inspection, laboratories and training along the chain.",
        "results_kind": "achieved",
        "origin": "published",
        "status": "published",
    }
    practice = added(session, GoodPractice(**{**defaults, **facts}))
    for iso3 in providers:
        a_country(session, iso3)
        added(session, GoodPracticeProvider(practice_id=practice.id, iso3=iso3))
    added(session, GoodPracticeTheme(practice_id=practice.id, theme_code=theme))
    return practice


def a_funding_window(
    session: Session, grouping: str | None = None, theme: str | None = None, **facts: Any
) -> FundingWindow:
    """A programme of a donor for technology; what is not given is unknown."""
    defaults = {
        "reference": f"FW-{next(_numbers)}",
        "donor_type": "southern",
        "name": "Fund for cooperation",
        "instrument": "grant",
        "kind": "programme",
        "eligible_regions_text": "All developing regions",
    }
    if "donor_id" not in facts:
        facts["donor_id"] = an_organization(session, "donor", country=None).id
    window = added(session, FundingWindow(**{**defaults, **facts}))
    added(session, FundingWindowArea(window_id=window.id, action_area="technology"))
    if grouping is not None:
        added(session, FundingWindowGrouping(window_id=window.id, grouping_code=grouping, excluded=False))
    if theme is not None:
        added(session, FundingWindowTheme(window_id=window.id, theme_code=theme))
    return window


def an_itpo_office(session: Session, host: str = "ITA", grouping: str | None = None, **facts: Any) -> ITPOOffice:
    """An ITPO office."""
    defaults = {
        "reference": f"ITPO-{next(_numbers)}",
        "organization_id": an_organization(session, "itpo_office", country=host).id,
        "city": "Rome",
        "host_iso3": host,
        "sectors_text": "agro-industry",
        "regions_text": "All developing regions",
    }
    office = added(session, ITPOOffice(**{**defaults, **facts}))
    if grouping is not None:
        added(session, ITPOOfficeGrouping(office_id=office.id, grouping_code=grouping))
    return office


def an_investor(session: Session, grouping: str | None = None, theme: str | None = None, **mandate: Any) -> Investor:
    """An investor with a mandate; ``mandate`` are facts of the mandate."""
    investor = added(
        session,
        Investor(
            reference=f"INV-{next(_numbers)}",
            organization_id=an_organization(session, "investor", country=None).id,
            kind="impact_fund",
            kind_text="impact fund",
            is_public=True,
        ),
    )
    held = added(session, Mandate(**{"investor_id": investor.id, "regions_text": "Africa", **mandate}))
    if grouping is not None:
        added(session, MandateGrouping(mandate_id=held.id, grouping_code=grouping))
    if theme is not None:
        added(session, MandateTheme(mandate_id=held.id, theme_code=theme))
    return investor
