"""A need walks its way in a real Chromium, in Arabic and on a phone: begun, left, resumed, returned, endorsed, open."""

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from conftest import fill, let_go, point_service_at
from need_walks import LETTER
from playwright.sync_api import Browser, Page, sync_playwright
from records import sign_in
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from sstic import database
from sstic.app import create_app
from sstic.identity import COOKIE
from sstic.tables.accounts import User

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs Debian's")

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
FLAGS += ("--disable-background-networking", "--disable-component-update", "--disable-sync")
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NEXT_YEAR = datetime.now(UTC).year + 1


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running service with the reference data."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("walk")
        made = f"sqlite:///{folder / 'sstic.db'}"
        fill(made)
        patch.setenv("SSTIC_DATA_DIR", str(folder))
        point_service_at(made, patch)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(), log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://localhost:{listening.getsockname()[1]}"
        server.should_exit = True
        thread.join()
        listening.close()
        let_go()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield started
        started.close()


def signed_in(browser: Browser, address: str, email: str, language: str, width: int, scripts: bool = True) -> Page:
    """A person at a browser of their own."""
    client = TestClient(create_app(), base_url="https://testserver")
    with Session(database.engine()) as session:
        secret = sign_in(client, session.scalars(sa.select(User).where(User.email == email)).one())
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=language, java_script_enabled=scripts
    )
    page = context.new_page()
    kept = f"{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax"
    page.route("**/as-if-signed-in", lambda route: route.fulfill(body="signed in", headers={"set-cookie": kept}))
    page.goto(f"{address}/as-if-signed-in")
    return page


