"""What can be wrong with a seed file."""

from collections.abc import Iterable
from dataclasses import dataclass

MOST_SHOWN = 50


@dataclass(frozen=True, order=True)
class SeedProblem:
    """One thing to put right. ``line`` counts from 1, the header; 0 and an empty ``column``: the file as a whole."""

    file: str
    line: int
    column: str
    reason: str

    def __str__(self) -> str:
        """The problem as one line of text."""
        place = [self.file]
        place += [f"line {self.line}"] if self.line else []
        place += [f"column {self.column}"] if self.column else []
        return f"{', '.join(place)}: {self.reason}"


class SeedError(Exception):
    """The seed files cannot be loaded. ``problems`` holds the first fifty, ``found`` says how many there are."""

    def __init__(self, problems: Iterable[SeedProblem]) -> None:
        """Keep the problems in the order of files and lines."""
        everything = list(problems)
        self.found = len(everything)
        self.problems = tuple(everything[:MOST_SHOWN])
        super().__init__(str(self))

    def __str__(self) -> str:
        """All problems, one per line."""
        lines = [str(problem) for problem in self.problems]
        if self.found > len(lines):
            lines.append(f"and {self.found - len(lines)} more")
        return "\n".join(lines)
