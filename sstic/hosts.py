"""For which names the service answers, and that it does so by TLS alone once it is in production.

Whoever asks for another name gets 400: links, redirects and caches must not follow a name that a stranger chose.
"""

import re
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from sstic.errors import API, answer_error
from sstic.settings import LOCAL_NAMES, settings

# A balancer asks these for itself, without TLS; they tell nothing.
PROBES = ("/healthz", "/readyz")
_HOST = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?")


class AllowedHosts:
    """Middleware that refuses requests for names that are not ours."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request if it is for us."""
        if scope["type"] != "http" or _is_ours(Headers(scope=scope).getlist("host")):
            await self.app(scope, receive, send)
            return
        nameless = {**scope, "headers": [header for header in scope["headers"] if header[0] != b"host"]}
        await answer_error(Request(nameless), 400)(scope, receive, send)


def _is_ours(told: list[str]) -> bool:
    found = _HOST.fullmatch(told[0].lower()) if len(told) == 1 else None
    return found is not None and found[1] in (settings().allowed_hosts or LOCAL_NAMES)


class OnlyByTls:
    """Middleware that in production sends people on to TLS; programs are refused, lest they go on unnoticed."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request if it came by TLS."""
        if scope["type"] != "http" or _may_be_plain(scope):
            await self.app(scope, receive, send)
        elif scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(API):
            query = scope["query_string"].decode("latin-1")
            address = settings().own_address + quote(scope["path"]) + (f"?{query}" if query else "")
            await RedirectResponse(address, 308)(scope, receive, send)
        else:
            await answer_error(Request(scope), 403)(scope, receive, send)


def _may_be_plain(scope: Scope) -> bool:
    return scope["scheme"] == "https" or scope["path"] in PROBES or not settings().production
