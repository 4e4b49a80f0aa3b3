"""Practice retrieval: which good practices answer a need, ranked by what both are about and nothing else.

Four signals, each a closeness from 0 to 1 with NaN for unknown: words, characters, industry and targets. Each is
standardised within its need, and the score is their plain mean: no weight is fitted to any judgement.

scikit-learn is imported where it is used: it takes seconds to load, which every command would otherwise wait for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matching.problem import Problem
from matching.similarity import informative_vectors, row_cosines, widened_text
from matching.taxonomy import isic_line, sdg_line

Floats = npt.NDArray[np.float64]
Codes = Sequence[frozenset[str]]

TOP = 10
LATENT_DIMENSIONS = 100


@dataclass(frozen=True, slots=True)
class Retrieved:
    """A practice retrieved for a need. ``closeness`` holds each signal from 0 to 1, None where it is unknown."""

    practice: str
    score: float
    closeness: Mapping[str, float | None]


def best_practices(problem: Problem, number: int = TOP) -> dict[str, tuple[Retrieved, ...]]:
    """The practices that answer each need best, the best first; a country's own practices are left out.

    Memory grows with needs x practices. Equal scores are told apart by the key of the practice.
    """
    signals = retrieval_signals(problem)
    scores, own = combined(signals), own_practices(problem)
    found = {}
    for row, need in enumerate(problem.needs):
        order = ranked(scores[row], own[row])[:number]
        found[need.key] = tuple(
            Retrieved(
                problem.practices[column].key,
                float(scores[row, column]),
                {name: _or_none(signal[row, column]) for name, signal in signals.items()},
            )
            for column in order
        )
    return found


def ranked(scores: Floats, left_out: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Columns by falling score; of equal scores (to 12 decimals) the first column comes first.

    Parameters
    ----------
    scores, left_out
        Of the practices of one need, in the order of their keys; shape (practices,).
    """
    order = np.argsort(-np.round(scores, 12), kind="stable")
    kept: npt.NDArray[np.int64] = order[~left_out[order]]
    return kept


def own_practices(problem: Problem) -> npt.NDArray[np.bool_]:
    """Whether the country of a need provides a practice itself; shape (needs, practices)."""
    own = [[need.country in one.providers for one in problem.practices] for need in problem.needs]
    return np.array(own, dtype=np.bool_).reshape(len(problem.needs), len(problem.practices))


def retrieval_scores(problem: Problem) -> Floats:
    """The retrieval score; shape (needs, practices)."""
    return combined(retrieval_signals(problem))


def combined(signals: Mapping[str, Floats]) -> Floats:
    """Mean of standardised signals; a signal that is unknown for a pair counts as the mean of its need."""
    total: Floats = np.mean([standardised(signal) for signal in signals.values()], axis=0)
    return total


def standardised(signal: Floats) -> Floats:
    """Each row with mean 0 and deviation 1 over what is known; 0 where unknown or where all are equal."""
    known = ~np.isnan(signal)
    number = np.maximum(known.sum(axis=1, keepdims=True), 1)
    value = np.where(known, signal, 0.0)
    away = np.where(known, value - value.sum(axis=1, keepdims=True) / number, 0.0)
    deviation = np.sqrt((away**2).sum(axis=1, keepdims=True) / number)
    # Equal values leave a deviation of rounding alone, which must not be blown up.
    return np.where(deviation > 1e-9, away / np.maximum(deviation, 1e-9), 0.0)


# the signals ------------------------------------------------------------------------------------------------------


def retrieval_signals(problem: Problem) -> dict[str, Floats]:
    """The four signals by name; each of shape (needs, practices)."""
    needs, practices = problem.needs, problem.practices
    texts = (
        [widened_text(problem.theme, need) for need in needs],
        [widened_text(problem.theme, one) for one in practices],
    )
    return {
        "words": word_closeness(*texts),
        "characters": character_closeness(*texts),
        "industry": code_closeness([need.isic for need in needs], [one.isic for one in practices], isic_line),
        "targets": code_closeness(
            [need.sdg_targets for need in needs], [one.sdg_targets for one in practices], sdg_line
        ),
    }


