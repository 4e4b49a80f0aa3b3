"""The picture of a proposal's evidence: who stands where, and which lines connect them.

Provider left, beneficiary right, practice and facilitating partner between them, countries of replication on top.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT = 760, 400
PROVIDER, BENEFICIARY, PRACTICE, DONOR = (105, 235), (655, 235), (380, 130), (380, 345)
TOP, MOST_ON_TOP, LONGEST = 34, 5, 30


@dataclass(frozen=True, slots=True)
class Node:
    """A party in the picture."""

    key: str
    role: str
    name: str
    x: float
    y: float

    @property
    def short(self) -> str:
        """The name, cut where it would run into its neighbours."""
        return self.name if len(self.name) <= LONGEST else self.name[: LONGEST - 1].rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Edge:
    """A line between two parties. ``count`` is how many pieces of evidence it stands for."""

    kind: str
    path: str
    count: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class NetworkPicture:
    """What the template draws."""

    nodes: Sequence[Node]
    frame: Sequence[Edge]
    edges: Sequence[Edge]
    kinds: Sequence[str]
    top: int

    @property
    def view(self) -> str:
        """The part that is drawn; without further countries, nothing lies on top."""
        return f"0 {self.top} {WIDTH} {HEIGHT - self.top}"


@dataclass(frozen=True, slots=True)
class Parties:
    """Keys and names of the four parties."""

    beneficiary: tuple[str, str]
    provider: tuple[str, str]
    practice: tuple[str, str]
    donor: tuple[str, str]


def draw_network(parties: Parties, evidence: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> NetworkPicture:
    """Draw the evidence around the parties. ``names`` gives the names of further countries."""
    nodes = _main_nodes(parties)
    others = dict.fromkeys(
        key for one in evidence for key in (one["from"], one["to"]) if key not in nodes and key in names
    )
    shown = list(others)[:MOST_ON_TOP]
    for position, key in enumerate(shown):
        x = WIDTH * (position + 1) / (len(shown) + 1)
        nodes[key] = Node(key, "other", names[key], round(x, 1), TOP)
    edges = _edges(nodes, evidence)
    top = 0 if shown else PRACTICE[1] - 40
    return NetworkPicture(list(nodes.values()), _frame(nodes, parties), edges, sorted({one.kind for one in edges}), top)


def _frame(nodes: Mapping[str, Node], parties: Parties) -> list[Edge]:
    """The lines of the proposal itself: provider, practice, beneficiary, facilitating partner."""
    practice, beneficiary = nodes[parties.practice[0]], nodes[parties.beneficiary[0]]
    pairs = [(nodes[parties.provider[0]], practice), (practice, beneficiary), (nodes[parties.donor[0]], beneficiary)]
    return [_curve("proposed", 1, start, end, 0) for start, end in pairs if start is not end]


def _main_nodes(parties: Parties) -> dict[str, Node]:
    """The four parties; a donor that is the beneficiary itself stands once."""
    nodes = {
        parties.beneficiary[0]: Node(*_told(parties.beneficiary, "beneficiary"), *BENEFICIARY),
        parties.provider[0]: Node(*_told(parties.provider, "provider"), *PROVIDER),
        parties.practice[0]: Node(*_told(parties.practice, "practice"), *PRACTICE),
    }
    nodes.setdefault(parties.donor[0], Node(*_told(parties.donor, "facilitating_partner"), *DONOR))
    return nodes


def _told(party: tuple[str, str], role: str) -> tuple[str, str, str]:
    return party[0], role, party[1]


def _edges(nodes: Mapping[str, Node], evidence: Sequence[Mapping[str, Any]]) -> list[Edge]:
    """One line per kind and pair; lines between the same two lie side by side."""
    counts: dict[tuple[str, str, str], int] = {}
    for one in evidence:
        if one["from"] in nodes and one["to"] in nodes and one["from"] != one["to"]:
            key = (one["from"], one["to"], one["kind"])
            counts[key] = counts.get(key, 0) + 1
    beside: dict[tuple[str, str], int] = {}
    edges = []
    for (start, end, kind), count in counts.items():
        lane = beside.get((start, end), 0)
        beside[start, end] = lane + 1
        edges.append(_curve(kind, count, nodes[start], nodes[end], lane))
    return edges


def _curve(kind: str, count: int, start: Node, end: Node, lane: int) -> Edge:
    """A curve that bends more in each further lane, to alternating sides."""
    bend = 0 if lane == 0 else (26 * ((lane + 1) // 2) + 18) * (1 if lane % 2 else -1)
    length = math.hypot(end.x - start.x, end.y - start.y)
    middle_x, middle_y = (start.x + end.x) / 2, (start.y + end.y) / 2
    away_x, away_y = -(end.y - start.y) / length, (end.x - start.x) / length
    control_x, control_y = middle_x + 2 * bend * away_x, middle_y + 2 * bend * away_y
    path = f"M{start.x:g},{start.y:g}Q{control_x:.1f},{control_y:.1f} {end.x:g},{end.y:g}"
    return Edge(kind, path, count, round(middle_x + bend * away_x, 1), round(middle_y + bend * away_y, 1))
