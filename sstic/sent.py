"""What a form sends, read with bounds: so many bytes, so many fields, and text that is UTF-8."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, HTTPException, Request
from python_multipart.exceptions import MultipartParseError
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from sstic import form_tokens
from sstic.access import principal_of
from sstic.permissions import Principal

MOST_BYTES = 512 * 1024
MOST_FIELDS = 1000
MOST_FILE_BYTES = 5 * 1024 * 1024
# What a form with a file may bring beside the file.
BESIDE_FILE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file that a form brought: the name that the browser gave, and what it holds, cut off past the bound."""

    name: str
    content: bytes
    is_too_large: bool


async def sent_fields(request: Request, _who: Annotated[Principal, Depends(principal_of)]) -> dict[str, str]:
    """The fields of a form without files, each there once, out of a form that the sender opened here."""
    pairs = await _pairs(request)
    fields = dict(pairs)
    if len(fields) < len(pairs):  # which of two was meant cannot be known
        raise HTTPException(400)
    if not form_tokens.is_good(request, fields.pop(form_tokens.FIELD, "")):
        raise HTTPException(403)
    return fields


async def sent_lists(request: Request, _who: Annotated[Principal, Depends(principal_of)]) -> dict[str, list[str]]:
    """The same for a form in which a name may come several times, as boxes to tick do; every value is a list."""
    fields: dict[str, list[str]] = {}
    for name, value in await _pairs(request):
        fields.setdefault(name, []).append(value)
    token = fields.pop(form_tokens.FIELD, [])
    if len(token) != 1 or not form_tokens.is_good(request, token[0]):
        raise HTTPException(403)
    return fields


async def sent_with_file(
    request: Request, _who: Annotated[Principal, Depends(principal_of)]
) -> tuple[dict[str, str], SentFile | None]:
    """The fields of a form and its one file, None where none was chosen."""
    parser = MultiPartParser(
        request.headers, _bounded(request, 2 * MOST_FILE_BYTES), max_files=1, max_fields=20, max_part_size=MOST_BYTES
    )
    try:
        form = await parser.parse()
    except (MultiPartException, MultipartParseError, KeyError, UnicodeDecodeError) as error:
        raise HTTPException(400) from error
    try:
        fields = {name: value for name, value in form.multi_items() if isinstance(value, str)}
        files = [value for value in form.values() if isinstance(value, UploadFile) and value.filename]
        content = await files[0].read(MOST_FILE_BYTES + 1) if files else b""
    finally:
        await form.close()
    if not form_tokens.is_good(request, fields.pop(form_tokens.FIELD, "")):
        raise HTTPException(403)
    if not files:
        return fields, None
    return fields, SentFile(files[0].filename or "", content[:MOST_FILE_BYTES], len(content) > MOST_FILE_BYTES)


def only(fields: Mapping[str, list[str]], name: str) -> str:
    """The one value of a name; which of two was meant cannot be known."""
    values = fields.get(name, [""])
    if len(values) > 1:
        raise HTTPException(400)
    return values[0]


async def _bounded(request: Request, most: int) -> AsyncGenerator[bytes, None]:
    read = 0
    async for chunk in request.stream():
        read += len(chunk)
        if read > most + BESIDE_FILE_BYTES:
            raise HTTPException(413)
        yield chunk


async def _pairs(request: Request) -> list[tuple[str, str]]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413)
    try:
        return parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as error:  # too many fields, or not UTF-8
        raise HTTPException(400) from error
