"""The language of the page: chosen by ``?lang=``, a cookie or the browser, and held for the time of one request."""

from contextvars import ContextVar
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from pathlib import Path
from urllib.parse import parse_qs

from babel import Locale
from babel.support import NullTranslations, Translations
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LANGUAGES = {
    "en": "English",
    "fr": "Français",
    "es": "Español",
    "ar": "العربية",
    "ru": "Русский",
    "zh": "中文",
}
FOLDER = Path(__file__).parent / "locale"
COOKIE = "__Host-sstic-language"
ONE_YEAR = 365 * 24 * 3600

_current: ContextVar[str] = ContextVar("language", default="en")


def language() -> str:
    """The language of the request in hand, as in ``fr``."""
    return _current.get()


def locale() -> Locale:
    """Babel's locale of the request in hand; English is written the British way."""
    return _parsed(language())


@lru_cache
def _parsed(code: str) -> Locale:
    return Locale.parse("en_GB" if code == "en" else code)


@lru_cache
def translations(code: str) -> NullTranslations:
    """The catalogue of a language; English needs none."""
    return Translations.load(FOLDER, [code])


def gettext(message: str) -> str:
    """A message in the language of the request in hand."""
    return translations(language()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """A message that depends on a number."""
    return translations(language()).ngettext(singular, plural, number)


def mark(message: str) -> str:
    """Mark a message for the catalogue without translating it yet."""
    return message


def choose(query: str, cookie: str, accepted: str) -> tuple[str, bool]:
    """The language for a request, and whether it was asked for in the address.

    Examples
    --------
    >>> choose("lang=ar", "fr", "en")
    ('ar', True)
    >>> choose("", "", "de, es-MX;q=0.8, en;q=0.5")
    ('es', False)
    """
    asked = parse_qs(query, max_num_fields=100).get("lang", [""])[0] if query.count("&") < 100 else ""
    if asked in LANGUAGES:
        return asked, True
    if cookie in LANGUAGES:
        return cookie, False
    return _best(accepted), False


def _best(accepted: str) -> str:
    wishes: list[tuple[float, str]] = []
    for wish in accepted[:200].split(","):
        tag, _, quality = wish.strip().partition(";q=")
        code = tag[:2].lower()
        if code in LANGUAGES:
            wishes.append((_quality(quality), code))
    return max(wishes, key=lambda wish: wish[0])[1] if wishes else "en"


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0


def _remembered(headers: Headers) -> str:
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return ""
    return cookies[COOKIE].value if COOKIE in cookies else ""


class LanguageOfRequest:
    """Middleware that sets the language, and remembers one that was asked for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in its language."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        query = scope["query_string"].decode("latin-1")
        code, asked = choose(query, _remembered(headers), headers.get("accept-language", ""))
        token = _current.set(code)

        async def send_told(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                kind = answer.get("content-type", "")
                if kind.startswith(("text/html", "application/json")):
                    answer["Content-Language"] = code
                    answer.add_vary_header("Accept-Language, Cookie")
                    if asked and kind.startswith("text/html"):
                        cookie = f"{COOKIE}={code}; Max-Age={ONE_YEAR}; Path=/; Secure; HttpOnly; SameSite=Lax"
                        answer.append("Set-Cookie", cookie)
            await send(message)

        try:
            await self.app(scope, receive, send_told)
        finally:
            _current.reset(token)
