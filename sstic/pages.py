"""What all pages share: the templates with their filters, and the answer that a page is."""

import hashlib
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel import Locale
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from sstic import formats, labels, maps
from sstic.form_tokens import FormToken
from sstic.language import LANGUAGES, gettext, language, ngettext

STATIC = Path(__file__).parent / "static"


@lru_cache
def asset(name: str) -> str:
    """The address of a file in ``static``, which changes with its content."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def original(text: object) -> Markup:
    """Text that is in English whatever the language of the page, set apart from the right-to-left text around it."""
    if language() == "en":
        return escape(text)
    return Markup('<bdi lang="en">{}</bdi>').format(text)


def name(text: object) -> Markup:
    """A name, kept apart from the writing direction around it."""
    return Markup("<bdi>{}</bdi>").format(text)


def host(address: str) -> str:
    """The host of an address, which names the publisher of a page."""
    return address.split("//", 1)[-1].split("/", 1)[0].removeprefix("www.")


def _is_web(address: str | None) -> bool:
    """Whether an address may stand in a link; anything but http and https is shown as text."""
    return bool(address) and str(address).startswith(("http://", "https://"))


FILTERS: dict[str, Callable[..., Any]] = {
    "original": original,
    "bdi": name,
    "host": host,
    "country": formats.country_name,
    "region": formats.region_name,
    "language_name": formats.language_name,
    "number": formats.number,
    "as_stated": formats.plain_number,
    "percent": formats.percent,
    "money": formats.money,
    "points": formats.points,
    "day": formats.day,
    "moment": formats.moment,
}


@lru_cache
def environment() -> Environment:
    """The templates."""
    loader = ChoiceLoader(
        [PackageLoader("sstic"), PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})]
    )
    made = Environment(
        loader=loader,
        autoescape=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    made.filters.update(FILTERS)
    made.tests["web"] = _is_web
    made.globals.update(
        asset=asset, label=labels.label, options=labels.options, languages=LANGUAGES, map_height=maps.HEIGHT
    )
    return made


def same_page(request: Request, code: str) -> str:
    """The address of the page in hand in another language."""
    kept = [(key, value) for key, value in request.query_params.multi_items() if key != "lang"]
    return "?" + urlencode([*kept, ("lang", code)])


def render(request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """A page."""
    code, token = language(), FormToken(request)
    html = (
        environment()
        .get_template(template)
        .render(
            path=request.url.path,
            lang=code,
            direction=Locale.parse(code).text_direction,
            who=getattr(request.state, "principal", None),
            form_token=token,
            language_links=[(one, own, same_page(request, one)) for one, own in LANGUAGES.items()],
            **context,
        )
    )
    answer = HTMLResponse(html, status)
    token.give_cookie(answer)
    return answer
