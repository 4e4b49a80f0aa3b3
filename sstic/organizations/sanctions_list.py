"""A consolidated sanctions list in the XML form of the UN Security Council, read whole or not at all.

``CONSOLIDATED_LIST`` holds ``INDIVIDUALS`` of ``INDIVIDUAL`` and ``ENTITIES`` of ``ENTITY``. Of each entry its
reference, its names and the day of its listing are kept, and a digest of all that it says.

The file is not trusted: it must be UTF-8, a document type (and with it any entity) is refused before the parser sees
it, the parser resolves nothing and fetches nothing, and size, depth and lengths are bounded.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from lxml import etree

from sstic.seeding.problems import SeedError, SeedProblem

MOST_BYTES = 32 * 2**20
MOST_FOUND = 1000
MOST_NAME = 1000
MOST_REFERENCE = 40
ROOT = "CONSOLIDATED_LIST"
SECTIONS = {"INDIVIDUALS": ("INDIVIDUAL", "individual"), "ENTITIES": ("ENTITY", "entity")}
NAME_PARTS = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
SINGLE = ("DATAID", "VERSIONNUM", "REFERENCE_NUMBER", "LISTED_ON", "UN_LIST_TYPE", "NAME_ORIGINAL_SCRIPT", *NAME_PARTS)
# They order the published list and say nothing of who is listed.
NOT_SAID = ("SORT_KEY", "SORT_KEY_LAST_MOD")
# What the type of list says of a made-up entry.
SAMPLE = "Made-up sample"
DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[+-][0-9]{2}:[0-9]{2})?")


class SanctionsListError(SeedError):
    """The file cannot be loaded; nothing of it was."""


@dataclass(frozen=True, slots=True)
class ListedParty:
    """An entry: whom it names, by which names, and the digest of all that it says."""

    reference: str
    kind: str
    names: tuple[str, ...]
    digest: str
    listed_on: date | None
    is_sample: bool


@dataclass(frozen=True)
class SanctionsList:
    """A list as it was read. ``digest`` is that of the file, ``generated`` what the file says of its date."""

    entries: tuple[ListedParty, ...]
    digest: str
    generated: str = ""


def read_list(file: Path) -> SanctionsList:
    """The list in a file.

    Raises
    ------
    SanctionsListError
        With every problem found, by line.
    OSError
        When the file cannot be read.
    """
    with file.open("rb") as opened:
        data = opened.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise SanctionsListError([SeedProblem(file.name, 0, "", f"is larger than {MOST_BYTES // 2**20} MB")])
    return _Reading(file.name, data).read()


@dataclass
class _Reading:
    """One file on its way to a list."""

    name: str
    data: bytes
    problems: list[SeedProblem] = field(default_factory=list)
    seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self) -> SanctionsList:
        root = self._parsed(self._text())
        if root.tag != ROOT:
            raise self._error(_line(root), f"begins with {_told(root.tag)}, where a list begins with {ROOT}")
        entries = [entry for entry in self._entries(root) if entry is not None]
        if not entries and not self.problems:
            self._report(root, "holds no entry")
        if self.problems:
            raise SanctionsListError(self.problems)
        digest = hashlib.sha256(self.data).hexdigest()
        return SanctionsList(tuple(entries), digest, root.get("dateGenerated", "")[:40])

    def _text(self) -> str:
        try:
            text = self.data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.data[: error.start].count(b"\n") + 1
            raise self._error(line, f"is not UTF-8 text: {error.reason}") from error
        place = text.find("<!DOCTYPE")
        if place >= 0:
            line = text[:place].count("\n") + 1
            raise self._error(line, "has a document type, which is refused: a list needs none, nor any entity")
        return text

    def _parsed(self, text: str) -> etree._Element:
        parser = etree.XMLParser(
            encoding="utf-8",  # whatever the file declares: what was looked through above is what is parsed
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            huge_tree=False,
            recover=False,
            remove_comments=True,
            remove_pis=True,
        )
        try:
            return etree.fromstring(text.encode(), parser)
        except etree.XMLSyntaxError as error:
            raise self._error(error.lineno or 0, f"is not well-formed XML: {error.msg}") from error

    def _entries(self, root: etree._Element) -> Iterator[ListedParty | None]:
        for section in root:
            if section.tag not in SECTIONS:
                self._report(section, f"has {_told(section.tag)}, where only {' and '.join(SECTIONS)} may stand")
                continue
            self._once(section, "section", str(section.tag))
            tag, kind = SECTIONS[str(section.tag)]
            for one in section:
                if len(self.problems) >= MOST_FOUND:
                    return
                if one.tag == tag:
                    yield self._entry(one, kind)
                else:
                    self._report(one, f"has {_told(one.tag)}, where only {tag} may stand")

    def _entry(self, one: etree._Element, kind: str) -> ListedParty | None:
        before = len(self.problems)
        for name in SINGLE:
            if len(one.findall(name)) > 1:
                self._report(one.findall(name)[1], f"names {name} twice")
        for name, needed in (("DATAID", True), ("VERSIONNUM", False)):
            said = _said(one, name)
            if (said or needed) and not (said.isascii() and said.isdigit()):
                self._report(one, f"{name} is {_told(said) if said else 'missing'}, not a number", name)
        reference = _said(one, "REFERENCE_NUMBER")
        if not reference or len(reference) > MOST_REFERENCE or not reference.isprintable():
            told = _told(reference) if reference else "missing"
            self._report(one, f"REFERENCE_NUMBER is {told}", "REFERENCE_NUMBER")
        else:
            self._once(one, "REFERENCE_NUMBER", reference)
        self._once(one, "DATAID", _said(one, "DATAID"))
        names, listed_on = self._names(one), self._listed_on(one)
        if len(self.problems) > before:
            return None
        is_sample = _said(one, "UN_LIST_TYPE") == SAMPLE
        return ListedParty(reference, kind, names, _digest(one), listed_on, is_sample)

    def _names(self, one: etree._Element) -> tuple[str, ...]:
        """The name, then the aliases, then the name in its own script; each once."""
        own = " ".join(part for part in (_said(one, name) for name in NAME_PARTS) if part)
        aliases = (_said(alias, "ALIAS_NAME") for tag, _ in SECTIONS.values() for alias in one.findall(f"{tag}_ALIAS"))
        names = tuple(dict.fromkeys(name for name in (own, *aliases, _said(one, "NAME_ORIGINAL_SCRIPT")) if name))
        if not own:
            self._report(one, f"has no name: none of {', '.join(NAME_PARTS)}")
        for name in names:
            if len(name) > MOST_NAME:
                self._report(one, f"has a name of {len(name):,} characters; at most {MOST_NAME:,} are read")
        return names

    def _listed_on(self, one: etree._Element) -> date | None:
        said = _said(one, "LISTED_ON")
        if not said:
            return None
        found = DAY.fullmatch(said)
        try:
            return date.fromisoformat(found[1] if found else "")
        except ValueError:
            self._report(one, f"LISTED_ON is {_told(said)}, not a date as 2012-12-31", "LISTED_ON")
            return None

    def _once(self, one: etree._Element, what: str, value: str) -> None:
        if (what, value) in self.seen:
            self._report(one, f"{what} {_told(value)} stands already in line {self.seen[what, value]}")
        elif value:
            self.seen[what, value] = _line(one)

    def _error(self, line: int, reason: str) -> SanctionsListError:
        return SanctionsListError([SeedProblem(self.name, line, "", reason)])

    def _report(self, one: etree._Element, reason: str, name: str = "") -> None:
        """Note what is wrong with an element, at the line of its child ``name`` where there is one."""
        child = one.find(name) if name else None
        one = one if child is None else child
        self.problems.append(SeedProblem(self.name, _line(one), "", reason))


def _line(one: etree._Element) -> int:
    line = one.sourceline
    return line if isinstance(line, int) else 0


def _said(one: etree._Element, name: str) -> str:
    """The text of a child, with single blanks; empty where there is none."""
    child = one.find(name)
    return "" if child is None else " ".join("".join(map(str, child.itertext())).split())


def _told(text: object) -> str:
    """Something of the file, short enough and safe to be shown."""
    return ascii(str(text)[:40])


def _digest(one: etree._Element) -> str:
    """The digest of every word of an entry, whatever the blanks between its elements."""
    said = []
    for part in one.iter():
        if part.tag not in NOT_SAID:
            said.append([str(part.tag), sorted(part.items()), " ".join((part.text or "").split())])
            said.append(["", [], " ".join((part.tail or "").split()) if part is not one else ""])
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()