def looked_at(page: Page, name: str) -> None:
    """See that a page breaks no rule of accessibility and is not wider than the screen; keep a picture if asked to."""
    page.evaluate(AXE)
    found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
    assert [f"{one['id']}: {one['nodes'][0]['html'][:300]}" for one in found["violations"]] == [], name
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0, name
    folder = os.environ.get("SSTIC_SCREENSHOTS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def press(page: Page, value: str) -> None:
    """Press the button of a step that sends ``value``, the one that is seen."""
    with page.expect_navigation():
        page.locator(f"button[name=do][value={value}]:visible").last.click()


FILLED = {
    "what": {"title": "تخزين مبرد للأسماك", "statement": "مصانع ثلج وغرف تبريد\nللأسماك التي تنزلها القوارب الصغيرة."},
    "why": {"why": "يفسد ثلث المصيد.", "evidence": "مسح عام ٢٠٢٥."},
    "who": {"beneficiaries": "النساء اللواتي يدخنّ الأسماك ويبعنها.", "people_reached": "١٢٬٠٠٠"},
    "targets": {"indicators-0-name": "المصيد الفاسد", "indicators-0-baseline": "٣٣٫٥", "indicators-0-target": "١٠"},
    "money": {"budget_amount": "١٬٢٥٠٬٠٠٠", "self_financing_share": "٢٠"},
    "timing": {
        **{"starts_on-day": "١", "starts_on-month": "٣", "starts_on-year": str(NEXT_YEAR)},
        **{"expires_on-day": "31", "expires_on-month": "12", "expires_on-year": str(NEXT_YEAR)},
    },
    "contacts": {"contacts-0-name": "آمنة", "contacts-0-email": "amina@example.org"},
}


def fill_step(page: Page, step: str) -> None:
    for name, value in FILLED.get(step, {}).items():
        page.locator(f"#{name}").fill(value)
    if step == "help":
        page.locator("input[name=modalities]").first.check()
        page.locator("input[name=themes]").first.check()


@pytest.mark.parametrize(("language", "width", "scripts"), [("ar", 390, True), ("fr", 1280, True)])
def test_a_need_walks_its_way(browser: Browser, address: str, language: str, width: int, scripts: bool) -> None:
    def someone(email: str) -> Page:
        return signed_in(browser, address, f"{email}@example.org", language, width, scripts)

    writer, approver = someone("focal-point.egy"), someone("approver.egy")
    writer.goto(f"{address}/needs/new")
    assert writer.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    looked_at(writer, f"{language}-new")
    writer.locator("#title").fill(FILLED["what"]["title"])
    press_first(writer)
    looked_at(writer, f"{language}-new-wrong")
    assert writer.locator("#title").input_value() == FILLED["what"]["title"]
    writer.locator("input[name=action_area]").first.check()
    press_first(writer)
    writer.wait_for_url("**/edit/what")
    reference = writer.url.split("/")[4]
    looked_at(writer, f"{language}-what")
    writer.locator("#statement").fill("نصف جملة")
    press(writer, "leave")
    writer.wait_for_url("**/edit?saved=what")
    looked_at(writer, f"{language}-steps")

    # Another browser of the same ministry goes on; the first comes late with an old page.
    colleague = someone("focal-point.egy")
    writer.goto(f"{address}/needs/{reference}/edit/what")
    colleague.goto(f"{address}/needs/{reference}/edit/what")
    assert colleague.locator("#statement").input_value() == "نصف جملة"
    for number, step in enumerate(("what", "why", "who", "targets", "help", "money", "timing", "contacts")):
        colleague.wait_for_url(f"**/edit/{step}*")
        fill_step(colleague, step)
        if step == "money":
            colleague.locator("#budget_amount").fill("كثير")
            press(colleague, "go")
            looked_at(colleague, f"{language}-money-wrong")
            assert colleague.locator("#budget_amount").input_value() == "كثير"
            fill_step(colleague, step)
        if step == "help":
            press(colleague, "advise")
            looked_at(colleague, f"{language}-advice")
            assert colleague.locator("input[name=themes]").first.is_checked()
        looked_at(colleague, f"{language}-{number}-{step}")
        press(colleague, "go")
    colleague.wait_for_url("**/edit?saved=contacts")
    looked_at(colleague, f"{language}-steps-done")
    writer.locator("#statement").fill("نص آخر")
    press(writer, "go")
    looked_at(writer, f"{language}-conflict")
    assert writer.locator("#statement").input_value() == "نص آخر"

    colleague.goto(f"{address}/needs/{reference}/check")
    looked_at(colleague, f"{language}-check")
    press_first(colleague)
    colleague.wait_for_url("**/status")
    looked_at(colleague, f"{language}-receipt")

    approver.goto(f"{address}/needs/{reference}/return")
    looked_at(approver, f"{language}-return")
    approver.locator("#evidence").fill("أي مسح؟")
    press_first(approver)
    approver.wait_for_url("**/status")
    colleague.goto(f"{address}/needs/{reference}/edit/why")
    looked_at(colleague, f"{language}-returned")
    colleague.locator("#evidence").fill("مسح وزارة الثروة السمكية.")
    press(colleague, "leave")
    colleague.goto(f"{address}/needs/{reference}/check")
    press_first(colleague)
    colleague.wait_for_url("**/status")

    approver.goto(f"{address}/needs/{reference}/endorse")
    looked_at(approver, f"{language}-endorse")
    press_first(approver)
    looked_at(approver, f"{language}-endorse-wrong")
    approver.locator("#letter").set_input_files({"name": "letter.pdf", "mimeType": "application/pdf", "buffer": LETTER})
    press_first(approver)
    approver.wait_for_url("**/status")
    looked_at(approver, f"{language}-endorsed")
    press_first(approver)
    looked_at(approver, f"{language}-open")
    approver.goto(f"{address}/needs/{reference}")
    assert FILLED["what"]["title"] in approver.locator("h1").inner_text()
    looked_at(approver, f"{language}-public")
    for path in ("drafts", f"{reference}/withdraw"):
        approver.goto(f"{address}/needs/{path}")
        looked_at(approver, f"{language}-{path.rsplit('/', 1)[-1]}")


def press_first(page: Page) -> None:
    """Press the button of the one form in the main part of a page."""
    with page.expect_navigation():
        page.locator("main form button.govuk-button").first.click()


def test_a_step_is_filled_and_saved_by_keyboard_alone(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, "focal-point.egy@example.org", "en", 1280, scripts=False)
    page.goto(f"{address}/needs/new")
    page.locator("#title").focus()
    page.keyboard.type("Solar dryers")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/what")
    page.goto(page.url.replace("/what", "/targets"))
    page.locator("#indicators-0-name").focus()
    for text in ("Dried fruit", "tonnes", "1.5", "2025", "12", "2030"):
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.locator("#indicators-0-target").focus()
    page.keyboard.press("Enter")  # Enter in a field saves; it does not add a row
    page.wait_for_url("**/edit/help?saved=targets")


def test_pages_of_the_form_hold_at_four_hundred_percent(browser: Browser, address: str) -> None:
    page = signed_in(browser, address, "focal-point.egy@example.org", "en", 320)
    page.goto(f"{address}/needs/new")
    page.locator("#title").fill("Cold rooms")
    page.locator("input[name=action_area]").first.check()
    press_first(page)
    page.wait_for_url("**/edit/what")
    root = page.url.removesuffix("/what")
    for path in (
        "",
        *(f"/{step}" for step in ("what", "why", "who", "targets", "help", "money", "timing", "contacts")),
    ):
        page.goto(root + path)
        looked_at(page, f"narrow{path.replace('/', '-')}")
