"""How close needs, practices, windows and countries are: coded fields, text, and the context of countries.

scikit-learn is imported where it is used: it takes seconds to load, which every command would otherwise wait for.
"""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.problem import Country, Problem

Floats = npt.NDArray[np.float64]

# A code also counts for what it lies in, at this share per step up. House default.
STEP_UP = 0.6
INCOME_RANK = {"L": 0, "LM": 1, "UM": 2, "H": 3}
EARTH_RADIUS_KM = 6371.0


def code_vectors(parties: Sequence[Iterable[str]], line: Callable[[str], tuple[str, ...]]) -> sparse.csr_matrix:
    """Unit vectors of coded parties; codes on one branch of the tree are partly alike.

    Parameters
    ----------
    parties
        The codes of each party.
    line
        Gives a code and its ancestors, nearest first.

    Returns
    -------
    csr_matrix, shape (len(parties), number of codes)
        Rows of length 1; a party without codes has a row of zeros.
    """
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.preprocessing import normalize

    rows: list[dict[str, float]] = []
    for codes in parties:
        row: dict[str, float] = {}
        for code in codes:
            for step, ancestor in enumerate(line(code)):
                row[ancestor] = max(row.get(ancestor, 0.0), STEP_UP**step)
        rows.append(row)
    if not any(rows):
        return sparse.csr_matrix((len(rows), 1))
    return normalize(DictVectorizer().fit_transform(rows)).tocsr()


def text_vectors(texts: Sequence[str]) -> sparse.csr_matrix:
    """Unit TF-IDF vectors of texts; logarithmic term counts, so that repeating a word gains little.

    Returns
    -------
    csr_matrix, shape (len(texts), number of terms)
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(text.strip() for text in texts):
        return sparse.csr_matrix((len(texts), 1))
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, stop_words="english", strip_accents="unicode")
    return vectorizer.fit_transform(texts).tocsr()


def row_cosines(
    left: sparse.csr_matrix, right: sparse.csr_matrix, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]
) -> Floats:
    """Cosines of listed pairs of unit rows; NaN where a side has no codes at all.

    Parameters
    ----------
    left, right
        Unit vectors over the same codes.
    rows, columns
        The pairs: row ``rows[n]`` of ``left`` with row ``columns[n]`` of ``right``.

    Returns
    -------
    array, shape (len(rows),), values in [0, 1] or NaN
    """
    every = (left @ right.T).toarray()
    every[np.diff(left.indptr) == 0, :] = np.nan
    every[:, np.diff(right.indptr) == 0] = np.nan
    picked: Floats = np.clip(every[rows, columns], 0.0, 1.0)
    return picked


def distances_km(countries: Sequence[Country]) -> Floats:
    """Great-circle distances between countries, in kilometres, by the haversine formula; shape (n, n)."""
    latitude = np.radians([country.latitude for country in countries])
    longitude = np.radians([country.longitude for country in countries])
    half = np.sin((latitude[:, None] - latitude[None, :]) / 2) ** 2
    half += (
        np.cos(latitude)[:, None]
        * np.cos(latitude)[None, :]
        * np.sin((longitude[:, None] - longitude[None, :]) / 2) ** 2
    )
    distances: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return distances


def resemblance(problem: Problem) -> Floats:
    """How much the contexts of two countries resemble each other, from 0 to 1; shape (countries, countries).

    A weighted mean over what is known of both: income group 3, indicators 3, shared LDC, LLDC or SIDS standing 2,
    region 2, nearness 1, common language 2, common groupings 1. What is not known of one of them is left out, so a
    missing figure never makes a country look different. The weights are the house's own.
    """
    countries = problem.countries
    parts = (
        (3.0, _income_closeness(countries)),
        (3.0, _indicator_closeness(countries)),
        (2.0, _shared_standing(countries)),
        (2.0, _region_closeness(countries)),
        (1.0, np.exp(-distances_km(countries) / 4000.0)),
        (2.0, _overlap([country.languages for country in countries])),
        (1.0, np.minimum(_common([country.groupings for country in countries]) / 6.0, 1.0)),
    )
    return weighted_mean(parts)


def weighted_mean(parts: Iterable[tuple[float, Floats]]) -> Floats:
    """Mean of arrays by weight, entry by entry, leaving out NaN; NaN only where every part is NaN."""
    total: Floats | None = None
    weights: Floats | None = None
    for weight, part in parts:
        known = ~np.isnan(part)
        value = np.where(known, part, 0.0) * weight
        total = value if total is None else total + value
        weights = known * weight if weights is None else weights + known * weight
    assert total is not None
    assert weights is not None
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(weights > 0, total / weights, np.nan)
    return mean


def _income_closeness(countries: Sequence[Country]) -> Floats:
    rank = np.array([INCOME_RANK.get(country.income_group or "", np.nan) for country in countries], dtype=float)
    closeness: Floats = 1.0 - np.abs(rank[:, None] - rank[None, :]) / 3.0
    return closeness


def _indicator_closeness(countries: Sequence[Country]) -> Floats:
    """Closeness of percentile ranks, indicator by indicator, averaged over those known of both."""
    codes = sorted({code for country in countries for code in country.indicators})
    parts = []
    for code in codes:
        values = np.array([country.indicators.get(code, np.nan) for country in countries], dtype=float)
        known = ~np.isnan(values)
        rank = np.full(len(values), np.nan)
        rank[known] = np.searchsorted(np.sort(values[known]), values[known]) / max(1, known.sum() - 1)
        parts.append((1.0, 1.0 - np.abs(rank[:, None] - rank[None, :])))
    return weighted_mean(parts) if parts else np.full((len(countries), len(countries)), np.nan)


def _shared_standing(countries: Sequence[Country]) -> Floats:
    flags = np.array([[country.ldc, country.lldc, country.sids] for country in countries], dtype=float).reshape(-1, 3)
    closeness: Floats = 1.0 - np.abs(flags[:, None, :] - flags[None, :, :]).mean(axis=2)
    return closeness


def _region_closeness(countries: Sequence[Country]) -> Floats:
    region = np.array([country.region for country in countries])
    subregion = np.array([country.subregion for country in countries])
    same_region: Floats = (region[:, None] == region[None, :]) * 0.6
    both: Floats = same_region + (subregion[:, None] == subregion[None, :]) * 0.4
    return both


def _common(sets: Sequence[frozenset[str]]) -> Floats:
    names = sorted({name for one in sets for name in one})
    position = {name: column for column, name in enumerate(names)}
    table = np.zeros((len(sets), max(1, len(names))))
    for row, one in enumerate(sets):
        table[row, [position[name] for name in one]] = 1.0
    common: Floats = table @ table.T
    return common


def _overlap(sets: Sequence[frozenset[str]]) -> Floats:
    """1 where two sets share a member, 0 where they do not, NaN where one is empty (unknown)."""
    shared = np.minimum(_common(sets), 1.0)
    empty = np.array([not one for one in sets])
    shared[empty, :] = np.nan
    shared[:, empty] = np.nan
    return shared
