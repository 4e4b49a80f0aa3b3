"""The hidden field that proves that a form was opened on our own page, by whoever sends it.

It is a digest of a secret that only the sender's browser holds: the cookie of the session, or, before signing in, a
cookie of the visitor. So it changes at signing in, and nobody can make one for another.
"""

import hashlib
import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from sstic.identity import COOKIE

FIELD = "form_token"
VISITOR = "__Host-sstic-visitor"


class FormToken:
    """The token of one request, made when a template asks for it; a visitor then gets a cookie."""

    def __init__(self, request: Request) -> None:
        self._state = request.state
        self._secret = _secret_of(request)
        self._is_new = False

    def __str__(self) -> str:
        """The token; a page that carries one is its visitor's alone, and not kept by the browser."""
        self._state.has_form = True
        if not self._secret:
            self._secret, self._is_new = secrets.token_urlsafe(32), True
        return _token_of(self._secret)

    def give_cookie(self, answer: Response) -> None:
        """Let a new visitor's browser keep the secret."""
        if self._is_new:
            answer.set_cookie(VISITOR, self._secret, secure=True, httponly=True, samesite="lax", path="/")


def is_good(request: Request, token: str) -> bool:
    """Whether a form that carries ``token`` was opened by the sender of the request."""
    secret = _secret_of(request)
    return bool(secret) and hmac.compare_digest(_token_of(secret).encode(), token.encode())


def _secret_of(request: Request) -> str:
    principal = getattr(request.state, "principal", None)
    signed_in = principal is not None and principal.session_id is not None
    return request.cookies.get(COOKIE if signed_in else VISITOR, "")


def _token_of(secret: str) -> str:
    return hashlib.sha256(f"form {secret}".encode()).hexdigest()
