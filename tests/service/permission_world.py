"""A small database with own, foreign and public objects, a browser for each kind of person, and what forms send.

Everybody with a post holds it at the same organization of Ghana, so that only the role tells them apart.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from fastapi import FastAPI
from plan_records import a_run, a_triangular, an_investment, an_unmatched
from records import a_country, a_funding_window, a_good_practice, a_need, a_user, added, an_organization, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.tables.accounts import User
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.judgements import Judgement

ROLES = ("focal_point", "approver", "itpo_officer", "donor_officer", "coordinator", "reviewer", "auditor")
ROLES += ("administrator",)
PEOPLE = ("anyone", "signed_in", *ROLES)

# The fields that a form sends besides its token, by "METHOD ADDRESS".
SENT = {"POST /judgements/N-PUBLIC": {"grade-GP-PUBLIC": "2"}}


@dataclass
class World:
    """The people, by kind; the public is nobody."""

    people: dict[str, User]

    @contextmanager
    def browsers(self, app: FastAPI, kinds: Sequence[str] = PEOPLE) -> Iterator[dict[str, TestClient]]:
        """A browser for each kind of person, signed in but for the public; they share the application's thread."""
        made = {
            kind: TestClient(app, base_url="https://testserver", follow_redirects=False, raise_server_exceptions=False)
            for kind in kinds
        }
        with made[kinds[0]] as first:
            for kind, client in made.items():
                client.portal = first.portal
                if kind in self.people:
                    sign_in(client, self.people[kind])
            yield made


def a_world(session: Session) -> World:
    """Fill an empty database."""
    home = an_organization(session, "government", "donor", "itpo_office", country="GHA")
    away = an_organization(session, "government", "donor", "itpo_office", country="KEN")
    people = {role: a_user(session, role, home) for role in ROLES}
    people["signed_in"] = added(session, User(email="no-post@example.org", name="No Post", is_demo=True))
    practice = add_needs_and_practices(session)
    windows = [
        a_funding_window(session, reference=reference, donor_id=donor.id)
        for reference, donor in (("FW-OWN", home), ("FW-FOREIGN", away))
    ]
    add_plans(session, practice, windows[1])
    for judge in ("user:1", "user:6"):
        added(
            session, Judgement(need_id=1, practice_id=practice.id, judge=judge, grade=1, judged_on=date(2026, 11, 25))
        )
    session.commit()
    return World(people)


def add_needs_and_practices(session: Session) -> GoodPractice:
    """Those of Ghana are own, those of Kenya foreign, those of India and Brazil public."""
    a_country(session, "IND")
    for owner, country in (("OWN", "GHA"), ("FOREIGN", "KEN")):
        for name, status in (("DRAFT", "draft"), ("SENT", "submitted"), ("WITHDRAWN", "withdrawn")):
            a_need(session, country, reference=f"N-{owner}-{name}", status=status)
    a_need(session, "IND", reference="N-PUBLIC")
    a_good_practice(session, ("GHA",), reference="GP-OWN-DRAFT", status="draft")
    a_good_practice(session, ("KEN",), reference="GP-FOREIGN", status="reviewed")
    return a_good_practice(session, ("BRA",), reference="GP-PUBLIC")


def add_plans(session: Session, practice: GoodPractice, window: FundingWindow) -> None:
    """A published plan, one never published, a discarded one, and the present one."""
    published, unpublished, discarded, present = (
        a_run(session, status=status) for status in ("published", "complete", "discarded", "complete")
    )
    own, foreign = (a_need(session, country, reference=f"N-{country}") for country in ("GHA", "KEN"))
    withdrawn = a_need(session, "KEN", reference="N-KEN-WITHDRAWN", status="withdrawn")
    for number, run, need in (
        (101, present, foreign),
        (102, published, foreign),
        (103, unpublished, own),
        (104, unpublished, foreign),
        (105, present, withdrawn),
        (106, discarded, foreign),
    ):
        a_triangular(session, run, need, practice, window, id=number)
    for number, run, need in ((201, present, foreign), (203, unpublished, own), (204, unpublished, foreign)):
        an_investment(session, run, need, id=number)
    for need in (own, withdrawn):
        an_unmatched(session, present, need, mode="investment")
