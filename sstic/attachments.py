"""Uploaded letters: checked to be plain PDF files, and kept under their digest outside of what is served.

A file that holds programs, forms that compute, other files or a password is refused; a letter needs none of these.
"""

import hashlib
import os
import re
import secrets
import zlib
from pathlib import Path

from sstic.settings import settings

# Names that make a PDF do something, or hide what it holds.
ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|GoToE)(?![A-Za-z])",
)
STREAM = re.compile(rb"\bstream\r?\n(.*?)\bendstream\b", flags=re.DOTALL)
# So much is looked at inside compressed parts.
MOST_INFLATED = 20 * 1024 * 1024


class UnfitFileError(ValueError):
    """A file that is not kept; the message is a code: ``kind``, ``broken``, ``locked`` or ``active``."""


def check_pdf(content: bytes) -> None:
    """See that a file is a whole PDF that only shows pages.

    Raises
    ------
    UnfitFileError
        Where it is not.
    """
    if not re.match(rb"%PDF-[12]\.\d", content):
        raise UnfitFileError("kind")
    end = content.rstrip(b"\x00\t\r\n\f ")
    starts = re.findall(rb"startxref\s+(\d{1,10})\s+%%EOF", end[-2048:])
    if not end.endswith(b"%%EOF") or not starts:
        raise UnfitFileError("broken")
    table = content[int(starts[-1]) : int(starts[-1]) + 64].lstrip()
    if not re.match(rb"xref\b|\d+\s+\d+\s+obj\b", table):
        raise UnfitFileError("broken")
    seen = _plain_names(content)
    inflated = _inflated_objects(content)
    if not re.search(rb"/Root\b", seen) or not re.search(rb"/Pages\b", seen + inflated):
        raise UnfitFileError("broken")
    if re.search(rb"/Encrypt\b", seen):
        raise UnfitFileError("locked")
    if ACTIVE.search(seen) or ACTIVE.search(inflated):
        raise UnfitFileError("active")


def _plain_names(content: bytes) -> bytes:
    """The file without the data of its streams, and with names that spell letters as numbers written out."""
    bare = STREAM.sub(b"stream endstream", content)
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), bare)


def _inflated_objects(content: bytes) -> bytes:
    """What lies in compressed object streams, up to a bound."""
    found, before = bytearray(), 0
    for match in STREAM.finditer(content):
        head, before = _plain_names(content[before : match.start()]), match.end()
        if b"/ObjStm" not in head:
            continue
        opened = zlib.decompressobj()
        try:
            found += opened.decompress(match[1], max(1, MOST_INFLATED - len(found)))
        except zlib.error:
            raise UnfitFileError("broken") from None
        if opened.unconsumed_tail:
            raise UnfitFileError("broken")
    return _plain_names(bytes(found))


def keep(content: bytes) -> str:
    """Keep a file and give its digest. The same content is kept once."""
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(digest)
    if not target.exists():
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        half = target.with_suffix(f".{secrets.token_hex(4)}")
        with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        half.replace(target)
    return digest


def path_of(digest: str) -> Path:
    """Where a file lies."""
    return settings().data_dir / "attachments" / digest[:2] / digest
