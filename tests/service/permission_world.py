"""A small database with own, foreign and public objects, a browser for each kind of person, and what forms send.

Everybody with a post holds it at the same organization of Ghana, so that only the role tells them apart; the donor
officer leads it. Rows are numbered by an empty database in the order in which they are added here: new ones go last.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import sqlalchemy as sa
from fastapi import FastAPI
from plan_records import a_run, a_triangular, an_investment, an_unmatched
from records import (
    a_country,
    a_funding_window,
    a_good_practice,
    a_need,
    a_token,
    a_user,
    added,
    an_organization,
    sign_in,
)
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic.identity import digest_of
from sstic.tables.accounts import Delegation, OneTimeLink, User
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice, Replication, TechnologyOffer
from sstic.tables.judgements import Judgement
from sstic.tables.organizations import Organization
from sstic.tables.verification import Flag, ScreeningMatch

ROLES = ("focal_point", "approver", "itpo_officer", "donor_officer", "coordinator", "reviewer", "auditor")
ROLES += ("administrator",)
NOW, LATER = datetime.now(UTC), datetime(2099, 1, 1, tzinfo=UTC)
PEOPLE = ("anyone", "signed_in", *ROLES)

# The fields that a form sends besides its token, by "METHOD ADDRESS".
SENT = {"POST /judgements/N-PUBLIC": {"grade-GP-PUBLIC": "2"}}
# The files that a form sends, by the last word of its address.
SENT_FILES = {"endorse": {"letter": ("letter.pdf", b"no letter", "application/pdf")}}


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
    kinds = ("government", "donor", "itpo_office")
    home = an_organization(session, *kinds, country="GHA", reference="ORG-OWN")
    away = an_organization(session, *kinds, country="KEN", reference="ORG-FOREIGN")
    people = {role: a_user(session, role, home) for role in ROLES}
    people["signed_in"] = added(session, User(email="no-post@example.org", name="No Post", is_demo=True))
    practice = add_needs_and_practices(session, people)
    windows = [
        a_funding_window(session, reference=reference, donor_id=donor.id)
        for reference, donor in (("FW-OWN", home), ("FW-FOREIGN", away))
    ]
    add_plans(session, practice, windows[1])
    for judge in ("user:1", "user:6"):
        added(
            session, Judgement(need_id=1, practice_id=practice.id, judge=judge, grade=1, judged_on=date(2026, 11, 25))
        )
    add_replications_and_offers(session, practice, people["focal_point"], home, away)
    people["donor_officer"].posts[0].is_lead = True
    abroad = a_user(session, "focal_point", away)
    for place, person in ((home, people["focal_point"]), (away, abroad)):
        add_what_is_recorded(session, place, people["coordinator"])
        add_what_is_kept(session, place, person, people["administrator"])
    session.commit()
    return World(people)


def add_what_is_recorded(session: Session, place: Organization, recorder: User) -> None:
    """A flag and a screening match of an organization."""
    added(session, Flag(organization_id=place.id, level="red", reason="x", raised_at=NOW, raised_by_id=recorder.id))
    resembling = {"entry_reference": "ENTRY", "entry_digest": "x", "listed_name": "A name", "score": 90}
    found = {"organization_id": place.id, "organization_name": place.name, "status": "open", "found_at": NOW}
    added(session, ScreeningMatch(**resembling, **found))


def add_what_is_kept(session: Session, place: Organization, person: User, inviter: User) -> None:
    """A token, a way to a new password, an invitation, and a post to be lent one day."""
    a_token(session, person)
    details = {"organization_id": place.id, "role": "focal_point", "is_lead": False, "until_on": None}
    lasting = {"email": person.email, "made_at": NOW, "expires_at": LATER, "made_by_id": inviter.id, "details": details}
    for purpose in ("reset", "invitation"):
        secret = digest_of(f"{purpose}-{place.reference}")
        added(session, OneTimeLink(purpose=purpose, digest=secret, user_id=person.id, **lasting))
    lent = {"deputy_id": inviter.id, "from_on": LATER.date(), "until_on": LATER.date()}
    added(session, Delegation(post_id=person.posts[0].id, **lent))


def add_needs_and_practices(session: Session, people: dict[str, User]) -> GoodPractice:
    """Those of Ghana are own, those of Kenya foreign, those of India and Brazil public."""
    author = people["focal_point"].id
    a_country(session, "IND")
    for owner, country in (("OWN", "GHA"), ("FOREIGN", "KEN")):
        for name, status in (("DRAFT", "draft"), ("SENT", "submitted"), ("WITHDRAWN", "withdrawn")):
            reference = f"N-{owner}-{name}"
            a_need(session, country, reference=reference, status=status, origin="submitted", author_id=author)
    a_need(session, "IND", reference="N-PUBLIC")
    a_good_practice(session, ("GHA",), reference="GP-OWN-DRAFT", status="draft")
    a_good_practice(session, ("KEN",), reference="GP-FOREIGN", status="reviewed")
    return a_good_practice(session, ("BRA",), reference="GP-PUBLIC")


def add_replications_and_offers(
    session: Session, public: GoodPractice, author: User, home: Organization, away: Organization
) -> None:
    """Practices replicated in Kenya; offers of Ghana and Kenya, one of them open to anyone."""
    own = session.scalars(sa.select(GoodPractice).where(GoodPractice.reference == "GP-OWN-DRAFT")).one()
    for practice in (own, public):
        added(session, Replication(practice_id=practice.id, iso3="KEN"))
    said = {"title": "Solar dryers", "action_area": "technology", "summary": "Dries fruit.", "author_id": author.id}
    for reference, owner, status in (
        ("TO-OWN-DRAFT", home, "draft"),
        ("TO-FOREIGN", away, "draft"),
        ("TO-PUBLIC", away, "published"),
    ):
        place = {"owner_id": owner.id, "owner_iso3": owner.country_iso3}
        added(session, TechnologyOffer(reference=reference, status=status, **place, **said))


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
