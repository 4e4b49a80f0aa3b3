"""How much two names resemble each other, for screening against a list.

The plain words of a name are what is left after these steps: compatibility forms are unfolded (NFKD), accents are taken
off, case is folded, full stops and apostrophes go and other signs become blanks, and legal forms (Ltd, GmbH, S.A. ...)
and the article *the* are left out.

The score is 0 to 100: the likeness of the plain words of both names by their longest common subsequence (``ratio`` of
rapidfuzz), rounded down. It is taken twice, of the words in order of the alphabet and of the words as they stand
without blanks, and the better one counts. It is at least 90 where the listed name has two words or more, eight letters
or more, and every one of its words occurs in the other name. From a score of 85 on a person decides.

Out of scope: names in different scripts are not compared. Arabic or Cyrillic is not turned into Latin letters, so an
entry resembles a name in such a script only by a name that the list itself gives in that script.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from rapidfuzz import fuzz, process

THRESHOLD = 85
CONTAINED = 90
LEAST_WORDS, LEAST_LETTERS = 2, 8

# Letters that Unicode does not take apart.
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ð": "d", "þ": "th"})
_DROPPED = frozenset(".'`´‘’ʼ")
_FORMS = """
    ab ag as asa bhd bv co company corp corporation cv eirl eurl fzc fzco fze gmbh inc incorporated jsc kft kg
    kk limited llc llp lp ltd ltda nv oao ojsc ooo oy oyj pjsc plc pte pty pvt sa sae sal saoc saog sarl sas
    sasu sdn se spa sprl srl the tov zao zoo
"""
LEGAL_FORMS = frozenset(_FORMS.split())


class Resemblance(NamedTuple):
    """How near a name comes to an entry, and by which of the entry's names."""

    score: int
    listed_name: str


def plain_words(name: str) -> list[str]:
    """The plain words of a name as they stand; legal forms stay where there is nothing else.

    Examples
    --------
    >>> plain_words("The Example-Trading Co., Ltd.")
    ['example', 'trading']
    >>> plain_words("Société d'Exemple S.A.")
    ['societe', 'dexemple']
    """
    unfolded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold()).translate(_LETTERS)
    signs = (sign for sign in unfolded if not unicodedata.combining(sign) and sign not in _DROPPED)
    text = "".join(sign if sign.isalnum() else "" if unicodedata.category(sign) == "Cf" else " " for sign in signs)
    words = text.split()
    return [word for word in words if word not in LEGAL_FORMS] or words


def _forms(words: list[str]) -> tuple[str, str]:
    """What is compared: the words in order of the alphabet, and the words as they stand without blanks."""
    return " ".join(sorted(words)), "".join(words)


class ListedNames:
    """The names of the entries of a list, made ready to be looked through."""

    def __init__(self, names: Iterable[tuple[str, str]]) -> None:
        """Take pairs of the reference of an entry and one of its names; a name without a word is left out."""
        self._named: list[tuple[str, str]] = []
        self._words: list[frozenset[str]] = []
        self._by_word: dict[str, list[int]] = defaultdict(list)
        forms: list[tuple[str, str]] = []
        for reference, name in names:
            words = plain_words(name)
            if not words:
                continue
            if len(words) >= LEAST_WORDS and sum(map(len, words)) >= LEAST_LETTERS:
                self._by_word[max(words, key=len)].append(len(self._named))
            self._named.append((reference, name))
            self._words.append(frozenset(words))
            forms.append(_forms(words))
        self._forms = tuple([form[place] for form in forms] for place in range(2))

    def resembling(self, name: str) -> dict[str, Resemblance]:
        """The entries that a name resembles, by reference; of each the name that comes nearest."""
        words = plain_words(name)
        scores: dict[int, int] = {}
        for form, listed in zip(_forms(words), self._forms, strict=True):
            for _, score, number in process.extract(
                form, listed, scorer=fuzz.ratio, score_cutoff=THRESHOLD, limit=None
            ):
                scores[number] = max(int(score), scores.get(number, 0))
        for number in (number for word in set(words) for number in self._by_word.get(word, ())):
            if self._words[number] <= set(words):
                scores[number] = max(CONTAINED, scores.get(number, 0))
        found: dict[str, Resemblance] = {}
        for number, score in sorted(scores.items()):
            reference, listed_name = self._named[number]
            if reference not in found or score > found[reference].score:
                found[reference] = Resemblance(score, listed_name)
        return found
