"""Every page in a real Chromium: accessibility rules, console, width, keyboard, and life without JavaScript."""

import shutil
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
import uvicorn
from conftest import fill, let_go, point_service_at
from plan_records import a_run, a_triangular, an_investment, an_unmatched
from playwright.sync_api import Browser, Page, sync_playwright
from records import a_session, a_user
from sqlalchemy.orm import Session

from sstic import database
from sstic.app import create_app
from sstic.identity import COOKIE
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import GoodPractice
from sstic.tables.investment import Investor
from sstic.tables.needs import Need

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine; .ci/run installs Debian's")

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
FLAGS += ("--disable-background-networking", "--disable-component-update", "--disable-sync")
AXE = (Path(__file__).parent / "axe.min.js").read_text(encoding="utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PATHS = (
    "/",
    "/plan",
    "/plan?region=Africa&page=1",
    "/proposals/1",
    "/investment-proposals/1",
    "/needs",
    "/needs?q=nothing+like+this",
    "/needs/N-001",
    "/good-practices",
    "/good-practices/GP-001",
    "/funding-windows",
    "/funding-windows/FW-001",
    "/countries",
    "/countries/GHA",
    "/countries/FJI",
    "/judgements",
    "/judgements/N-001",
    "/judgements/N-055",
    "/sources",
    "/accessibility",
    "/nowhere",
    "/needs?page=0",
)


def add_plan(session: Session) -> None:
    """A plan over the reference data, with more proposals than one page of the list holds."""
    run = a_run(session)
    needs = session.scalars(sa.select(Need).order_by(Need.reference).limit(24)).all()
    practices = session.scalars(sa.select(GoodPractice).order_by(GoodPractice.reference).limit(24)).all()
    windows = session.scalars(sa.select(FundingWindow).order_by(FundingWindow.reference).limit(24)).all()
    investor = session.scalars(sa.select(Investor).limit(1)).one()
    for need, practice, window in zip(needs, practices, windows, strict=True):
        a_triangular(session, run, need, practice, window)
    an_investment(session, run, needs[0], investor)
    an_unmatched(session, run, needs[1], mode="investment")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running service with the reference data and a plan."""
    with pytest.MonkeyPatch.context() as patch:
        made = f"sqlite:///{tmp_path_factory.mktemp('browser') / 'sstic.db'}"
        fill(made)
        point_service_at(made, patch)
        with Session(database.engine()) as session, session.begin():
            add_plan(session)
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(), log_level="critical", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
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


def opened(browser: Browser, language: str = "en", width: int = 1280, scripts: bool = True) -> Page:
    size = {"width": width, "height": 900}
    context = browser.new_context(viewport=size, locale=language, java_script_enabled=scripts)  # type: ignore[arg-type]
    return context.new_page()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_page_breaks_an_accessibility_rule(browser: Browser, address: str, language: str, width: int) -> None:
    page = opened(browser, language, width)
    spoken: list[str] = []
    page.on("console", lambda message: spoken.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: spoken.append(str(error)))
    broken = []
    for path in PATHS:
        answer = page.goto(address + path)
        assert answer is not None
        page.evaluate(AXE)
        found = page.evaluate("tags => axe.run(document, {runOnly: tags})", RULES)
        broken += [f"{path} {one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
        assert found["passes"], path
        # Chromium itself says on the console that a page answered with an error status.
        assert [text for text in spoken if "Failed to load resource" not in text] == [], path
        assert not spoken or answer.status >= 400, path
        spoken.clear()
    assert broken == []


@pytest.mark.parametrize("language", ["en", "ar", "fr", "ru"])
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_no_page_is_wider_than_the_screen(browser: Browser, address: str, language: str, width: int) -> None:
    page = opened(browser, language, width)
    for path in PATHS:
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide == 0, path


def focused(page: Page) -> str:
    """What has the focus: its text, or its name for a field."""
    found: str = page.evaluate("(document.activeElement.name || document.activeElement.textContent || '').trim()")
    return found


def tab_to(page: Page, wanted: str, most: int = 60) -> None:
    """Press Tab until ``wanted`` has the focus, and see that each stop shows it."""
    for _ in range(most):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            "(style => style.outlineStyle !== 'none' || style.boxShadow !== 'none')"
            "(getComputedStyle(document.activeElement))"
        )
        assert shown, focused(page)
        if focused(page) == wanted:
            return
    pytest.fail(f"'{wanted}' was not reached by keyboard")


def test_the_keyboard_reaches_the_main_actions(browser: Browser, address: str) -> None:
    page = opened(browser)
    page.goto(address + "/")
    page.keyboard.press("Tab")
    assert focused(page) == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.goto(address + "/")
    tab_to(page, "See the present plan")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan")
    tab_to(page, "action_area")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Apply filters")
    page.keyboard.press("Enter")
    page.wait_for_url("**/plan?*action_area=technology*")
    tab_to(page, "The map as a table")
    page.keyboard.press("Enter")
    assert page.get_by_role("table", name="The triangles on the map").is_visible()
    page.get_by_role("table", name="Triangular proposals, most points first").get_by_role("link").first.press("Enter")
    page.wait_for_url("**/proposals/*")
    assert page.get_by_role("heading", level=1).inner_text().startswith("Triangular proposal")


def test_on_a_phone_the_menu_opens_by_keyboard(browser: Browser, address: str) -> None:
    page = opened(browser, width=390)
    page.goto(address + "/")
    assert not page.get_by_role("link", name="Funding windows", exact=True).first.is_visible()
    tab_to(page, "Menu")
    page.keyboard.press("Enter")
    tab_to(page, "Funding windows")
    page.keyboard.press("Enter")
    page.wait_for_url("**/funding-windows")


def test_everything_works_without_scripts(browser: Browser, address: str) -> None:
    page = opened(browser, width=390, scripts=False)
    page.goto(address + "/")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name="Needs").click()
    page.get_by_label("Action area").select_option("environment")
    page.get_by_role("button", name="Apply filters").click()
    assert "action_area=environment" in page.url
    assert page.get_by_text("Environmental sustainability").count() > 1
    page.get_by_role("link", name="العربية").click()
    assert page.locator("html").get_attribute("dir") == "rtl"
    assert "action_area=environment" in page.url


def test_judging_works_by_keyboard_and_without_scripts(browser: Browser, address: str) -> None:
    page = opened(browser, width=390, scripts=False)
    with Session(database.engine()) as session:
        secret = a_session(a_user(session, "reviewer"))
    page.context.add_cookies(
        [{"name": COOKIE, "value": secret, "url": address.replace("http:", "https:"), "secure": True}]
    )
    page.goto(address + "/judgements/N-055")
    tab_to(page, "grade-GP-053", 400)
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.type("Same branches")
    page.keyboard.press("Enter")
    page.wait_for_url("**/judgements/N-055?saved=1")
    assert page.get_by_text("1 judgement changed.").is_visible()
    assert page.locator("#reason-GP-053").input_value() == "Same branches"
    assert page.locator("input[name=grade-GP-053]:checked").input_value() == "0"
