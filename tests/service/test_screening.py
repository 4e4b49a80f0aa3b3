"""Screening: the sanctions list in the XML form of the UN Security Council, names that resemble, and decisions."""

import doctest
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from conftest import SEED_DATA
from page_reading import page, read
from records import a_user, added, an_organization, form_token, sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient
from typer.testing import CliRunner

from sstic.app import create_app
from sstic.cli import app
from sstic.database import reading, transaction
from sstic.organizations import names, sanctions_list
from sstic.organizations.names import CONTAINED, THRESHOLD, ListedNames, plain_words
from sstic.organizations.sanctions_list import ListedParty, SanctionsList, SanctionsListError, read_list
from sstic.organizations.screening import load_list, matches_to_decide, screen_everyone, screen_organization
from sstic.organizations.standing import blocks_consent
from sstic.tables.audit import AuditEvent
from sstic.tables.organizations import Organization
from sstic.tables.verification import SanctionsEntry, ScreeningMatch

SAMPLE = SEED_DATA / "demo_sanctions.xml"
INDIVIDUAL = """<INDIVIDUAL>
<DATAID>1</DATAID><VERSIONNUM>1</VERSIONNUM>
<FIRST_NAME>ONE</FIRST_NAME><SECOND_NAME>PERSON</SECOND_NAME>
<UN_LIST_TYPE>X</UN_LIST_TYPE><REFERENCE_NUMBER>XXi.001</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>One Alias</ALIAS_NAME></INDIVIDUAL_ALIAS>
</INDIVIDUAL>"""
ENTITY = """<ENTITY>
<DATAID>2</DATAID><VERSIONNUM>1</VERSIONNUM><FIRST_NAME>ACME TRADING</FIRST_NAME>
<REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER><LISTED_ON>2012-12-31</LISTED_ON>
</ENTITY>"""


def a_list(individuals: str = INDIVIDUAL, entities: str = ENTITY, before: str = "") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}\n'
        '<CONSOLIDATED_LIST dateGenerated="2026-01-02">\n'
        f"<INDIVIDUALS>{individuals}</INDIVIDUALS>\n<ENTITIES>{entities}</ENTITIES>\n</CONSOLIDATED_LIST>"
    )


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str | bytes], Path]:
    """Writes a file."""

    def written(text: str | bytes) -> Path:
        made = tmp_path / "list.xml"
        made.write_bytes(text.encode() if isinstance(text, str) else text)
        return made

    return written


Written = Callable[[str | bytes], Path]

# reading ----------------------------------------------------------------------------------------------------------


def test_an_entry_is_read_with_its_names_and_day(file: Written) -> None:
    found = read_list(file(a_list()))
    assert found.generated == "2026-01-02"
    person, entity = found.entries
    assert person.names == ("ONE PERSON", "One Alias")
    assert (person.reference, person.kind, person.listed_on) == ("XXi.001", "individual", date(2012, 12, 31))
    assert (entity.reference, entity.kind, entity.names) == ("XXe.001", "entity", ("ACME TRADING",))
    assert not person.is_sample


def test_the_sample_is_read_and_marked() -> None:
    found = read_list(SAMPLE)
    assert len(found.entries) == 12
    assert all(one.is_sample and one.reference.startswith("DEMO") for one in found.entries)
    by_reference = {one.reference: one for one in found.entries}
    assert by_reference["DEMOi.003"].names[-1] == "شخصية خيالية للعرض"
    assert by_reference["DEMOi.002"].names == ("NEMO NUSQUAM INVENTUS",)


@pytest.mark.parametrize(
    "other",
    [
        ENTITY.replace("><", ">\n   <"),
        ENTITY.replace("ACME TRADING", "ACME\n  TRADING"),
        ENTITY.replace("<DATAID>", "<!-- a remark --><?a b?><DATAID>"),
        ENTITY.replace("</ENTITY>", "<SORT_KEY>x</SORT_KEY></ENTITY>"),
        ENTITY.replace("ACME TRADING", "<![CDATA[ACME TRADING]]>"),
        ENTITY.replace("ACME", "&#65;CME"),
    ],
)
def test_the_digest_of_an_entry_is_of_what_it_says(file: Written, other: str) -> None:
    assert read_list(file(a_list(entities=other))).entries == read_list(file(a_list())).entries


