"""Scores of pairs, compiled: the one place where two parties' codes, texts and tables become points.

Every function here looks at one pair. The kernels at the end walk over pairs: either over those that are listed, or
over all of a block of needs. Both call the same functions, with the same order of operations, so that the points in
an index and the points that are shown agree to the last unit. A score lies in [0, 1] and is NaN when unknown.
"""

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from matching.compiling import compiled

Indices = npt.NDArray[np.int64]
Positions = npt.NDArray[np.int32]
# Second or third parties of pairs: of the type that ``encoding.column_type`` names.
Columns = npt.NDArray[np.uint16 | np.int32]
Points = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Bits = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

# Where nothing at all is known for a part, it counts at half; the page says so.
NOTHING_KNOWN = 0.5
# Themes, industry, SDG targets, text, endorsement.
DEMAND_WEIGHTS = (2.0, 2.0, 2.0, 8.0, 2.0)
# Texts whose cosine comes up to this are as alike as need and practice get.
ALIKE_TEXTS = 0.25
# What a provider counts that the record makes certain.
STANDING = 0.8


class Vectors(NamedTuple):
    """Sparse rows of length 1, codes ascending: row ``r`` holds ``starts[r]:starts[r + 1]`` of the other arrays.

    ``starts`` has shape (rows + 1,); ``codes`` and ``values`` (entries,); ``known`` (rows,) tells which rows had
    codes at all; codes lie below ``width``.
    """

    starts: Indices
    codes: Positions
    values: Floats
    known: Bools
    width: int


class Scale(NamedTuple):
    """Weights of the criteria of a part for every set of known criteria, as binary numbers.

    ``weights`` has shape (2 ** criteria, criteria), in hundredths of a point; ``nothing`` (2 ** criteria,) tells
    where no criterion that counts is known.
    """

    weights: Floats
    nothing: Bools


class PracticeTables(NamedTuple):
    """What the scores of needs and offers look up. The country after the last one stands for an unknown one.

    ``closeness`` has shape (eras, countries, countries), beneficiary by row; ``evidence`` (countries, practices);
    ``standing`` (profiles, countries).
    """

    need_themes: Vectors
    need_isic: Vectors
    need_sdg: Vectors
    need_text: Vectors
    themes: Vectors
    isic: Vectors
    sdg: Vectors
    text_known: Bools
    text_postings: Vectors
    beneficiary: Indices
    endorsed: Floats
    owned: Floats
    need_profile: Indices
    practice: Indices
    era: Indices
    provider: Indices
    closeness: Floats
    evidence: Floats
    standing: Floats
    scale: Scale


class InvestorTables(NamedTuple):
    """What the scores of needs and investors look up."""

    need_themes: Vectors
    need_isic: Vectors
    need_text: Vectors
    themes: Vectors
    isic: Vectors
    text_known: Bools
    text_postings: Vectors
    beneficiary: Indices
    inclusion: Floats
    accepted: Bools
    focus: Floats
    scale: Scale


# vectors ----------------------------------------------------------------------------------------------------------


@compiled
def spread(vectors: Vectors, row: int, wide: Floats) -> None:
    """Write a sparse row into a row of zeros."""
    for at in range(vectors.starts[row], vectors.starts[row + 1]):
        wide[vectors.codes[at]] = vectors.values[at]


@compiled
def wipe(vectors: Vectors, row: int, wide: Floats) -> None:
    """Undo ``spread``."""
    for at in range(vectors.starts[row], vectors.starts[row + 1]):
        wide[vectors.codes[at]] = 0.0


@compiled
def bounded(cosine: float) -> float:
    """A cosine without what rounding adds at the ends."""
    return min(max(cosine, 0.0), 1.0)


@compiled
def cosine(wide: Floats, starts: Indices, codes: Positions, values: Floats, row: int) -> float:
    """Cosine of a spread row and a sparse one, summed in ascending order of codes."""
    total = 0.0
    for at in range(starts[row], starts[row + 1]):
        total += wide[codes[at]] * values[at]
    return bounded(total)


@compiled
def if_known(score: float, known: bool) -> float:
    """The score, or NaN."""
    return score if known else math.nan


@compiled
def add_cosines(left: Vectors, row: int, postings: Vectors, sums: Floats) -> None:
    """Cosines of a row with all parties at once, through the postings of its codes, in ascending order of codes."""
    sums[:] = 0.0
    starts, rows, values = postings.starts, postings.codes, postings.values
    for at in range(left.starts[row], left.starts[row + 1]):
        code, value = left.codes[at], left.values[at]
        for other in range(starts[code], starts[code + 1]):
            sums[rows[other]] += value * values[other]


@compiled
def cosines(left: Vectors, right: Vectors, rows: Indices, columns: Indices) -> Floats:
    """Cosines of listed pairs of rows; NaN where one has no codes. Fast where pairs of a row stand together."""
    found = np.empty(len(rows))
    wide = np.zeros(max(left.width, right.width))
    for n in range(len(rows)):
        if n == 0 or rows[n] != rows[n - 1]:
            if n > 0:
                wipe(left, rows[n - 1], wide)
            spread(left, rows[n], wide)
        both = left.known[rows[n]] and right.known[columns[n]]
        found[n] = if_known(cosine(wide, right.starts, right.codes, right.values, columns[n]), both)
    return found


