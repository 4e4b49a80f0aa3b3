"""What a form sends, read with bounds: so many bytes, so many fields, and text that is UTF-8."""

from urllib.parse import parse_qsl

from fastapi import HTTPException, Request

MOST_BYTES = 512 * 1024
MOST_FIELDS = 1000


async def sent_fields(request: Request) -> dict[str, str]:
    """The fields of a form without files; of two of one name the last counts."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:  # too many fields, or not UTF-8
        raise HTTPException(400) from error
