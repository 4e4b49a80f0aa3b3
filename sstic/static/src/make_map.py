"""Makes ../world.svg, the land under the dots and arcs, from world-atlas (Natural Earth 1:110m, public domain).

Only land is drawn, no boundaries. Run at development time, after ``npm install`` in this folder::

    python sstic/static/src/make_map.py
"""

import json
from pathlib import Path
from typing import Any

from sstic.maps import HEIGHT, NORTH, SOUTH, WIDTH, project

HERE = Path(__file__).resolve().parent
OCEAN, LAND = "#f4f8f9", "#d3dddf"


def read_rings(atlas: dict[str, Any]) -> list[list[tuple[float, float]]]:
    """The rings of all land, as lists of (longitude, latitude)."""
    (scale_x, scale_y), (shift_x, shift_y) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    arcs = []
    for deltas in atlas["arcs"]:
        x = y = 0
        points = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            points.append((x * scale_x + shift_x, y * scale_y + shift_y))
        arcs.append(points)
    land = atlas["objects"]["land"]
    polygons = [polygon for shape in land["geometries"] for polygon in shape["arcs"]]
    return [_join(arcs, ring) for polygon in polygons for ring in polygon]


def _join(arcs: list[list[tuple[float, float]]], ring: list[int]) -> list[tuple[float, float]]:
    points: list[tuple[float, float]] = []
    for index in ring:
        piece = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += piece[1 if points else 0 :]
    return points


def cut(ring: list[tuple[float, float]]) -> list[list[tuple[float, float]]]:
    """The pieces of a ring on either side of the antimeridian, each within -180 and 180."""
    unwrapped = [ring[0]]
    for longitude, latitude in ring[1:]:
        before = unwrapped[-1][0]
        unwrapped.append((before + (longitude - before + 540) % 360 - 180, latitude))
    pieces = []
    for lap in (-360, 0, 360):
        east = _keep([(longitude - lap, latitude) for longitude, latitude in unwrapped], 180.0, 1)
        piece = _keep(east, -180.0, -1)
        if len(piece) > 3:
            pieces.append(piece)
    return pieces


def _keep(ring: list[tuple[float, float]], limit: float, sign: int) -> list[tuple[float, float]]:
    """The part of a ring west of ``limit`` for sign 1, east of it for -1 (Sutherland and Hodgman)."""
    kept: list[tuple[float, float]] = []
    for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True):
        inside, next_inside = sign * ax <= sign * limit, sign * bx <= sign * limit
        if inside:
            kept.append((ax, ay))
        if inside != next_inside:
            kept.append((limit, ay + (by - ay) * (limit - ax) / (bx - ax)))
    return kept


def draw(rings: list[list[tuple[float, float]]]) -> str:
    """The picture."""
    paths = []
    for ring in (piece for whole in rings for piece in cut(whole)):
        if max(latitude for _, latitude in ring) < SOUTH:
            continue
        points: list[tuple[float, float]] = []
        for longitude, latitude in ring:
            point = project(longitude, min(max(latitude, SOUTH), NORTH))
            if not points or point != points[-1]:
                points.append(point)
        if len(points) > 3:
            paths.append("M" + "L".join(f"{x:g},{y:g}" for x, y in points) + "Z")
    edge = [project(180, latitude) for latitude in range(int(SOUTH), int(NORTH) + 1, 2)]
    edge += [project(-180, latitude) for latitude in range(int(NORTH), int(SOUTH) - 1, -2)]
    ocean = "M" + "L".join(f"{x:g},{y:g}" for x, y in edge) + "Z"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {HEIGHT:g}">'
        f'<path fill="{OCEAN}" d="{ocean}"/><path fill="{LAND}" fill-rule="evenodd" d="{"".join(paths)}"/></svg>\n'
    )


if __name__ == "__main__":
    atlas = json.loads((HERE / "node_modules/world-atlas/land-110m.json").read_text(encoding="utf-8"))
    (HERE.parent / "world.svg").write_text(draw(read_rings(atlas)), encoding="utf-8")