# criteria ---------------------------------------------------------------------------------------------------------


@compiled
def mean_of_known(scores: tuple[float, ...], weights: tuple[float, ...]) -> float:
    """Weighted mean of the scores that are known; NaN when none is."""
    total, known = 0.0, 0.0
    for n in range(len(scores)):
        if not math.isnan(scores[n]):
            total += scores[n] * weights[n]
            known += weights[n]
    return total / known if known > 0.0 else math.nan


@compiled
def text_fit(cosine: float) -> float:
    """Closeness of two texts: a root, so that the first words in common say most, 1 from ``ALIKE_TEXTS`` on."""
    return math.sqrt(min(1.0, cosine / ALIKE_TEXTS))


@compiled
def demand_fit(themes: float, isic: float, sdg: float, text: float, endorsed: float) -> float:
    """Text 8, themes 2, industry 2, SDG targets 2, endorsement 2: measured on judged practices, docs/judging.md."""
    return mean_of_known((themes, isic, sdg, text_fit(text), endorsed), DEMAND_WEIGHTS)


@compiled
def complementarity(standing: float, owned: float) -> float:
    """Who the record speaks for, up to ``STANDING``, and who owns the need, each raising the score; NaN for neither."""
    if math.isnan(standing):
        return owned
    record = STANDING * standing
    return record if math.isnan(owned) else 1.0 - (1.0 - record) * (1.0 - owned)


@compiled
def mandate_fit(themes: float, isic: float, text: float) -> float:
    """Themes 6, industry 4, text 2."""
    return mean_of_known((themes, isic, math.sqrt(text)), (6.0, 4.0, 2.0))


# points -----------------------------------------------------------------------------------------------------------


@compiled
def known_criteria(scores: Any) -> int:
    """Which criteria are known, as a binary number."""
    known = 0
    for n in range(len(scores)):
        if not math.isnan(scores[n]):
            known |= 1 << n
    return known


@compiled
def whole_points(score: float, weight: float, nothing: bool) -> int:
    """Whole hundredths of one criterion; -1 when unknown."""
    if nothing:
        return int(np.rint(weight * NOTHING_KNOWN))
    return -1 if math.isnan(score) else int(np.rint(weight * score))


@compiled
def total_points(scores: Any, weights: Floats, nothing: Bools) -> int:
    """Whole hundredths of a part, by the two tables of its scale."""
    known, total = known_criteria(scores), 0
    for n in range(len(scores)):
        total += max(0, whole_points(scores[n], weights[known, n], nothing[known]))
    return total


@compiled
def split_points(scores: Floats, scale: Scale, points: Indices, weights: Indices) -> None:
    """Points and weights of every criterion for listed pairs; all tables have shape (pairs, criteria)."""
    for pair in range(len(scores)):
        known = known_criteria(scores[pair])
        for n in range(scores.shape[1]):
            weight = scale.weights[known, n]
            points[pair, n] = whole_points(scores[pair, n], weight, scale.nothing[known])
            weights[pair, n] = int(np.rint(weight))


# listed pairs -----------------------------------------------------------------------------------------------------


@compiled
def list_practices(tables: PracticeTables, needs: Indices, offers: Indices, cosines: Floats) -> Floats:
    """Scores of listed needs and offers; ``cosines`` (pairs, 4) are of themes, industry, SDG targets and text.

    Demand fit, contextual similarity, practice evidence and complementarity; shape (pairs, 4).
    """
    found = np.empty((len(needs), 4))
    for n in range(len(needs)):
        need, one = needs[n], cosines[n]
        country, provider = tables.beneficiary[need], tables.provider[offers[n]]
        found[n, 0] = demand_fit(one[0], one[1], one[2], one[3], tables.endorsed[need])
        practice = tables.practice[offers[n]]
        found[n, 1] = tables.closeness[tables.era[practice], country, provider]
        found[n, 2] = tables.evidence[country, practice]
        found[n, 3] = complementarity(tables.standing[tables.need_profile[need], provider], tables.owned[need])
    return found


@compiled
def list_investors(tables: InvestorTables, needs: Indices, investors: Indices, cosines: Floats) -> Floats:
    """Scores of listed needs and investors; ``cosines`` (pairs, 3) are of themes, industry and text.

    Mandate fit, geographic fit and inclusion; shape (pairs, 3).
    """
    found = np.empty((len(needs), 3))
    for n in range(len(needs)):
        need, investor = needs[n], investors[n]
        found[n, 0] = mandate_fit(cosines[n, 0], cosines[n, 1], cosines[n, 2])
        found[n, 1] = if_known(tables.focus[investor], tables.accepted[tables.beneficiary[need], investor])
        found[n, 2] = tables.inclusion[need]
    return found


