"""How far countries lie apart: great-circle distance between the places that countries.csv gives."""

from itertools import combinations
from math import asin, cos, radians, sin, sqrt
from typing import Any

EARTH_RADIUS_KM = 6371.0


def distance_km(latitude_a: float, longitude_a: float, latitude_b: float, longitude_b: float) -> float:
    """Great-circle distance between two places given in degrees.

    >>> round(distance_km(0, 0, 0, 180))
    20015
    """
    north_a, north_b = radians(latitude_a), radians(latitude_b)
    half_north, half_east = (north_b - north_a) / 2, radians(longitude_b - longitude_a) / 2
    chord = sin(half_north) ** 2 + cos(north_a) * cos(north_b) * sin(half_east) ** 2
    return 2 * EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def every_pair(borders: list[dict[str, Any]], countries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One row per pair of countries, with its distance and whether the two share a border."""
    neighbours = {frozenset((border["iso3_a"], border["iso3_b"])) for border in borders}
    places = sorted((country["iso3"], country["latitude"], country["longitude"]) for country in countries)
    return [
        {
            "iso3_a": a,
            "iso3_b": b,
            "distance_km": round(distance_km(north_a, east_a, north_b, east_b)),
            "contiguous": frozenset((a, b)) in neighbours,
        }
        for (a, north_a, east_a), (b, north_b, east_b) in combinations(places, 2)
    ]
