"""Trees of codes: themes below action areas, ISIC below sections, SDG targets below goals."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from matching.problem import Theme


class ThemeTree:
    """The theme tree, with the two questions that eligibility and scoring ask of it."""

    def __init__(self, themes: Iterable[Theme]) -> None:
        self._parent: Mapping[str, str | None] = {theme.key: theme.parent for theme in themes}
        self._label: Mapping[str, str] = {theme.key: theme.label for theme in themes}

    def label(self, code: str) -> str:
        """The theme in words."""
        return self._label.get(code, code)

    def line(self, code: str) -> tuple[str, ...]:
        """The theme and its ancestors, nearest first."""
        found: list[str] = []
        current: str | None = code
        while current is not None and current not in found:
            found.append(current)
            current = self._parent.get(current)
        return tuple(found)

    def common(self, left: frozenset[str], right: frozenset[str]) -> tuple[str, str] | None:
        """The first pair, alphabetically, of equal themes or of a theme and its ancestor; None when there is none."""
        for one in sorted(left & right):
            return one, one
        for one in sorted(left):
            for other in sorted(right):
                if one in self.line(other) or other in self.line(one):
                    return one, other
        return None


@lru_cache(maxsize=4096)
def isic_line(code: str) -> tuple[str, ...]:
    """An ISIC code such as ``C104`` and what it lies in, nearest first: ``C104``, ``C10``, ``C``."""
    return tuple(code[:length] for length in range(len(code), 0, -1) if length != 2)


def isic_overlap(left: frozenset[str], right: frozenset[str]) -> str | None:
    """The narrowest code, below section level, that lies in both; None when only sections or nothing meet."""
    narrow = [code for code in sorted(left | right, key=lambda code: (-len(code), code)) if len(code) > 1]
    for code in narrow:
        if all(any(other in isic_line(code) for other in side if len(other) > 1) for side in (left, right)):
            return code
    return None


def sdg_line(target: str) -> tuple[str, ...]:
    """An SDG target such as ``9.4`` and its goal: ``9.4``, ``9``."""
    return target, target.split(".")[0]
