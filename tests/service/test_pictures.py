import itertools
import re

import pytest

from sstic.maps import HEIGHT, WIDTH, Place, Triangle, arc, draw_map, project
from sstic.networks import Parties, draw_network

BRAZIL, FIJI, GHANA = (
    Place("BRA", "Brazil", -47.9, -15.8),
    Place("FJI", "Fiji", 178.4, -18.1),
    Place("GHA", "Ghana", -0.2, 5.6),
)
SAMOA = Place("WSM", "Samoa", -171.8, -13.8)


def points(path: str) -> list[list[tuple[float, float]]]:
    return [
        [tuple(float(number) for number in point.split(",")) for point in part.split("L")]  # type: ignore[misc]
        for part in re.findall(r"M([^M]+)", path)
    ]


def test_the_projection_is_equal_earth() -> None:
    assert project(0, 84)[1] == 0.0
    assert project(-180, 0)[0] == 0.0
    assert project(180, 0)[0] == WIDTH
    assert project(0, -58)[1] == pytest.approx(HEIGHT, abs=0.1)

    # The area of a one-degree cell shrinks with the cosine of its latitude, as on the globe.
    def area(latitude: float) -> float:
        (left, top), (right, bottom) = project(0, latitude + 5), project(5, latitude - 5)
        return (right - left) * (bottom - top)

    assert area(60) / area(0) == pytest.approx(0.5, rel=0.06)


def test_an_arc_joins_its_ends() -> None:
    ((first, *_, last),) = points(arc(BRAZIL.at, GHANA.at))
    assert first == project(*BRAZIL.at)
    assert last == project(*GHANA.at)


@pytest.mark.parametrize(("start", "end"), [(FIJI, SAMOA), (SAMOA, FIJI), (FIJI, BRAZIL), (BRAZIL, FIJI)])
def test_an_arc_is_cut_at_the_antimeridian(start: Place, end: Place) -> None:
    parts = points(arc(start.at, end.at))
    assert len(parts) == 2
    for part in parts:
        for (x, y), (next_x, next_y) in itertools.pairwise(part):
            assert abs(next_x - x) + abs(next_y - y) < WIDTH / 6
    assert parts[0][0] == project(*start.at)
    assert parts[1][-1] == project(*end.at)


def test_the_map_counts_what_it_draws() -> None:
    triangles = [Triangle("GHA", "BRA", None), Triangle("GHA", "BRA", "FJI"), Triangle("FJI", None, "FJI")]
    picture = draw_map([BRAZIL, FIJI, GHANA, SAMOA], triangles)
    drawn = [(line.kind, line.origin, line.target, line.count) for line in picture.lines]
    assert drawn == [("facilitates", "Fiji", "Ghana", 1), ("provides", "Brazil", "Ghana", 2)]
    roles = {dot.place.iso3: dot.role for dot in picture.dots}
    assert roles == {"BRA": "provider", "FJI": "facilitating_partner", "GHA": "beneficiary"}
    assert picture.others == [project(*SAMOA.at)]


def test_a_close_map_holds_its_dots() -> None:
    for places in ((BRAZIL, GHANA), (FIJI, GHANA), (SAMOA, FIJI), (GHANA,)):
        picture = draw_map(places, [Triangle(places[0].iso3, places[-1].iso3, None)], close=True)
        left, top, width, height = (float(part) for part in picture.view.split())
        assert min(left, top) >= 0
        assert left + width <= WIDTH + 0.1
        assert top + height <= HEIGHT + 0.1
        for dot in picture.dots:
            assert left <= dot.x <= left + width
            assert top <= dot.y <= top + height


PARTIES = Parties(
    ("GHA", "Ghana"), ("BRA", "Brazil"), ("GP-1", "GP-1"), ("CHL", "A fund of Chile with a very long name")
)


def edge(kind: str, start: str, end: str) -> dict[str, str]:
    return {"kind": kind, "from": start, "to": end}


def test_the_network_draws_each_kind_between_two_once() -> None:
    evidence = [edge("past_project", "BRA", "GHA"), edge("past_project", "BRA", "GHA"), edge("resembles", "BRA", "GHA")]
    evidence += [edge("replicated_in", "GP-1", "TGO"), edge("donor_record", "CHL", "GHA"), edge("resembles", "X", "Y")]
    picture = draw_network(PARTIES, evidence, {"TGO": "Togo"})
    assert [(one.kind, one.count) for one in picture.edges] == [
        ("past_project", 2),
        ("resembles", 1),
        ("replicated_in", 1),
        ("donor_record", 1),
    ]
    assert len({one.path for one in picture.edges}) == 4
    assert [node.name for node in picture.nodes][-1] == "Togo"
    assert picture.top == 0
    assert all(len(node.short) <= 30 for node in picture.nodes)


def test_a_donor_that_is_the_beneficiary_stands_once() -> None:
    own = Parties(("GHA", "Ghana"), ("BRA", "Brazil"), ("GP-1", "GP-1"), ("GHA", "Ghana"))
    picture = draw_network(own, [], {})
    assert [node.role for node in picture.nodes] == ["beneficiary", "provider", "practice"]
    assert len(picture.frame) == 2
    assert picture.top > 0
