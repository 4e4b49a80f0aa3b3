"""What the service logs: one JSON object a line, on the error stream; whoever runs it keeps and forwards them.

Text is encoded, so that nothing sent can start a line of its own. No body, cookie, query or secret is logged; nor is
the message of an error, for the database's repeat what people typed. docs/security.md lists every kind of line.
"""

import json
import logging
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from starlette.requests import Request

from sstic.proxies import address_of

security = logging.getLogger("sstic.security")


class JsonLines(logging.Formatter):
    """One record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """When, how grave, where from, what; and for an error its kind and where it arose."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "what": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__qualname__
            line["frames"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=True)


def log_as_json() -> None:
    """Send every log of this process out this way, from warnings up."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def refused(request: Request, status: int) -> None:
    """Tell of a request that was refused: who, from where, which route. The address itself may hold a secret."""
    who = getattr(request.state, "principal", None)
    route = request.scope.get("route")
    told = {
        "status": status,
        "method": request.method[:10],
        "route": getattr(route, "path", None),
        "who": who.actor if who is not None and who.user_id is not None else None,
        "address": address_of(request),
    }
    security.warning("refused", extra={"told": told})


def _frames(trace: TracebackType | None) -> list[str]:
    return [f"{one.filename}:{one.lineno} {one.name}" for one in traceback.extract_tb(trace)]
