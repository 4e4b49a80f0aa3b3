"""Reads pages as a tree, so that tests look at elements and not at strings."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from starlette.testclient import TestClient

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
INLINE = {"a", "abbr", "b", "bdi", "code", "span", "strong"}


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    children: list["Element | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Element"]:
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag: str, **wanted: str) -> list["Element"]:
        return [
            one
            for one in self.walk()
            if one.tag == tag and all(value in one.attributes.get(name, "") for name, value in wanted.items())
        ]

    def one(self, tag: str, **wanted: str) -> "Element":
        (found,) = self.all(tag, **wanted)
        return found

    def with_class(self, name: str) -> list["Element"]:
        return [one for one in self.walk() if name in one.attributes.get("class", "").split()]

    @property
    def text(self) -> str:
        return " ".join(self._words().split())

    def _words(self) -> str:
        words = "".join(child._words() if isinstance(child, Element) else child for child in self.children)
        return words if self.tag in INLINE else f" {words} "


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("#document", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(html: str) -> Element:
    """The tree of a page; a tag that is not closed where it should be fails."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    assert builder.open == [builder.root]
    return builder.root


def page(client: TestClient, path: str, status: int = 200, **headers: str) -> Element:
    """The tree of a page that answers with ``status``."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status
    return read(answer.text)
