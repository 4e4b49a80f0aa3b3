"""Who may do what: one table, read by pages, API, queries and the test of every route.

What is not in the table is refused. A cell tells which objects the right reaches:

``public``        published ones
``self``          what is the person's own
``country``       those of a country whose post the person holds
``own``           those of an organization whose post the person holds
``lead``          the same, where the person leads the organization
``handed_in``     those that their author has handed in
``all``           every one

``*`` behind a relation asks for a second person: whoever wrote the object, or took the step before, may not; where
nobody knows who that was, nobody may. ``proposal`` is a triangular one, ``investment`` an investment proposal.
The column ``anyone`` holds for everybody, ``signed_in`` for everybody with an account.
"""

from dataclasses import dataclass
from typing import NamedTuple

_TABLE = """
resource      action   anyone signed_in focal_point approver itpo_officer donor_officer coordinator reviewer auditor administrator
reference     read     public -         -           -        -            -             -           -        -       -
need          read     public -         country     country  -            -             handed_in   -        -       -
need          history  -      -         country     country  -            -             handed_in   -        all     -
need          follow   -      -         country     country  -            -             handed_in   -        -       -
need          write    -      -         country     -        -            -             -           -        -       -
need          submit   -      -         country     -        -            -             -           -        -       -
need          return   -      -         -           country  -            -             handed_in   -        -       -
need          endorse  -      -         -           country* -            -             -           -        -       -
need          open     -      -         -           country  -            -             handed_in   -        -       -
need          withdraw -      -         country     country  -            -             -           -        -       -
need          renew    -      -         country     -        -            -             -           -        -       -
good_practice read     public -         country     country  -            -             all         all      -       -
good_practice write    -      -         country     country  -            -             -           -        -       -
good_practice confirm  -      -         -           country* -            -             -           -        -       -
good_practice review   -      -         -           -        -            -             -           all*     -       -
good_practice publish  -      -         -           -        -            -             all*        all*     -       -
good_practice retire   -      -         -           -        -            -             all         -        -       -
replication   confirm  -      -         country     -        -            -             -           -        -       -
offer         read     public -         country     country  country      -             all         -        -       -
offer         write    -      -         country     country  country      -             -           -        -       -
offer         publish  -      -         -           -        -            -             all*        -        -       -
window        read     public -         -           -        -            own           all         -        -       -
plan          read     public -         -           -        -            -             all         -        -       -
plan          history  -      -         -           -        -            -             all         -        all     -
proposal      read     public -         -           -        -            -             all         -        -       -
proposal      approve  -      -         -           -        -            -             all*        -        -       -
investment    read     public -         -           -        -            -             all         -        -       -
judgement     read     public -         -           -        -            -             -           -        -       -
judgement     history  -      -         -           -        -            -             all         all      all     -
judgement     judge    -      -         -           -        -            -             all         all      -       -
worklist      read     -      self      -           -        -            -             -           -        -       -
account       open     all    -         -           -        -            -             -           -        -       -
account       keep     -      self      -           -        -            -             -           -        -       -
organization  read     -      -         own         own      own          own           all         all      all     all
organization  history  -      -         own         own      own          own           all         -        all     all
organization  verify   -      -         -           -        -            -             all         -        -       -
organization  flag     -      -         -           -        -            -             all         -        -       all
verification  read     -      -         -           -        -            -             all         all      all     -
flag          read     -      -         -           -        -            -             all         all      all     all
screening     read     -      -         -           -        -            -             all         -        all     -
screening     decide   -      -         -           -        -            -             all         -        -       -
person        read     -      -         own         own      own          own           own         own      all     all
person        history  -      self      -           -        -            -             -           -        all     all
person        invite   -      -         lead        lead     lead         lead          -           -        -       all
person        end_post -      -         lead        lead     lead         lead          -           -        -       all
person        disable  -      -         -           -        -            -             -           -        -       all
person        erase    -      -         -           -        -            -             -           -        -       all
delegation    lend     -      self      -           -        -            -             -           -        -       -
audit         read     -      -         -           -        -            -             all         -        all     -
"""  # noqa: E501  # a table is read across

PUBLIC_ACTIONS = ("read", "history")


class Cell(NamedTuple):
    """What a role may do: to which objects, and whether a second person is asked for."""

    relation: str
    second_person: bool = False


def _read_table(text: str) -> dict[tuple[str, str], dict[str, Cell]]:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    table = {}
    for resource, action, *cells in lines:
        named = zip(head[2:], cells, strict=True)
        table[resource, action] = {
            role: Cell(cell.rstrip("*"), cell.endswith("*")) for role, cell in named if cell != "-"
        }
    return table


TABLE = _read_table(_TABLE)
RELATIONS = ("public", "self", "country", "own", "lead", "handed_in", "all")


@dataclass(frozen=True)
class Standing:
    """A post that a person holds today, their own or one lent to them."""

    role: str
    organization_id: int
    country_iso3: str | None
    is_lead: bool = False
    is_lent: bool = False


@dataclass(frozen=True)
class Principal:
    """Whoever sent a request. Without ``user_id`` it is the public."""

    user_id: int | None = None
    name: str = ""
    standings: tuple[Standing, ...] = ()
    session_id: int | None = None
    may_write: bool = True

    @property
    def actor(self) -> str:
        """The pseudonym that audit rows carry."""
        return f"user:{self.user_id}"

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are held today."""
        return frozenset(one.role for one in self.standings)


ANYONE = Principal()


class Reach(NamedTuple):
    """One ground on which a principal may act, with the post that gives it."""

    cell: Cell
    standing: Standing | None


def reaches(who: Principal, resource: str, action: str) -> list[Reach]:
    """Every ground on which ``who`` may do this; none means no.

    Raises
    ------
    KeyError
        Where the table has no such line.
    """
    row = TABLE[resource, action]
    found = [Reach(row["anyone"], None)] if "anyone" in row else []
    if who.user_id is None:
        return found
    if action not in PUBLIC_ACTIONS and not who.may_write:
        return []
    if "signed_in" in row:
        found.append(Reach(row["signed_in"], None))
    for standing in who.standings:
        cell = row.get(standing.role)
        if cell is not None and (cell.relation != "lead" or standing.is_lead):
            found.append(Reach(cell, standing))
    return found
