"""How close the words of questions and of past projects are. scikit-learn is imported where it is used."""

import numpy as np

from matching.past_projects import Floats, Indices
from matching.view import View

DIRECTIONS = 60
WORDS = r"\b\w+\b"


def plain_closeness(view: View) -> Floats:
    """Cosine of TF-IDF word vectors of the question's theme and of the events' titles and themes.

    Returns
    -------
    array, shape (cases, events)
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    told, asked, told_of, asked_of = _texts(view)
    if not told:
        return np.zeros((len(view.asked), len(view.past)))
    words = TfidfVectorizer(sublinear_tf=True, token_pattern=WORDS).fit(told)
    closeness = (words.transform(asked) @ words.transform(told).T).toarray()
    kernel: Floats = closeness[asked_of[:, None], told_of[None, :]]
    return kernel


def latent_closeness(view: View) -> Floats:
    """The same over words and groups of 3 to 5 letters, in up to 60 latent directions; negative cosines count 0."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.preprocessing import normalize

    told, asked, told_of, asked_of = _texts(view)
    if len(told) <= DIRECTIONS:
        return plain_closeness(view)
    terms = make_union(
        TfidfVectorizer(sublinear_tf=True, token_pattern=WORDS),
        TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(3, 5), min_df=2),
    ).fit(told)
    latent = TruncatedSVD(DIRECTIONS, random_state=0).fit(terms.transform(told))
    left, right = (normalize(latent.transform(terms.transform(texts))) for texts in (asked, told))
    closeness = np.maximum(left @ right.T, 0.0) ** 2
    kernel: Floats = closeness[asked_of[:, None], told_of[None, :]]
    return kernel


def _texts(view: View) -> tuple[list[str], list[str], Indices, Indices]:
    """Texts of the distinct past projects and of the distinct questions, and which belong to events and cases.

    A question's own title is never read: it was written when the partners were known.
    """
    cases = view.cases
    projects, told_of = np.unique(cases.project[view.past], return_inverse=True)
    themes, asked_of = np.unique(cases.theme[view.asked], return_inverse=True)
    told = [f"{cases.projects[number].title} {_words(cases.projects[number].subjects)}" for number in projects]
    return told, [_words(cases.codings[number].subjects) for number in themes], told_of, asked_of


def _words(subjects: tuple[str, ...]) -> str:
    return " ".join(subject.replace("-", " ") for subject in subjects)
