"""Headers that every answer carries, errors and files too; and answers to those who ask for headers alone."""

from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sstic.identity import COOKIE

POLICY = "; ".join(
    (
        "default-src 'none'",
        "object-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
# Two years; browsers then never come by plain HTTP, to this name or to any below it.
ONLY_BY_TLS = "max-age=63072000; includeSubDomains"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")


class SecurityHeaders:
    """Middleware that adds them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request with the headers."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})  # shared with the copies of the scope that others make

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                answer.update(HEADERS)
                if scope["scheme"] == "https":
                    answer["Strict-Transport-Security"] = ONLY_BY_TLS
                if "immutable" not in answer.get("cache-control", ""):  # a file, the same for everybody
                    private = state.get("has_form") or _is_somebodys(scope)
                    answer["Cache-Control"] = "no-store" if private else answer.get("cache-control", "no-cache")
            await send(message)

        await self.app(scope, receive, send_with)


def _is_somebodys(scope: Scope) -> bool:
    """Whether an answer may be meant for the sender alone: the sender may be signed in, or sends a form."""
    request = HTTPConnection(scope)
    return COOKIE in request.cookies or "authorization" in request.headers or scope["method"] not in SAFE_METHODS


class HeadAsGet:
    """Middleware that answers HEAD as GET without the body; FastAPI's routes know GET only."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_empty(message: Message) -> None:
            await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

        await self.app({**scope, "method": "GET"}, receive, send_empty)
