"""How well readers find that a good practice answers a need."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from sstic.tables.base import ACTOR, Code, Id, Line, Table
from sstic.tables.good_practices import GoodPractice
from sstic.tables.needs import Need

GRADES = (2, 1, 0)


class Judgement(Table):
    """The grade that a judge gives a practice for a need: 2 relevant, 1 partly, 0 not. Criteria: docs/judging.md.

    A judge has one judgement of a pair. It may be changed or taken back; what it was before stands in the audit.
    """

    __tablename__ = "judgement"
    __table_args__ = (
        sa.CheckConstraint("grade between 0 and 2", name="grade_is_known"),
        sa.UniqueConstraint("need_id", "practice_id", "judge"),
    )
    id: Mapped[Id]
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"))
    practice_id: Mapped[int] = mapped_column(sa.ForeignKey("good_practice.id"), index=True)
    judge: Mapped[Code] = mapped_column(info=ACTOR)
    grade: Mapped[int]
    reason: Mapped[Line | None]
    judged_on: Mapped[date]
    need: Mapped[Need] = relationship()
    practice: Mapped[GoodPractice] = relationship()