@compiled
def list_means(scores: Floats, weights: tuple[float, ...]) -> Floats:
    """Weighted means of what is known, pair by pair; ``scores`` has shape (pairs, len(weights))."""
    found = np.empty(len(scores))
    for n in range(len(scores)):
        found[n] = mean_of_known(scores[n], weights)
    return found


@compiled
def list_totals(scores: Floats, scale: Scale, totals: Points) -> None:
    """Points of listed pairs; ``scores`` has shape (pairs, criteria)."""
    for n in range(len(scores)):
        totals[n] = total_points(scores[n], scale.weights, scale.nothing)


# blocks of needs --------------------------------------------------------------------------------------------------


@compiled
def score_practices(
    tables: PracticeTables, first: int, last: int, starts: Indices, offers: Columns, points: Points
) -> None:
    """Points of the eligible offers of the needs ``first:last``, written beside ``offers``."""
    # Arrays are taken out of the tables once: taking one out is dearer than scoring a pair.
    theme_starts, theme_codes, theme_values, theme_known, theme_width = tables.themes
    isic_starts, isic_codes, isic_values, isic_known, isic_width = tables.isic
    sdg_starts, sdg_codes, sdg_values, sdg_known, sdg_width = tables.sdg
    text_known, practice_of, provider_of = tables.text_known, tables.practice, tables.provider
    closeness, evidence, standing, era = tables.closeness, tables.evidence, tables.standing, tables.era
    weights, nothing = tables.scale.weights, tables.scale.nothing
    themes, isic, sdg = np.zeros(theme_width), np.zeros(isic_width), np.zeros(sdg_width)
    text, company = np.zeros(len(text_known)), np.empty(standing.shape[1])
    for need in range(first, last):
        spread(tables.need_themes, need, themes)
        spread(tables.need_isic, need, isic)
        spread(tables.need_sdg, need, sdg)
        add_cosines(tables.need_text, need, tables.text_postings, text)
        has_themes, has_isic = tables.need_themes.known[need], tables.need_isic.known[need]
        has_sdg, has_text = tables.need_sdg.known[need], tables.need_text.known[need]
        country, profile = tables.beneficiary[need], tables.need_profile[need]
        endorsed, owned = tables.endorsed[need], tables.owned[need]
        near, proven = closeness[:, country], evidence[country]
        for one in range(len(company)):
            company[one] = complementarity(standing[profile, one], owned)
        last_practice, fit = -1, math.nan
        for at in range(starts[need], starts[need + 1]):
            provider, practice = provider_of[offers[at]], practice_of[offers[at]]
            if practice != last_practice:
                fit = demand_fit(
                    if_known(
                        cosine(themes, theme_starts, theme_codes, theme_values, practice),
                        has_themes and theme_known[practice],
                    ),
                    if_known(
                        cosine(isic, isic_starts, isic_codes, isic_values, practice), has_isic and isic_known[practice]
                    ),
                    if_known(cosine(sdg, sdg_starts, sdg_codes, sdg_values, practice), has_sdg and sdg_known[practice]),
                    if_known(bounded(text[practice]), has_text and text_known[practice]),
                    endorsed,
                )
                last_practice = practice
            scores = (
                fit,
                near[era[practice], provider],
                proven[practice],
                company[provider],
            )
            points[at] = total_points(scores, weights, nothing)
        wipe(tables.need_themes, need, themes)
        wipe(tables.need_isic, need, isic)
        wipe(tables.need_sdg, need, sdg)


@compiled
def score_investors(
    tables: InvestorTables, first: int, last: int, starts: Indices, investors: Columns, points: Points
) -> None:
    """Points of the eligible investors of the needs ``first:last``, written beside ``investors``."""
    theme_starts, theme_codes, theme_values, theme_known, theme_width = tables.themes
    isic_starts, isic_codes, isic_values, isic_known, isic_width = tables.isic
    text_known, accepted, focus = tables.text_known, tables.accepted, tables.focus
    weights, nothing = tables.scale.weights, tables.scale.nothing
    themes, isic, text = np.zeros(theme_width), np.zeros(isic_width), np.zeros(len(text_known))
    for need in range(first, last):
        spread(tables.need_themes, need, themes)
        spread(tables.need_isic, need, isic)
        add_cosines(tables.need_text, need, tables.text_postings, text)
        has_themes, has_isic = tables.need_themes.known[need], tables.need_isic.known[need]
        has_text, country, inclusion = tables.need_text.known[need], tables.beneficiary[need], tables.inclusion[need]
        for at in range(starts[need], starts[need + 1]):
            one = investors[at]
            fit = mandate_fit(
                if_known(cosine(themes, theme_starts, theme_codes, theme_values, one), has_themes and theme_known[one]),
                if_known(cosine(isic, isic_starts, isic_codes, isic_values, one), has_isic and isic_known[one]),
                if_known(bounded(text[one]), has_text and text_known[one]),
            )
            scores = (fit, if_known(focus[one], accepted[country, one]), inclusion)
            points[at] = total_points(scores, weights, nothing)
        wipe(tables.need_themes, need, themes)
        wipe(tables.need_isic, need, isic)
