"""The objects whose history can be looked up: the word for each in an address, and the rows that belong to it."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from sstic.tables import Table
from sstic.tables.accounts import ApiToken, Delegation, OneTimeLink, Post, RecoveryCode, User, UserSession
from sstic.tables.judgements import Judgement
from sstic.tables.match_runs import MatchRun
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization
from sstic.tables.verification import Flag, ScreeningMatch, Verification


class Part(NamedTuple):
    """Rows that belong to an object, by the column that names it; ``resource`` must be readable to see their events."""

    table: type[Table]
    column: Any
    resource: str | None = None


@dataclass(frozen=True)
class Subject:
    """A kind of object. Whoever holds the line ``history`` of its resource may look its history up."""

    word: str
    table: type[Table]
    resource: str
    parts: tuple[Part, ...] = ()


SUBJECTS = (
    Subject("needs", Need, "need"),
    Subject(
        "organizations",
        Organization,
        "organization",
        (
            Part(Verification, Verification.organization_id, "verification"),
            Part(Flag, Flag.organization_id, "flag"),
            Part(ScreeningMatch, ScreeningMatch.organization_id, "screening"),
        ),
    ),
    Subject("match-runs", MatchRun, "plan"),
    Subject("judgements", Judgement, "judgement"),
    Subject(
        "people",
        User,
        "person",
        (
            Part(OneTimeLink, OneTimeLink.user_id),
            Part(Post, Post.user_id),
            Part(Delegation, Delegation.deputy_id),
            Part(UserSession, UserSession.user_id),
            Part(ApiToken, ApiToken.user_id),
            Part(RecoveryCode, RecoveryCode.user_id),
        ),
    ),
)
BY_TABLE = {one.table.__tablename__: one for one in SUBJECTS}
BY_WORD = {one.word: one for one in SUBJECTS}
