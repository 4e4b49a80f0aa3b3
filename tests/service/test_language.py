import io
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from page_reading import Element, read
from records import a_country, a_need
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

import sstic
from matching import eligibility, rules
from sstic import formats, language
from sstic.app import create_app
from sstic.labels import LABELS
from sstic.language import LANGUAGES, choose
from sstic.tables.countries import FACT_KINDS
from sstic.tables.funding import DONOR_TYPES, FUNDING_WINDOW_MOVES
from sstic.tables.needs import MODALITIES
from sstic.tables.proposals import INVESTMENT_PROPOSAL_MOVES, TRIANGULAR_PROPOSAL_MOVES

PACKAGE = Path(sstic.__file__).parent
TRANSLATED = [code for code in LANGUAGES if code != "en"]


def catalogue(code: str) -> Catalog:
    with (PACKAGE / "locale" / code / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file)


def messages(found: Catalog) -> dict[object, Message]:
    return {message.id: message for message in found if message.id}


def test_the_catalogue_holds_every_message_of_the_code() -> None:
    methods = [("**.py", "python"), ("templates/**.html", "jinja2")]
    options = {"templates/**.html": {"trim_blocks": "true", "lstrip_blocks": "true", "extensions": "jinja2.ext.do"}}
    keywords = {"_": None, "gettext": None, "ngettext": (1, 2), "mark": None}
    found = extract_from_dir(str(PACKAGE), methods, options, keywords)
    used = {message for _file, _line, message, _comments, _context in found}
    with (PACKAGE / "locale" / "messages.pot").open("rb") as file:
        assert set(messages(read_po(file))) == used
    for code in LANGUAGES:
        assert set(messages(catalogue(code))) == used


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_compiled_catalogue_equals_its_source(code: str) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, catalogue(code))
    assert (PACKAGE / "locale" / code / "LC_MESSAGES" / "messages.mo").read_bytes() == compiled.getvalue()


@pytest.mark.parametrize("code", TRANSLATED)
def test_every_message_is_translated_and_keeps_its_places(code: str) -> None:
    for message in messages(catalogue(code)).values():
        forms = message.string if isinstance(message.string, tuple) else (message.string,)
        assert all(form.strip() for form in forms), message.id
        first = message.id[0] if isinstance(message.id, tuple) else message.id
        for form in forms:
            assert set(re.findall(r"%\(\w+\)s", form)) == set(re.findall(r"%\(\w+\)s", str(first))), message.id
            assert "%" not in re.sub(r"%\(\w+\)s", "", form), f"{message.id}: a bare % is taken for a place"


def test_every_code_has_a_word() -> None:
    found = (eligibility.NEED_PRACTICE, eligibility.NEED_WINDOW, eligibility.PROVIDER_WINDOW)
    found += (eligibility.NEED_INVESTOR, eligibility.NEED_OFFICE)
    assert {rule.__name__ for group in found for rule in group} <= set(LABELS["rule"])
    assert {*rules.TRIANGULAR_WEIGHTS, *rules.INVESTMENT_WEIGHTS} == set(LABELS["criterion"])
    assert {*TRIANGULAR_PROPOSAL_MOVES, *INVESTMENT_PROPOSAL_MOVES} == set(LABELS["proposal_status"])
    assert set(FUNDING_WINDOW_MOVES) == set(LABELS["window_status"])
    assert set(FACT_KINDS) == set(LABELS["fact"])
    assert set(MODALITIES) == set(LABELS["modality"])
    assert set(DONOR_TYPES) == set(LABELS["donor_type"])


@pytest.mark.parametrize(
    ("query", "cookie", "accepted", "chosen"),
    [
        ("", "", "", "en"),
        ("lang=ar", "fr", "es", "ar"),
        ("lang=xx", "fr", "es", "fr"),
        ("", "xx", "de-AT, zh-Hans;q=0.4, ru;q=0.9", "ru"),
        ("", "", "de, ;q=x, es;q=nonsense", "es"),
        ("lang=" + "&" * 5000, "", "fr", "fr"),
    ],
)
def test_the_language_is_chosen_by_address_cookie_or_browser(
    query: str, cookie: str, accepted: str, chosen: str
) -> None:
    assert choose(query, cookie, accepted)[0] == chosen


@pytest.fixture
def client(session: Session) -> TestClient:
    """A browser on an empty database."""
    return TestClient(create_app(), "https://testserver")


def page(client: TestClient, path: str, **headers: str) -> Element:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200
    return read(answer.text)


def test_a_language_asked_for_is_remembered(client: TestClient) -> None:
    assert page(client, "/accessibility?lang=fr").one("h1").text == "Accessibilité"
    assert page(client, "/accessibility").one("html").attributes["lang"] == "fr"
    cookie = client.get("/?lang=es").headers["set-cookie"]
    assert cookie.startswith("__Host-sstic-language=es; ")
    assert set(cookie.split("; ")[1:]) == {"Max-Age=31536000", "Path=/", "Secure", "HttpOnly", "SameSite=Lax"}
    assert "set-cookie" not in client.get("/?lang=xx").headers


def test_arabic_reads_from_right_to_left(session: Session, client: TestClient) -> None:
    a_country(session, "EGY", name_ar="مصر")
    need = a_need(session, "EGY")
    session.commit()
    tree = page(client, f"/needs/{need.reference}?lang=ar")
    assert tree.one("html").attributes["dir"] == "rtl"
    assert "theme-rtl.css" in tree.one("link", rel="stylesheet").attributes["href"]
    assert tree.one("h1").one("bdi").attributes["lang"] == "en"
    assert "مصر" in [one.text for one in tree.all("bdi")]
    links = {one.attributes["lang"]: one for one in tree.all("a", **{"class": "app-languages__link"})}
    assert list(links) == list(LANGUAGES)
    assert links["ar"].attributes["aria-current"] == "true"


def test_the_language_links_keep_the_filters(client: TestClient) -> None:
    tree = page(client, "/needs?q=a%26b&lang=fr")
    (link,) = [one for one in tree.all("a", hreflang="ru") if one.attributes["hreflang"] == "ru"]
    assert link.attributes["href"] == "?q=a%26b&lang=ru"


@pytest.mark.parametrize(
    ("code", "money", "day", "share"),
    [
        ("en", "USD 1,250,000", "24 November 2026", "0.14%"),
        ("fr", "USD 1\u202f250\u202f000", "24 novembre 2026", "0,14 %"),
        ("zh", "USD 1,250,000", "2026年11月24日", "0.14%"),
    ],
)
def test_figures_follow_the_language(code: str, money: str, day: str, share: str) -> None:
    token = language._current.set(code)
    try:
        assert formats.money(Decimal(1_250_000), "USD").replace("\xa0", " ") == money
        assert formats.day(date(2026, 11, 24)) == day
        assert formats.percent(0.0014, 2).replace("\u202f", " ").replace("\xa0", " ") == share
    finally:
        language._current.reset(token)


def test_measured_numbers_keep_what_matters() -> None:
    told = {12345.678: "12,346", 242.153: "242.2", 0.094153: "0.09415", -1.139: "-1.139", 0.0: "0", 15.0: "15"}
    assert {value: formats.number(value) for value in told} == told
    assert formats.number(0.0000012345) != "0"
