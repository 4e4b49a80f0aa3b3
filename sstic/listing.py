"""Lists read from the database: one page of rows, and how many there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.orm import Session

PER_PAGE = 20
Row = TypeVar("Row")


def rows_and_total(session: Session, query: sa.Select[Row], offset: int, limit: int) -> tuple[Sequence[Row], int]:
    """The rows from ``offset``, and how many the query finds in all."""
    counted = sa.select(sa.func.count()).select_from(query.order_by(None).options().subquery())
    total = session.scalar(counted) or 0
    return session.scalars(query.offset(offset).limit(limit)).all(), total


def holds(words: str, *columns: Any) -> sa.ColumnElement[bool]:
    """Whether each of the words occurs in one of the columns, in whatever case."""
    found = [sa.or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()[:10]]
    return sa.and_(*found) if found else sa.true()


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list. ``asked`` holds the rest of the address, so that links keep the filters."""

    rows: Sequence[Row]
    total: int
    number: int
    asked: dict[str, str]
    parameter: str = "page"
    per_page: int = PER_PAGE

    @property
    def exists(self) -> bool:
        """Whether there is such a page; the first one always is there."""
        return 1 <= self.number <= self.last

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.total // self.per_page))

    @property
    def first_row(self) -> int:
        """Position of the first row shown, from 1."""
        return (self.number - 1) * self.per_page + 1

    @property
    def last_row(self) -> int:
        """Position of the last row shown."""
        return self.first_row + len(self.rows) - 1

    def link(self, number: int) -> str:
        """The address of another page of the same list."""
        return "?" + urlencode({**self.asked, self.parameter: number})

    @property
    def near(self) -> list[int | None]:
        """Page numbers to show; None stands for a gap."""
        numbers = {1, self.last, *(n for n in range(self.number - 1, self.number + 2) if 1 <= n <= self.last)}
        shown: list[int | None] = []
        for one in sorted(numbers):
            if shown and shown[-1] is not None and one - shown[-1] > 1:
                shown.append(None)
            shown.append(one)
        return shown
