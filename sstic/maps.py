"""The world map: one projection, written once, for the base picture and for what is drawn on it.

Equal Earth shows every country in its true size. Arcs are cut where they cross the edge of the map.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

WIDTH, NORTH, SOUTH = 1000.0, 84.0, -58.0
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2
STEPS = 24
ROLES = ("beneficiary", "provider", "facilitating_partner")


def _equal_earth(longitude: float, latitude: float) -> tuple[float, float]:
    """Equal Earth (Savric, Patterson, Jenny 2018), in radii."""
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    x = (
        math.radians(longitude)
        * math.cos(theta)
        / (_M * (_A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)))
    )
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


_SCALE = WIDTH / (2 * _equal_earth(180, 0)[0])
_TOP = _equal_earth(0, NORTH)[1] * _SCALE
HEIGHT = round(_TOP - _equal_earth(0, SOUTH)[1] * _SCALE, 1)


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Where a place lies on the map, in units of the picture, from its upper left corner."""
    x, y = _equal_earth(longitude, latitude)
    return round(WIDTH / 2 + x * _SCALE, 1), round(_TOP - y * _SCALE, 1)


@lru_cache(8192)
def arc(start: tuple[float, float], end: tuple[float, float]) -> str:
    """The path of a curve between two places, as SVG path data; places are (longitude, latitude).

    The curve takes the shorter way round and bulges towards the north; at the antimeridian it is cut in two.
    """
    (from_lon, from_lat), (to_lon, to_lat) = start, end
    turn = (to_lon - from_lon + 540) % 360 - 180
    bulge = min(18.0, 0.13 * math.hypot(turn, to_lat - from_lat))
    parts: list[list[tuple[float, float]]] = [[]]
    before = None
    for step in range(STEPS + 1):
        share = step / STEPS
        longitude = from_lon + turn * share
        latitude = from_lat + (to_lat - from_lat) * share + bulge * math.sin(math.pi * share)
        lap = math.floor((longitude + 180) / 360)
        if before is not None and lap != before[2]:
            edge = 180.0 if lap > before[2] else -180.0
            parts[-1].append(project(edge, (before[1] + latitude) / 2))
            parts.append([project(-edge, (before[1] + latitude) / 2)])
        parts[-1].append(project(longitude - 360 * lap, min(latitude, NORTH)))
        before = (longitude, latitude, lap)
    return " ".join("M" + "L".join(f"{x:g},{y:g}" for x, y in part) for part in parts)


@dataclass(frozen=True, slots=True)
class Place:
    """A country on the map."""

    iso3: str
    name: str
    longitude: float
    latitude: float

    @property
    def at(self) -> tuple[float, float]:
        """Longitude and latitude."""
        return self.longitude, self.latitude


@dataclass(frozen=True, slots=True)
class Triangle:
    """The countries of one proposal. The facilitating partner may have no country, the provider may be unknown."""

    beneficiary: str
    provider: str | None
    facilitating_partner: str | None


@dataclass(slots=True)
class Dot:
    """A country that plays a part, with its roles and how often it plays one."""

    place: Place
    x: float
    y: float
    roles: dict[str, int] = field(default_factory=dict)

    @property
    def role(self) -> str:
        """The role it plays most often; the first of the order where even."""
        return max(ROLES, key=lambda role: (self.roles.get(role, 0), -ROLES.index(role)))

    @property
    def size(self) -> float:
        """Half the width of its mark: larger for more proposals."""
        return round(4.5 + 0.9 * math.log2(max(1, sum(self.roles.values()))), 1)


@dataclass(frozen=True, slots=True)
class Line:
    """A curve from one country to another, and how many proposals it stands for."""

    kind: str
    path: str
    origin: str
    target: str
    count: int

    @property
    def width(self) -> float:
        """Stroke width: wider for more proposals, never dominating."""
        return round(1.2 + 0.7 * math.log2(self.count), 2)


@dataclass(frozen=True, slots=True)
class MapPicture:
    """What the template draws."""

    others: Sequence[tuple[float, float]]
    lines: Sequence[Line]
    dots: Sequence[Dot]
    left: float = 0.0
    top: float = 0.0
    scale: float = 1.0

    @property
    def view(self) -> str:
        """The part of the map that is shown."""
        return f"{self.left:.1f} {self.top:.1f} {WIDTH * self.scale:.1f} {HEIGHT * self.scale:.1f}"


def draw_map(places: Iterable[Place], triangles: Iterable[Triangle], *, close: bool = False) -> MapPicture:
    """Draw the triangles over the dots of all countries; with ``close``, only the part of the world that they span."""
    known = {place.iso3: place for place in places}
    dots: dict[str, Dot] = {}
    counts: dict[tuple[str, str, str], int] = {}
    for one in triangles:
        for role in ROLES:
            country = getattr(one, role)
            if country in known:
                dot = dots.setdefault(country, Dot(known[country], *project(*known[country].at)))
                dot.roles[role] = dot.roles.get(role, 0) + 1
        for kind, giver in (("provides", one.provider), ("facilitates", one.facilitating_partner)):
            if giver in known and one.beneficiary in known and giver != one.beneficiary:
                key = (kind, str(giver), one.beneficiary)
                counts[key] = counts.get(key, 0) + 1
    lines = [
        Line(kind, arc(known[giver].at, known[taker].at), known[giver].name, known[taker].name, count)
        for (kind, giver, taker), count in sorted(counts.items())
    ]
    others = [project(*place.at) for iso3, place in sorted(known.items()) if iso3 not in dots]
    drawn = sorted(dots.values(), key=lambda dot: dot.place.iso3)
    return MapPicture(others, lines, drawn, *(_closer(drawn, lines) if close else ()))


def _closer(dots: Sequence[Dot], lines: Sequence[Line]) -> tuple[float, float, float]:
    """Left, top and scale of the part around the dots, at least three tenths of the map wide."""
    if not dots or any(line.path.count("M") > 1 for line in lines):
        return 0.0, 0.0, 1.0
    (left, right), (top, bottom) = (
        (min(values), max(values)) for values in zip(*((d.x, d.y) for d in dots), strict=True)
    )
    scale = min(1.0, max(0.3, (right - left) / WIDTH * 1.5 + 0.1, (bottom - top) / HEIGHT * 1.5 + 0.2))
    x = min(max(0.0, (left + right) / 2 - WIDTH * scale / 2), WIDTH * (1 - scale))
    y = min(max(0.0, (top + bottom) / 2 - HEIGHT * scale * 0.54), HEIGHT * (1 - scale))
    return x, y, scale
