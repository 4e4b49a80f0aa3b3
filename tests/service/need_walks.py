"""People of two countries at their browsers, and the answers of a complete need, for tests of the need form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from httpx2 import Response
from page_reading import Element, read
from records import a_country, a_theme, a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.app import create_app
from sstic.tables.accounts import User
from sstic.tables.classifications import Isic, SdgTarget

NEXT_YEAR = datetime.now(UTC).year + 1
LETTER = (
    b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\n"
    b"endobj\nxref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n0000000058 00000 n \ntrailer\n"
    b"<< /Size 3 /Root 1 0 R >>\nstartxref\n110\n%%EOF\n"
)
Sent = dict[str, str | list[str]]
ANSWERS: Mapping[str, Sent] = {
    "what": {
        "title": "Cold storage for fish",
        "action_area": "technology",
        "statement": "Ice plants and cold rooms\r\nfor fish landed by small boats.",
    },
    "why": {
        "why": "A third of the catch spoils.",
        "evidence": "Survey of 2025.",
        "evidence_url": "https://example.org/a",
    },
    "who": {"beneficiaries": "Women who smoke and sell fish.", "people_reached": "12,000", "women_percent": "70"},
    "targets": {
        "indicators-0-name": "Catch that spoils",
        "indicators-0-unit": "percent",
        "indicators-0-baseline": "33.5",
        "indicators-0-baseline_year": "2025",
        "indicators-0-target": "10",
        "indicators-0-target_year": "2030",
    },
    "help": {"modalities": ["training", "technology_transfer"], "themes": ["T_ONE"], "isic": ["C10", "", ""]},
    "money": {
        "budget_amount": "1,250,000.00",
        "budget_currency": "USD",
        "self_financing_share": "20",
        "contributions-0-kind": "cash",
        "contributions-0-description": "Ministry of Fisheries",
        "contributions-0-amount": "200,000",
        "contributions-0-currency": "USD",
        "contributions-1-kind": "in_kind",
        "contributions-1-description": "Land at two harbours",
        "contributions-1-amount": "",
        "contributions-1-currency": "USD",
    },
    "timing": {
        **{"starts_on-day": "1", "starts_on-month": "3", "starts_on-year": str(NEXT_YEAR)},
        **{"expires_on-day": "31", "expires_on-month": "12", "expires_on-year": str(NEXT_YEAR)},
    },
    "contacts": {"contacts-0-name": "Ama Mensah", "contacts-0-email": "ama@example.org"},
}


@dataclass
class Person:
    """Somebody signed in at a browser of their own."""

    user: User
    user_id: int
    organization_id: int
    client: TestClient = field(
        default_factory=lambda: TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
    )

    def get(self, path: str, status: int = 200, **headers: str) -> Element:
        answer = self.client.get(path, headers=headers)
        assert answer.status_code == status, answer.text
        return read(answer.text)

    def post(self, path: str, data: Mapping[str, str | list[str]], **headers: str) -> Response:
        return self.client.post(path, data={**data, "form_token": form_token(self.client)}, headers=headers)

    def begin(self) -> str:
        """Begin a need; its reference."""
        sent = {"organization_id": str(self.organization_id), "title": "Fish", "action_area": "technology"}
        answer = self.post("/needs", sent)
        assert answer.status_code == 303, answer.text
        return answer.headers["location"].split("/")[2]

    def save(
        self, reference: str, step: str, data: Mapping[str, str | list[str]] | None = None, **more: str
    ) -> Response:
        """Save a step as it was opened just now."""
        path = f"/needs/{reference}/edit/{step}"
        version = self.get(path).one("input", name="version").attributes["value"]
        return self.post(path, {"version": version, "do": "go", **(ANSWERS[step] if data is None else data), **more})

    def look(self, reference: str, step: str, data: Mapping[str, str | list[str]], do: str) -> Response:
        """Press a button of a step that saves nothing."""
        path = f"/needs/{reference}/edit/{step}"
        version = self.get(path).one("input", name="version").attributes["value"]
        return self.post(f"{path}/look", {"version": version, **data, "do": do})

    def fill(self, reference: str) -> None:
        """Save every step, complete."""
        for step in ANSWERS:
            answer = self.save(reference, step)
            assert answer.status_code == 303, (step, read(answer.text).one("main").text)

    def version(self, reference: str) -> str:
        """The version of the need as a page of its way has it."""
        return self.get(f"/needs/{reference}/check").all("input", name="version")[0].attributes["value"]

    def move(self, reference: str, verb: str, version: int, **data: str) -> Response:
        return self.post(f"/needs/{reference}/{verb}", {"version": str(version), **data})

    def endorse(self, reference: str, version: int, letter: bytes = LETTER, name: str = "letter.pdf") -> Response:
        return self.client.post(
            f"/needs/{reference}/endorse",
            data={"version": str(version), "form_token": form_token(self.client)},
            files={"letter": (name, letter, "application/pdf")},
        )


@dataclass
class People:
    """Two focal points and two approvers of one country, a focal point of a neighbour, and a coordinator."""

    writer: Person
    colleague: Person
    approver: Person
    second_approver: Person
    neighbour: Person
    coordinator: Person


def people(session: Session) -> People:
    """They sign in; the catalogues that the answers name are there."""
    a_country(session, "GHA", currencies="GHS")
    a_country(session, "CIV")
    a_country(session, "AUT")
    a_theme(session, "T_ONE")
    a_theme(session, "T_TWO")
    added(session, Isic(code="C", level="section", title_en="Manufacturing"))
    added(session, Isic(code="C10", level="division", parent_code="C", title_en="Food products"))
    added(session, SdgTarget(code="2.1", goal=2, text_en="End hunger"))
    home, other = an_organization(session, "government"), an_organization(session, "government")
    abroad, office = an_organization(session, "government", country="CIV"), an_organization(session, country="AUT")
    posts = [("focal_point", home), ("focal_point", other), ("approver", home), ("approver", other)]
    posts += [("focal_point", abroad), ("coordinator", office)]
    found = [a_user(session, role, at) for role, at in posts]
    for number, one in enumerate(found):
        one.name = f"Person {number}"
    made = [Person(one, one.id, at.id) for one, (_, at) in zip(found, posts, strict=True)]
    for person in made:
        sign_in(person.client, person.user)
    session.rollback()  # a test that only looks must not hold the database
    return People(*made)


def flat(tree: Element) -> str:
    """What a page says, without the blanks between and the marks that keep typed text apart."""
    return re.sub(r"\s+", " ", tree.one("main").text).replace("\u2068", "").replace("\u2069", "")


def days_ahead(days: int) -> dict[str, str]:
    """A last day so many days from now, as the form sends it."""
    day = datetime.now(UTC).date() + timedelta(days)
    return {"expires_on-day": str(day.day), "expires_on-month": str(day.month), "expires_on-year": str(day.year)}
