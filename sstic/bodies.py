"""How large a request may be. Bytes are counted as they come in, whatever the request says of its length."""

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sstic.errors import answer_error
from sstic.sent import MOST_BYTES
from sstic.settings import settings

MEGABYTE = 1_000_000


class BodyLimit:
    """Middleware that answers 413 to larger ones; whoever reads one in pieces is stopped at the limit."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of bounded size."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers, read = Headers(scope=scope), 0
        most = _most_bytes(headers.get("content-type", ""))
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > most:
            await answer_error(Request(scope), 413)(scope, receive, send)
            return

        async def receive_counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise HTTPException(413)
            return message

        await self.app(scope, receive_counted, send)


def _most_bytes(kind: str) -> int:
    carries_files = kind.lower().startswith("multipart/form-data")
    return int(settings().upload_megabytes * MEGABYTE) if carries_files else MOST_BYTES