def word_closeness(asking: Sequence[str], offered: Sequence[str]) -> Floats:
    """Cosines of TF-IDF vectors of words, without English stop words, with logarithmic counts.

    Salton and Buckley, "Term-weighting approaches in automatic text retrieval" (1988), as scikit-learn has it.
    """
    return _text_closeness(asking, offered, stop_words="english", sublinear_tf=True)


def character_closeness(asking: Sequence[str], offered: Sequence[str]) -> Floats:
    """Cosines of TF-IDF vectors of 3 to 5 neighbouring characters within words: "textile" is near "textiles".

    McNamee and Mayfield, "Character n-gram tokenization for European language text retrieval" (2004).
    """
    return _text_closeness(asking, offered, analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)


def _text_closeness(asking: Sequence[str], offered: Sequence[str], **how: object) -> Floats:
    from sklearn.feature_extraction.text import TfidfVectorizer

    nothing: Floats = np.zeros((len(asking), len(offered)))
    if not nothing.size:
        return nothing
    try:
        table = TfidfVectorizer(**how).fit_transform([*asking, *offered])
    except ValueError:  # no text holds a word that counts
        return nothing
    cosines: Floats = (table[: len(asking)] @ table[len(asking) :].T).toarray()
    return cosines


class WordIndex:
    """Texts that are asked about again and again: closeness of a new text to each, as in ``word_closeness``.

    The weights of words come from the texts alone, so that they are found once.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        offered = list(texts)
        self._size, self._vectorizer = len(offered), TfidfVectorizer(stop_words="english", sublinear_tf=True)
        try:
            self._table = self._vectorizer.fit_transform(offered).T.tocsr()
        except ValueError:  # no text holds a word that counts
            self._table = None

    def closeness(self, text: str) -> Floats:
        """Cosines of a text to the texts of the index; shape (texts,), all 0 where they share no word."""
        if self._table is None:
            return np.zeros(self._size)
        cosines: Floats = (self._vectorizer.transform([text]) @ self._table).toarray()[0]
        return cosines


def code_closeness(asking: Codes, offered: Codes, line: Callable[[str], tuple[str, ...]]) -> Floats:
    """Cosines of coded parties by information content; see :func:`matching.similarity.informative_vectors`.

    Parameters
    ----------
    asking, offered
        The codes of the parties of two kinds.
    line
        Gives a code and its ancestors, nearest first.

    Returns
    -------
    array, shape (len(asking), len(offered)), values in [0, 1], NaN where a side has no codes
    """
    vectors = informative_vectors([*asking, *offered], line)
    rows = np.repeat(np.arange(len(asking)), len(offered))
    columns = np.tile(np.arange(len(offered)), len(asking)) + len(asking)
    return row_cosines(vectors, vectors, rows, columns).reshape(len(asking), len(offered))


def _or_none(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


# baselines --------------------------------------------------------------------------------------------------------


def plain_words(problem: Problem) -> Floats:
    """Plain TF-IDF: cosines over all words of title and text, nothing left out or added; shape (needs, practices)."""
    return _text_closeness(*_plain_texts(problem))


def latent_characters(problem: Problem) -> Floats:
    """Latent semantic analysis of character n-grams of title and text; shape (needs, practices).

    Deerwester and others, "Indexing by latent semantic analysis" (1990).
    """
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    asking, offered = _plain_texts(problem)
    table = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(
        [*asking, *offered]
    )
    reduced = TruncatedSVD(min(LATENT_DIMENSIONS, *np.subtract(table.shape, 1)), random_state=0).fit_transform(table)
    reduced /= np.maximum(np.linalg.norm(reduced, axis=1, keepdims=True), 1e-12)
    cosines: Floats = reduced[: len(asking)] @ reduced[len(asking) :].T
    return cosines


def theme_overlap(problem: Problem) -> Floats:
    """Share of the themes of both that are common to both (Jaccard); shape (needs, practices)."""
    overlap = [[_jaccard(need.themes, one.themes) for one in problem.practices] for need in problem.needs]
    return np.array(overlap, dtype=float).reshape(len(problem.needs), len(problem.practices))


def _jaccard(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / max(1, len(left | right))


def _plain_texts(problem: Problem) -> tuple[list[str], list[str]]:
    needs = [f"{need.title}. {need.text}" for need in problem.needs]
    return needs, [f"{one.title}. {one.text}" for one in problem.practices]
