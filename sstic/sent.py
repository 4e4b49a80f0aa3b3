"""What a form sends, read with bounds: so many bytes, so many fields, and text that is UTF-8."""

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request

from sstic import form_tokens
from sstic.access import principal_of
from sstic.permissions import Principal

MOST_BYTES = 512 * 1024
MOST_FIELDS = 1000


async def sent_fields(request: Request, _who: Annotated[Principal, Depends(principal_of)]) -> dict[str, str]:
    """The fields of a form without files, each there once, out of a form that the sender opened here."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:  # too many fields, or not UTF-8
        raise HTTPException(400) from error
    fields = dict(pairs)
    if len(fields) < len(pairs):  # which of two was meant cannot be known
        raise HTTPException(400)
    if not form_tokens.is_good(request, fields.pop(form_tokens.FIELD, "")):
        raise HTTPException(403)
    return fields
