"""Errors: a page for people, problem+json (RFC 9457) under /api. Neither repeats what was sent."""

import logging
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sstic import logs
from sstic.pages import render

log = logging.getLogger(__name__)
API = "/api/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Refusals that somebody who looks after the service wants to see; a wrong address or a slip in a form is none.
TOLD = (400, 401, 403, 413, 429)


class Fault(BaseModel):
    """What is wrong with one part of a request."""

    where: str = Field(description="The part of the request, as in `query.limit`.", examples=["query.limit"])
    message: str = Field(description="What is wrong with it.", examples=["Input should be a valid integer"])


class Problem(BaseModel):
    """A problem as of RFC 9457."""

    type: str = Field("about:blank", description="Always `about:blank`: the status says what kind it is.")
    title: str = Field(description="The name of the status.", examples=["Not Found"])
    status: int = Field(description="The HTTP status.", examples=[404])
    detail: str | None = Field(None, description="What happened, in a sentence.")
    faults: list[Fault] = Field(default=[], description="For 422: each part that is wrong.")


class ProblemResponse(JSONResponse):
    """A problem as an answer."""

    media_type = "application/problem+json"


def problem(status: int, detail: str | None = None, faults: Sequence[Fault] = ()) -> ProblemResponse:
    """The answer for an error under /api."""
    body = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, faults=list(faults))
    return ProblemResponse(body.model_dump(exclude_defaults=False), status)


def answer_error(request: Request, status: int, faults: Sequence[Fault] = ()) -> Response:
    """The answer for an error, wherever it arose."""
    if status in TOLD:
        logs.refused(request, status)
    if request.url.path.startswith(API):
        return problem(status, _detail(status), faults)
    return render(request, "error.html", status, fault=status)


def _detail(status: int) -> str | None:
    return {
        401: "The request carries no good token.",
        403: "You may not do this.",
        404: "There is nothing at this address.",
        422: "Some parts of the request are not valid.",
    }.get(status)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answer an error that a handler or the router raised."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        return _other_method(request)
    answer = answer_error(request, error.status_code)
    answer.headers.update(error.headers or {})
    return answer


def _other_method(request: Request) -> Response:
    """Name the methods that an address knows; OPTIONS asks for just that."""
    scope = {**request.scope, "root_path": ""}
    known = [method for method in METHODS if _is_known(request.app.router.routes, {**scope, "method": method})]
    if "GET" in known:
        known.insert(1, "HEAD")
    answer = Response(status_code=204) if request.method == "OPTIONS" else answer_error(request, 405)
    answer.headers["Allow"] = ", ".join([*known, "OPTIONS"])
    return answer


def _is_known(routes: Sequence[BaseRoute], scope: Scope) -> bool:
    if any(isinstance(route, Mount) and route.matches(scope)[0] is Match.FULL for route in routes):
        return bool(scope["method"] == "GET")  # files are only read
    return any(route.matches(scope)[0] is Match.FULL for route in routes)


async def on_invalid(request: Request, error: Exception) -> Response:
    """Answer a request whose parts are not valid; pydantic's message is kept, the input is not."""
    assert isinstance(error, RequestValidationError)
    faults = [Fault(where=".".join(str(part) for part in one["loc"][:2]), message=one["msg"]) for one in error.errors()]
    return answer_error(request, 422, faults)


class LastResort:
    """Middleware that answers 500 for what nobody caught, within the middleware that adds the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request whatever happens."""
        started = False

        async def send_seen(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_seen)
        except Exception:
            log.exception("unexpected error")
            if started or scope["type"] != "http":
                raise
            await answer_error(Request(scope), 500)(scope, receive, send)


def add_handlers(app: FastAPI) -> None:
    """Let the app answer errors this way."""
    app.add_exception_handler(HTTPException, on_http_error)
    app.add_exception_handler(RequestValidationError, on_invalid)


PROBLEM_CONTENT: dict[str, Any] = {
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
}
NOT_SIGNED_IN: dict[str, Any] = {"description": "A good token is missing.", **PROBLEM_CONTENT}
NOT_ALLOWED: dict[str, Any] = {"description": "The person may not do this.", **PROBLEM_CONTENT}
INVALID: dict[int | str, dict[str, Any]] = {
    422: {"description": "A part of the request is not valid.", **PROBLEM_CONTENT}
}
NOT_FOUND: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is nothing at this address.", **PROBLEM_CONTENT}
}
