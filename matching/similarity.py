"""How close needs, practices, windows and countries are: coded fields, text, and the context of countries.

scikit-learn is imported where it is used: it takes seconds to load, which every command would otherwise wait for.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

from matching.problem import Country, GoodPractice, Need, Problem, Theme
from matching.scoring import Vectors, cosines

Floats = npt.NDArray[np.float64]
Line = Callable[[str], tuple[str, ...]]

WORD = re.compile(r"\b\w\w+\b")
# A code also counts for what it lies in, at this share per step up. House default.
STEP_UP = 0.6
TITLE_COUNTS = 2
INCOME_RANK = {"L": 0, "LM": 1, "UM": 2, "H": 3}
EARTH_RADIUS_KM = 6371.0
# What the parts of a country's context weigh. House default.
CONTEXT = {
    "income_group": 3.0,
    "indicators": 3.0,
    "standing": 2.0,
    "region": 2.0,
    "nearness": 1.0,
    "language": 2.0,
    "membership": 1.0,
}


def code_vectors(parties: Sequence[Iterable[str]], line: Line) -> Vectors:
    """Unit vectors of coded parties; codes on one branch of the tree are partly alike.

    Parameters
    ----------
    parties
        The codes of each party.
    line
        Gives a code and its ancestors, nearest first.

    Returns
    -------
    Vectors with len(parties) rows
        A party without codes has an empty row.
    """
    return _unit_rows(_code_table(parties, line, STEP_UP))


def informative_vectors(parties: Sequence[Iterable[str]], line: Line) -> Vectors:
    """Unit vectors of coded parties, each code and what it lies in weighing its information content.

    The information content of a code is -ln of the share of parties that hold it or a code below it (Resnik, "Using
    information content to evaluate semantic similarity in a taxonomy", 1995): sharing a rare code says more. Takes
    and gives what :func:`code_vectors` does.
    """
    table = _code_table(parties, line, 1.0)
    holding = np.bincount(table.indices, minlength=table.shape[1])
    table.data = -np.log(holding / max(1, len(parties)), where=holding > 0, out=np.zeros(len(holding)))[table.indices]
    return _unit_rows(table)


def _code_table(parties: Sequence[Iterable[str]], line: Line, step_up: float) -> sparse.csr_matrix:
    """A code counts 1, what it lies in ``step_up`` of it per step; shape (parties, codes)."""
    number: dict[frozenset[str], int] = {}
    which = np.array([number.setdefault(frozenset(codes), len(number)) for codes in parties], dtype=np.int64)
    distinct = [_code_values(codes, line, step_up) for codes in number]
    names = sorted({code for values in distinct for code in values})
    position = {code: column for column, code in enumerate(names)}
    starts = np.concatenate(([0], np.cumsum([len(values) for values in distinct], dtype=np.int64)))
    codes = np.array([position[code] for values in distinct for code in values], dtype=np.int32)
    entries = np.array([value for values in distinct for value in values.values()], dtype=float)
    table = sparse.csr_matrix((entries, codes, starts), (len(distinct), max(1, len(names))))
    return table[which]


def _code_values(codes: frozenset[str], line: Line, step_up: float) -> dict[str, float]:
    values: dict[str, float] = {}
    for code in codes:
        for step, ancestor in enumerate(line(code)):
            values[ancestor] = max(values.get(ancestor, 0.0), step_up**step)
    return values


def widened_text(themes: Mapping[str, Theme], party: Need | GoodPractice) -> str:
    """The text of a party, widened by the names of its themes (query and document expansion); the title counts twice.

    A need for "solar dryers" and a practice of "photovoltaic kits" meet in the name of their theme.
    """
    names = [themes[code].label for code in sorted(party.themes)]
    return ". ".join((*[party.title] * TITLE_COUNTS, party.text, *names))


def text_vectors(texts: Sequence[str], asking: int) -> tuple[Vectors, list[str]]:
    """Unit TF-IDF vectors of texts; logarithmic term counts, so that repeating a word gains little.

    Terms are words of two letters and more, without English stop words. The value of a term in a text is
    (1 + ln count) * (1 + ln((1 + texts) / (1 + texts that hold it))), before scaling to length 1 (Salton and Buckley,
    "Term-weighting approaches in automatic text retrieval", 1988). Of the terms only those stay that the first
    ``asking`` texts share with the others: the rest adds nothing to a cosine between the two.

    Returns
    -------
    Vectors with len(texts) rows, and the word of each code
        ``known`` tells which texts had any term, shared or not.
    """
    codes, starts, words = _terms(texts)
    shape = (len(texts), max(1, len(words)))
    table = sparse.csr_matrix((np.ones(len(codes)), codes, starts), shape)
    table.sum_duplicates()
    holding = np.bincount(table.indices, minlength=shape[1])
    rarity = np.log((1 + len(texts)) / (1 + holding)) + 1.0
    table.data = (np.log(table.data) + 1.0) * rarity[table.indices]
    vectors = _unit_rows(table)
    asked = np.bincount(vectors.codes[: vectors.starts[asking]], minlength=shape[1])
    kept = (asked > 0) & (asked < holding)
    return _keep_codes(vectors, kept), [word for word, stays in zip(words, kept.tolist(), strict=False) if stays]


def _terms(texts: Sequence[str]) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64], list[str]]:
    """Words of all texts as numbers, text after text, where those of each text start, and what the numbers mean."""
    from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, strip_accents_unicode

    number: dict[str, int] = {}
    found: list[int] = []
    starts = [0]
    for text in texts:
        words = WORD.findall(strip_accents_unicode(text.lower()))
        found += [number.setdefault(word, len(number)) for word in words if word not in ENGLISH_STOP_WORDS]
        starts.append(len(found))
    return np.array(found, dtype=np.int32), np.array(starts, dtype=np.int64), list(number)


def _unit_rows(table: sparse.csr_matrix) -> Vectors:
    """Rows scaled to length 1, codes ascending; a row of nothing but zeros stays."""
    table.sort_indices()
    starts = table.indptr.astype(np.int64)
    row = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
    length = np.sqrt(np.bincount(row, table.data**2, minlength=len(starts) - 1))
    per = np.where(length > 0, length, 1.0)
    return Vectors(starts, table.indices.astype(np.int32), table.data / per[row], np.diff(starts) > 0, table.shape[1])


def _keep_codes(vectors: Vectors, kept: npt.NDArray[np.bool_]) -> Vectors:
    stays = kept[vectors.codes]
    starts = np.concatenate(([0], np.cumsum(stays)))[vectors.starts]
    codes = (np.cumsum(kept) - 1).astype(np.int32)[vectors.codes[stays]]
    return Vectors(starts, codes, vectors.values[stays], vectors.known, max(1, int(kept.sum())))


def rows_of(vectors: Vectors, first: int, last: int) -> Vectors:
    """The rows ``first:last``, over the same codes."""
    start, stop = vectors.starts[first], vectors.starts[last]
    starts = vectors.starts[first : last + 1] - start
    return Vectors(
        starts, vectors.codes[start:stop], vectors.values[start:stop], vectors.known[first:last], vectors.width
    )


def postings(vectors: Vectors) -> Vectors:
    """The same entries by code: row ``c`` lists the rows that hold code ``c``, ascending."""
    shape = (len(vectors.known), vectors.width)
    table = sparse.csr_matrix((vectors.values, vectors.codes, vectors.starts), shape).tocsc()
    starts = table.indptr.astype(np.int64)
    return Vectors(starts, table.indices.astype(np.int32), table.data, np.diff(starts) > 0, shape[0])


def row_cosines(left: Vectors, right: Vectors, rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> Floats:
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
    return cosines(left, right, rows, columns)


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

    A weighted mean over what is known of both, by ``CONTEXT``. What is not known of one of them is left out, so a
    missing figure never makes a country look different. The weights are the house's own.
    """
    parts = context_parts(problem)
    return weighted_mean((CONTEXT[name], part) for name, part in parts.items())


def resemblance_then(problem: Problem, years: Sequence[int | None]) -> tuple[npt.NDArray[np.int64], Floats]:
    """How much a beneficiary today resembles a provider in given years, None for today.

    As :func:`resemblance`, but the provider's indicators are those nearest to the year: was the provider then where
    the beneficiary is now?

    Returns
    -------
    era of each year, shape (years,), and closeness by era, shape (eras, beneficiaries, providers)
        Years that the same values are nearest to are one era; era 0 is today.
    """
    parts, size = context_parts(problem), len(problem.countries)
    eras: dict[bytes, int] = {}
    tables: list[Floats] = []
    era = {}
    for year in (None, *sorted({year for year in years if year is not None})):
        if year is not None:
            parts["indicators"] = indicator_closeness(problem.countries, year)
        table = weighted_mean((CONTEXT[name], part) for name, part in parts.items())
        era[year] = eras.setdefault(table.tobytes(), len(tables))
        if era[year] == len(tables):
            tables.append(table)
    places = np.array([era[year] for year in years], dtype=np.int64)
    return places, np.array(tables).reshape(len(tables), size, size)


def context_parts(problem: Problem) -> dict[str, Floats]:
    """What contexts are compared by; each of shape (countries, countries), from 0 to 1, NaN where unknown."""
    countries = problem.countries
    return {
        "income_group": _income_closeness(countries),
        "indicators": indicator_closeness(countries, None),
        "standing": _shared_standing(countries),
        "region": _region_closeness(countries),
        "nearness": np.exp(-distances_km(countries) / 4000.0),
        "language": _overlap([country.languages for country in countries]),
        "membership": np.minimum(_common([country.groupings for country in countries]) / 6.0, 1.0),
    }


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


def indicator_closeness(countries: Sequence[Country], year: int | None) -> Floats:
    """Closeness of places among the latest values, indicator by indicator, averaged over those known of both.

    By row the latest values, by column those nearest to the year.
    """
    codes = sorted({code for country in countries for code in country.indicators})
    parts = []
    for code in codes:
        now = np.array([country.indicators.get(code, np.nan) for country in countries], dtype=float)
        then = now if year is None else np.array([value_then(country, code, year) for country in countries])
        steps = np.sort(now[~np.isnan(now)])
        place, place_then = (_places(values, steps) for values in (now, then))
        parts.append((1.0, 1.0 - np.abs(place[:, None] - place_then[None, :])))
    return weighted_mean(parts) if parts else np.full((len(countries), len(countries)), np.nan)


def _places(values: Floats, steps: Floats) -> Floats:
    """Where values lie among sorted ones, from 0 to 1; NaN where unknown."""
    place = np.minimum(np.searchsorted(steps, values) / max(1, len(steps) - 1), 1.0)
    return np.where(np.isnan(values), np.nan, place)


def value_then(country: Country, code: str, year: int) -> float:
    """The value of a series whose year is nearest to ``year``, the earlier of two; NaN where none is known."""
    known = country.history.get(code)
    if not known:
        return country.indicators.get(code, np.nan)
    return min(known, key=lambda one: (abs(one[0] - year), one[0]))[1]


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
    empty = np.array([not one for one in sets], dtype=np.bool_)
    shared[empty, :] = np.nan
    shared[:, empty] = np.nan
    return shared