@pytest.mark.parametrize(
    "other",
    [
        ENTITY.replace("<VERSIONNUM>1", "<VERSIONNUM>2"),
        ENTITY.replace("ACME", "ACNE"),
        ENTITY.replace("</ENTITY>", "<COMMENTS1>More</COMMENTS1></ENTITY>"),
        ENTITY.replace("<DATAID>", "<DATAID a='b'>"),
        ENTITY.replace("</ENTITY>", "<ENTITY_ALIAS><ALIAS_NAME>Other</ALIAS_NAME></ENTITY_ALIAS></ENTITY>"),
    ],
)
def test_the_digest_changes_with_what_an_entry_says(file: Written, other: str) -> None:
    assert read_list(file(a_list(entities=other))).entries[1].digest != read_list(file(a_list())).entries[1].digest


@pytest.mark.parametrize(
    ("said", "expected"),
    [("2012-12-31Z", date(2012, 12, 31)), ("2012-12-31-05:00", date(2012, 12, 31)), ("", None)],
)
def test_a_day_may_carry_a_zone_and_may_be_missing(file: Written, said: str, expected: date | None) -> None:
    assert read_list(file(a_list(entities=ENTITY.replace("2012-12-31", said)))).entries[1].listed_on == expected


LAUGHS = "<!DOCTYPE a [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + number)} '{f'&{chr(97 + number)};' * 10}'>" for number in range(9)
)
ATTACKS: dict[str, tuple[str | bytes, int, str]] = {
    "external entity": (
        a_list(
            entities=ENTITY.replace("ACME TRADING", "&x;"),
            before='\n<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        ),
        2,
        "has a document type",
    ),
    "external entity in an attribute": (
        a_list(entities=ENTITY.replace("<DATAID>", '<DATAID a="&x;">'), before="<!DOCTYPE a [<!ENTITY x 'y'>]>"),
        1,
        "has a document type",
    ),
    "parameter entity": (
        a_list(before='<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x.dtd"> %x;]>'),
        1,
        "has a document type",
    ),
    "external document type": (
        a_list(before='<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd">'),
        1,
        "has a document type",
    ),
    "a billion laughs": (
        a_list(entities=ENTITY.replace("ACME TRADING", "&j;"), before=f"{LAUGHS}]>"),
        1,
        "has a document type",
    ),
    "quadratic blow-up": (
        a_list(entities=ENTITY.replace("ACME", "&x;" * 5000), before=f"<!DOCTYPE a [<!ENTITY x '{'x' * 5000}'>]>"),
        1,
        "has a document type",
    ),
    "undeclared entity": (a_list(entities=ENTITY.replace("ACME", "&x;")), 10, "Entity 'x' not defined"),
    "hidden in another encoding": (
        a_list(before="<!DOCTYPE a [<!ENTITY x 'y'>]>").replace("UTF-8", "UTF-16").encode("utf-16"),
        1,
        "is not UTF-8 text",
    ),
    "hidden in UTF-7": (
        '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4-<CONSOLIDATED_LIST/>',
        1,
        "is not well-formed XML",
    ),
    "deep": ("<CONSOLIDATED_LIST>" + "<a>" * 5000 + "</a>" * 5000 + "</CONSOLIDATED_LIST>", 1, "Excessive depth"),
    "NUL": (a_list(entities=ENTITY.replace("ACME", "AC\0ME")), 10, "is not well-formed XML"),
    "character zero": (a_list(entities=ENTITY.replace("ACME", "&#0;")), 10, "is not well-formed XML"),
    "lone surrogate": (a_list(entities=ENTITY.replace("ACME", "&#xD800;")), 10, "is not well-formed XML"),
    "latin 1": (a_list(entities=ENTITY.replace("ACME", "ACMÉ")).encode("latin-1"), 10, "is not UTF-8 text"),
    "empty": ("", 1, "is not well-formed XML: Document is empty"),
    "not XML": ("name;country\n", 1, "is not well-formed XML"),
    "a web page": (
        "<html><body>403</body></html>",
        1,
        "begins with 'html', where a list begins with CONSOLIDATED_LIST",
    ),
    "another namespace": (
        "<CONSOLIDATED_LIST xmlns='urn:x'/>",
        1,
        "begins with '{urn:x}CONSOLIDATED_LIST', where a list",
    ),
    "an inclusion": (
        a_list(entities='<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
        9,
        "where only ENTITY may stand",
    ),
    "two roots": (a_list() + "<a/>", 13, "Extra content at the end of the document"),
    "no entry": (a_list("", ""), 2, "holds no entry"),
    "an unknown section": (a_list().replace("INDIVIDUALS>", "VESSELS>"), 3, "has 'VESSELS', where only"),
    "a section twice": (a_list(INDIVIDUAL + "</INDIVIDUALS><INDIVIDUALS>"), 8, "section 'INDIVIDUALS' stands already"),
    "an entity among individuals": (a_list(individuals=ENTITY), 3, "has 'ENTITY', where only INDIVIDUAL may stand"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_what_is_no_such_list_is_refused_with_line_and_reason(file: Written, name: str) -> None:
    text, line, reason = ATTACKS[name]
    with pytest.raises(SanctionsListError) as refused:
        read_list(file(text))
    problem = refused.value.problems[0]
    assert (problem.file, problem.line) == ("list.xml", line)
    assert reason in problem.reason
    assert "root:" not in str(refused.value)


WRONG: dict[str, tuple[tuple[str, str], str]] = {
    "no reference": (("<REFERENCE_NUMBER>XXe.001</REFERENCE_NUMBER>", ""), "REFERENCE_NUMBER is missing"),
    "a blank reference": (("XXe.001", " "), "REFERENCE_NUMBER is missing"),
    "a long reference": (("XXe.001", "X" * 41), "REFERENCE_NUMBER is 'XXX"),
    "a reference twice": (("XXe.001", "XXi.001"), "REFERENCE_NUMBER 'XXi.001' stands already in line 3"),
    "an entry number twice": (("<DATAID>2", "<DATAID>1"), "DATAID '1' stands already in line 3"),
    "no entry number": (("<DATAID>2</DATAID>", ""), "DATAID is missing, not a number"),
    "a word for a number": (("<DATAID>2", "<DATAID>two"), "DATAID is 'two', not a number"),
    "other digits": (("<DATAID>2", "<DATAID>٢"), r"DATAID is '\u0662', not a number"),
    "a word for a version": (("<VERSIONNUM>1", "<VERSIONNUM>x"), "VERSIONNUM is 'x', not a number"),
    "no name": (("ACME TRADING", " "), "has no name"),
    "an endless name": (("ACME TRADING", "X" * 1001), "has a name of 1,001 characters"),
    "two names": (("<FIRST_NAME>", "<FIRST_NAME>A</FIRST_NAME><FIRST_NAME>"), "names FIRST_NAME twice"),
    "no such day": (("2012-12-31", "2012-02-30"), "LISTED_ON is '2012-02-30', not a date as 2012-12-31"),
    "another order": (("2012-12-31", "31/12/2012"), "LISTED_ON is '31/12/2012', not a date"),
    "a day in words": (("2012-12-31", "yesterday"), "LISTED_ON is 'yesterday', not a date"),
    "digits of another script": (("2012-12-31", "٢٠١٢-12-31"), "LISTED_ON is"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_entry_is_named_by_its_line(file: Written, name: str) -> None:
    change, reason = WRONG[name]
    with pytest.raises(SanctionsListError) as refused:
        read_list(file(a_list(entities=ENTITY.replace(*change))))
    (problem,) = refused.value.problems
    assert problem.line in (9, 10, 11)
    assert problem.reason.startswith(reason)


def test_every_wrong_entry_is_told_at_once(file: Written) -> None:
    wrong = [ENTITY.replace("<DATAID>2", f"<DATAID>{number}").replace("XXe.001", "") for number in range(100, 160)]
    with pytest.raises(SanctionsListError) as refused:
        read_list(file(a_list(entities="\n".join(wrong))))
    assert refused.value.found == 60
    assert str(refused.value).endswith("and 10 more")


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.8, 0.99])
def test_a_half_cut_file_is_refused(file: Written, share: float) -> None:
    whole = SAMPLE.read_bytes()
    with pytest.raises(SanctionsListError, match=r"line \d+: is not (well-formed XML|UTF-8 text)"):
        read_list(file(whole[: int(len(whole) * share)]))


def test_a_file_that_is_too_large_is_not_parsed(file: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sanctions_list, "MOST_BYTES", 2**20)
    with pytest.raises(SanctionsListError, match="is larger than 1 MB"):
        read_list(file(b"x" * (2**20 + 1)))


# names ------------------------------------------------------------------------------------------------------------


def test_plain_words() -> None:
    assert doctest.testmod(names).failed == 0
    assert plain_words("ŻÓŁTA Straße") == ["zolta", "strasse"]
    assert plain_words("The Company Ltd") == ["the", "company", "ltd"]
    assert plain_words("FULLWIDTH") == ["fullwidth"]
    assert plain_words("A\u200bB\u202eC") == ["abc"]
    assert plain_words("...") == []


@pytest.mark.parametrize(
    ("name", "listed", "least"),
    [
        ("Acme Trading", "ACME TRADING", 100),
        ("Trading, Acme Co. Ltd.", "Acme Trading GmbH", 100),
        ("Ácmé-Trading S.A.", "ACME TRADING", 100),
        ("Acmee Trading", "ACME TRADING", THRESHOLD),
        ("Acme Trading and Shipping of the Isles", "ACME TRADING", CONTAINED),
        ("Alquaeda Network", "Al-Quaeda Network", THRESHOLD),
        ("شركة المثال للتجارة", "شَرِكَة المثال للتجارة", 100),
    ],
)
def test_names_that_resemble(name: str, listed: str, least: int) -> None:
    found = ListedNames([("X", listed)]).resembling(name)
    assert found["X"].score >= least
    assert found["X"].listed_name == listed


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Adaptation Fund", "Adoption Bank"),
        ("Acme Shipping", "ACME TRADING"),
        ("Ministry of Trade", "Ministry of Atomic Energy"),
        ("An One Two of the Isles", "An One"),  # two short words are no name
        ("Trading House of the Isles", "Trading"),  # nor is one
        ("...", "Ltd"),
        ("...", "..."),
        ("Акме Трейдинг", "Acme Trading"),  # another script: out of scope
    ],
)
def test_names_that_do_not(name: str, listed: str) -> None:
    assert ListedNames([("X", listed)]).resembling(name) == {}


def test_the_nearest_name_of_an_entry_is_told() -> None:
    listed = ListedNames([("X", "Acme Tradeing"), ("X", "Acme Trading"), ("Y", "Acme Trading")])
    assert {reference: found.listed_name for reference, found in listed.resembling("Acme Trading").items()} == {
        "X": "Acme Trading",
        "Y": "Acme Trading",
    }


# screening --------------------------------------------------------------------------------------------------------


def party(reference: str = "E.1", name: str = "Acme Trading", digest: str = "1", **facts: Any) -> ListedParty:
    plain = {"kind": "entity", "listed_on": None, "is_sample": False, "names": (name,)}
    return ListedParty(reference=reference, digest=digest * 64, **{**plain, **facts})


def load(*entries: ListedParty) -> dict[str, int]:
    with transaction() as session:
        load_list(session, "command line", SanctionsList(entries, "f" * 64))
        return dict(screen_everyone(session, "command line"))


def rename(name: str, into: str) -> dict[str, int]:
    with transaction() as session:
        organization = session.scalars(sa.select(Organization).where(Organization.name == name)).one()
        organization.name = into
        return dict(screen_organization(session, "user:1", organization))


def decide(status: str, reason: str = "A reason") -> None:
    with transaction() as session:
        match = session.scalars(sa.select(ScreeningMatch)).one()
        match.status, match.reason = status, reason
        match.decided_at = datetime.now(UTC)


def the_match() -> ScreeningMatch:
    with reading() as session:
        return session.scalars(sa.select(ScreeningMatch)).one()


def events(action: str) -> list[AuditEvent]:
    with reading() as session:
        return list(session.scalars(sa.select(AuditEvent).where(AuditEvent.action == action).order_by("number")))


@pytest.fixture
def acme(session: Session) -> int:
    """An organization with a name that comes to be listed, beside another; its id."""
    made = an_organization(session, "investor", name="Acme Trading Ltd", reference="acme").id
    an_organization(session, "donor", name="Fund of Examples")
    session.commit()
    return made


def blocked(organization: int) -> list[str]:
    with reading() as session:
        return blocks_consent(session, organization)


def test_a_match_is_found_once_and_waits_for_a_person(acme: int) -> None:
    assert load(party(), party("E.2", "Nobody Near")) == {"found": 1}
    match = the_match()
    assert (match.organization_id, match.entry_reference, match.status, match.score) == (acme, "E.1", "open", 100)
    assert (match.listed_name, match.organization_name) == ("Acme Trading", "Acme Trading Ltd")
    assert blocked(acme) == ["open_screening_match"]
    assert load(party(), party("E.2", "Nobody Near")) == {}
    (found,) = events("screening_found")
    assert found.details["status"] == {"before": None, "after": "open"}
    assert [one.details["entries"] for one in events("load_sanctions_list")] == [2, 2]


def test_a_cleared_match_stays_cleared_until_the_entry_changes(acme: int) -> None:
    load(party())
    decide("false_positive", "Another Acme")
    for _ in range(2):
        assert load(party(), party("E.9", "Nobody")) == {}
    assert blocked(acme) == []
    assert load(party(digest="2")) == {"opened_again": 1}
    match = the_match()
    assert (match.status, match.reason, match.decided_at) == ("open", None, None)
    (event,) = events("screening_opened_again")
    assert event.details["reason"] == {"before": "Another Acme", "after": None}
    assert event.details["status"] == {"before": "false_positive", "after": "open"}


def test_a_cleared_match_stays_cleared_until_the_name_changes(acme: int) -> None:
    load(party())
    decide("false_positive")
    assert rename("Acme Trading Ltd", "Acme Trading Ltd") == {}
    assert rename("Acme Trading Ltd", "Acme Trading Limited") == {"opened_again": 1}
    assert the_match().organization_name == "Acme Trading Limited"


def test_an_open_match_follows_the_entry(acme: int) -> None:
    load(party())
    assert load(party(name="Acme Trading House", digest="2", names=("Acme Tradings",))) == {"changed": 1}
    assert (the_match().listed_name, the_match().status) == ("Acme Tradings", "open")


@pytest.mark.parametrize("status", ["open", "confirmed"])
def test_a_new_name_does_not_shake_a_match_off(acme: int, status: str) -> None:
    load(party())
    decide(status)
    assert rename("Acme Trading Ltd", "Wholly Other House") == {}
    assert load(party()) == {}
    assert blocked(acme) == [f"{status}_screening_match"]


@pytest.mark.parametrize("status", ["open", "false_positive", "confirmed"])
def test_an_entry_that_leaves_the_list_leaves_its_history(acme: int, status: str) -> None:
    load(party())
    decide(status)
    assert load(party("E.2", "Nobody Near")) == {"delisted": 1}
    assert (the_match().status, the_match().reason) == (status, "A reason")
    assert blocked(acme) == []
    assert load(party("E.2", "Nobody Near")) == {}
    assert load(party()) == {"listed_again": 1}
    assert (the_match().status, the_match().delisted_at) == (status, None)
    assert blocked(acme) == ([] if status == "false_positive" else [f"{status}_screening_match"])


def test_an_entry_that_comes_back_changed_is_looked_at_again(acme: int) -> None:
    load(party())
    decide("false_positive")
    load(party("E.2", "Nobody Near"))
    assert load(party(digest="3")) == {"opened_again": 1, "listed_again": 1}
    assert blocked(acme) == ["open_screening_match"]


def test_a_list_takes_the_place_of_the_one_before(session: Session) -> None:
    load(party(), party("E.2", "Two", "2"), party("E.3", "Three", "3"))
    load(party(), party("E.2", "Two", "4"), party("E.4", "Four", "5"))
    event = events("load_sanctions_list")[-1]
    told = {name: event.details[name] for name in ("added", "changed", "removed")}
    assert told == {"added": ["E.4"], "changed": ["E.2"], "removed": ["E.3"]}
    assert set(session.scalars(sa.select(SanctionsEntry.reference))) == {"E.1", "E.2", "E.4"}


def test_made_up_entries_never_take_the_place_of_real_ones(session: Session) -> None:
    load(party(is_sample=True))
    load(party(digest="2"))
    with pytest.raises(SanctionsListError, match="a real list is loaded"):
        load(party(is_sample=True))
    assert session.get_one(SanctionsEntry, "E.1").digest == "2" * 64


def test_the_command_loads_the_list_and_screens(session: Session) -> None:
    an_organization(session, "investor", name="Phantasma Fictitious Trading Co")
    session.commit()
    result = CliRunner().invoke(app, ["screen", str(SAMPLE)])
    assert result.exit_code == 0, result.output
    told = " ".join(result.output.split())
    assert "The sanctions list has 12 entries: 12 new, 0 changed, 0 removed." in told
    assert "Screening matches: 1 new, 0 opened again, 0 off the list; 1 to decide at /screening." in told
    assert the_match().entry_reference == "DEMOe.001"
    again = CliRunner().invoke(app, ["screen", str(SAMPLE)])
    assert "Screening matches: 0 new" in again.output


def test_the_command_refuses_plainly_and_keeps_what_was_there(session: Session, file: Written) -> None:
    load(party())
    result = CliRunner().invoke(app, ["screen", str(file(a_list(entities=ENTITY.replace("2012-12-31", "x"))))])
    assert result.exit_code == 1
    told = " ".join(result.output.split())
    assert "Error: the sanctions list was not loaded: list.xml, line 11: LISTED_ON is 'x'" in told
    assert CliRunner().invoke(app, ["screen", "nowhere.xml"]).exit_code == 1
    assert list(session.scalars(sa.select(SanctionsEntry.reference))) == ["E.1"]


def test_the_sample_resembles_no_organization_of_the_reference_data(seeded_database: str) -> None:
    with transaction() as session:
        load_list(session, "command line", read_list(SAMPLE))
        assert screen_everyone(session, "command line") == {}


# deciding ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(session: Session, acme: int) -> Callable[[str], TestClient]:
    """Gives a browser that is signed in with a role; one match waits."""
    load(party())

    def opened(role: str) -> TestClient:
        client = TestClient(create_app(), base_url="https://testserver", follow_redirects=False)
        sign_in(client, a_user(session, role, an_organization(session, "coordinator")))
        return client

    return opened


def seen_by(client: TestClient) -> str:
    return page(client, f"/screening/{the_match().id}").one("input", name="seen").attributes["value"]


def send(client: TestClient, status: str, reason: str, seen: str) -> Any:
    sent = {"status": status, "reason": reason, "seen": seen, "form_token": form_token(client)}
    return client.post(f"/screening/{the_match().id}", data=sent)


def test_a_coordinator_decides_and_may_open_the_decision_again(
    session: Session, acme: int, browser: Callable[[str], TestClient]
) -> None:
    client = browser("coordinator")
    tree = page(client, "/screening")
    assert tree.with_class("app-result__title")[0].text == "Acme Trading Ltd"
    answer = send(client, "false_positive", "Other country", seen_by(client))
    assert (answer.status_code, answer.headers["location"]) == (303, "/organizations/acme?saved=decision")
    assert "Other country" in page(client, "/organizations/acme").text
    assert blocked(acme) == []
    assert page(client, "/screening").with_class("app-result__title") == []
    assert len(page(client, "/screening?status=false_positive").with_class("app-result__title")) == 1
    choices = page(client, f"/screening/{the_match().id}").all("input", type="radio")
    assert [one.attributes["value"] for one in choices] == ["open"]
    assert send(client, "confirmed", "Not from here", seen_by(client)).status_code == 422
    assert send(client, "open", "I was wrong", seen_by(client)).status_code == 303
    assert send(client, "confirmed", "The same address", seen_by(client)).status_code == 303
    assert blocked(acme) == ["confirmed_screening_match"]
    told = [
        (one.details["status"]["after"], one.details["reason"]["after"]) for one in events("decide_screening_match")
    ]
    assert told == [("false_positive", "Other country"), ("open", "I was wrong"), ("confirmed", "The same address")]
    history = page(client, f"/screening/{the_match().id}").one("table").one("tbody").all("tr")
    assert len(history) == 4
    assert the_match().decided_by_id is not None


def test_nobody_decides_on_what_they_did_not_see(browser: Callable[[str], TestClient]) -> None:
    first, second = browser("coordinator"), browser("coordinator")
    seen, also_seen = seen_by(first), seen_by(second)
    assert send(first, "confirmed", "The same", seen).status_code == 303
    answer = send(second, "false_positive", "Another <one>", also_seen)
    assert answer.status_code == 422
    tree = read(answer.text)
    assert "was decided meanwhile" in tree.with_class("govuk-error-summary")[0].text
    assert tree.one("textarea", id="reason").text == "Another <one>"
    assert the_match().status == "confirmed"
    decide("open")
    seen = seen_by(first)
    load(party(name="Acme Trading", digest="7"))
    assert send(first, "false_positive", "x", seen).status_code == 422
    assert the_match().status == "open"


@pytest.mark.parametrize(
    ("status", "reason", "fields"),
    [("", "", ["status", "reason"]), ("cleared", "x", ["status"]), ("confirmed", " ", ["reason"])],
)
def test_a_wrong_decision_comes_back_filled_in(
    browser: Callable[[str], TestClient], status: str, reason: str, fields: list[str]
) -> None:
    client = browser("coordinator")
    answer = send(client, status, reason, seen_by(client))
    assert answer.status_code == 422
    links = read(answer.text).with_class("govuk-error-summary")[0].all("a")
    assert [one.attributes["href"] for one in links] == [f"#{field}" for field in fields]
    assert the_match().status == "open"


def test_an_auditor_reads_and_does_not_decide(browser: Callable[[str], TestClient]) -> None:
    client = browser("auditor")
    tree = page(client, f"/screening/{the_match().id}")
    assert not tree.one("main").all("form")
    assert send(client, "false_positive", "x", "y").status_code == 403
    assert the_match().status == "open"


@pytest.mark.parametrize("role", ["focal_point", "itpo_officer", "donor_officer", "reviewer", "administrator"])
def test_others_see_nothing_of_screening(browser: Callable[[str], TestClient], role: str) -> None:
    client = browser(role)
    for path in ("/screening", f"/screening/{the_match().id}", "/screening/999999"):
        assert client.get(path).status_code == 403
    assert send(client, "false_positive", "x", "y").status_code == 403


def test_there_is_no_match_of_that_number(browser: Callable[[str], TestClient]) -> None:
    client = browser("coordinator")
    page(client, "/screening/999999", 404)
    assert client.get("/screening/99999999999").status_code == 422


def test_the_number_of_waiting_matches(session: Session, acme: int) -> None:
    load(party())
    added(session, _match(acme, "E.7", "open", delisted_at=datetime.now(UTC)))
    added(session, _match(acme, "E.8", "confirmed"))
    assert matches_to_decide(session) == 1


def _match(organization: int, reference: str, status: str, **facts: Any) -> ScreeningMatch:
    plain = {"entry_digest": "0" * 64, "listed_name": "x", "organization_name": "x", "score": 90}
    found_at = datetime.now(UTC)
    named = {"organization_id": organization, "entry_reference": reference, "status": status}
    return ScreeningMatch(**named, found_at=found_at, **{**plain, **facts})
