"""A problem as arrays: lists, codes on one branch, amounts in order of size, and facts that criteria look up."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

import numpy as np

from matching.graph import CooperationGraph
from matching.problem import Need, Problem
from matching.scoring import Bits, Bools, Floats, Indices, list_means

# SDG goals whose service counts as inclusion: no poverty, gender equality, reduced inequalities, climate action.
INCLUSION_GOALS = frozenset({"1", "5", "10", "13"})
# What the parts of inclusion weigh. House default.
INCLUSION = {"special_standing": 5.0, "low_income": 3.0, "inclusion_goals": 2.0}
WORD_BITS = 64
# Where a ceiling is unknown: above the place of every amount.
NO_CEILING = np.iinfo(np.int64).max
NO_AMOUNT = -1


def column_type(parties: int) -> type[np.uint16 | np.int32]:
    """The smallest type that tells so many parties apart: there may be tens of millions of pairs."""
    return np.uint16 if parties <= np.iinfo(np.uint16).max + 1 else np.int32


def places_of(names: Iterable[str | None], known: Sequence[str]) -> Indices:
    """Position of each name among the known ones; ``len(known)`` where it is None or not among them."""
    position = {name: place for place, name in enumerate(known)}
    return np.array([position.get(name, len(known)) if name is not None else len(known) for name in names], np.int64)


def with_unknown(table: Floats) -> Floats:
    """A country table with a row and a column of NaN after the last, for countries that are not known."""
    return np.pad(table, ((0, 1), (0, 1)), constant_values=np.nan)


def member_table(sets: Sequence[frozenset[str]], names: Sequence[str]) -> Bools:
    """Which names lie in which sets; shape (len(names), len(sets))."""
    position = {name: place for place, name in enumerate(names)}
    number: dict[frozenset[str], int] = {}
    which = [number.setdefault(one, len(number)) for one in sets]
    table = np.zeros((len(names), len(number)), dtype=np.bool_)
    for members, column in number.items():
        table[[position[name] for name in members if name in position], column] = True
    return np.ascontiguousarray(table[:, which])


def bits(sets: Sequence[frozenset[str]], position: dict[str, int]) -> Bits:
    """Each set as a row of bits; shape (len(sets), words). Names without a position are left out."""
    table = np.zeros((len(sets), max(1, -(-len(position) // WORD_BITS))), dtype=np.uint64)
    rows: dict[frozenset[str], Bits] = {}
    for number, one in enumerate(sets):
        if one not in rows:
            rows[one] = np.zeros(table.shape[1], dtype=np.uint64)
            for place in (position[name] for name in one if name in position):
                rows[one][place // WORD_BITS] |= np.uint64(1 << place % WORD_BITS)
        table[number] = rows[one]
    return table


def branch_bits(
    asking: Sequence[frozenset[str]], offered: Sequence[frozenset[str]], line: Callable[[str], tuple[str, ...]]
) -> tuple[Bits, Bits]:
    """Bits that meet exactly where a code of one party equals, lies in or holds a code of the other.

    Parameters
    ----------
    asking, offered
        The codes of the parties of two kinds.
    line
        Gives a code and its ancestors, nearest first.

    Returns
    -------
    Bits of shapes (len(asking), words) and (len(offered), words)
        Of the asking, all codes on a branch with one of theirs; of the offered, their own codes.
    """
    known = sorted({code for one in offered for code in one})
    position = {code: place for place, code in enumerate(known)}
    lines = {code: frozenset(line(code)) for code in known}
    near: dict[str, frozenset[str]] = {}
    for code in {code for one in asking for code in one}:
        above = frozenset(line(code))
        near[code] = frozenset(other for other in known if other in above or code in lines[other])
    wider = {one: frozenset().union(*(near[code] for code in one)) for one in set(asking)}
    return bits([wider[one] for one in asking], position), bits(offered, position)


def ladder(*kinds: Sequence[Decimal | None]) -> list[Indices]:
    """Places of amounts in the order of size of them all, so that whole numbers compare as the amounts do.

    Equal amounts share a place; ``NO_AMOUNT`` where there is none. One array per argument.
    """
    steps = sorted({amount for amounts in kinds for amount in amounts if amount is not None})
    place = {amount: step for step, amount in enumerate(steps)}
    return [
        np.array([NO_AMOUNT if amount is None else place[amount] for amount in amounts], dtype=np.int64)
        for amounts in kinds
    ]


# facts of countries, practices and needs as scores ----------------------------------------------------------------


def practice_evidence(problem: Problem, graph: CooperationGraph) -> Floats:
    """Proof on record that a practice works and travels to a country; shape (countries, practices).

    Each piece raises the score, none on record is unknown.
    """
    return evidence(tuple(evidence_pieces(problem, graph).values()))


def evidence_pieces(problem: Problem, graph: CooperationGraph) -> dict[str, Floats]:
    """Pieces of proof, NaN where none is on record; of shape (practices,), or (countries, practices).

    Results achieved 0.6, planned 0.3; replications 0.5 for one and more for more; replicated in a country like the
    beneficiary up to 0.5; years of practice up to 0.3.
    """
    practices, year = problem.practices, problem.as_of.year
    results = {"achieved": 0.6, "planned": 0.3}
    age = numbers(None if one.start_year is None else (year - one.start_year) / 10 for one in practices)
    return {
        "results": numbers(results.get(practice.results or "") for practice in practices),
        "replications": saturating(numbers(len(practice.replicated_in) for practice in practices), 0.5),
        "replicated_nearby": 0.5 * _replicated_nearby(problem, graph),
        "years_of_practice": 0.3 * np.clip(age, 0.0, 1.0),
    }


def _replicated_nearby(problem: Problem, graph: CooperationGraph) -> Floats:
    """Closeness of a country to the closest one of replication, NaN where none is; (countries, practices)."""
    nearby = np.full((len(problem.countries), len(problem.practices)), np.nan)
    for column, practice in enumerate(problem.practices):
        places = [graph.position[one] for one in practice.replicated_in if one in graph.position]
        if places:
            nearby[:, column] = graph.closeness[:, places].max(axis=1)
    return nearby


def ownership(problem: Problem) -> Floats:
    """Signs that a need has an owner who wants it; shape (needs,)."""
    return evidence(tuple(ownership_pieces(problem).values()))


def ownership_pieces(problem: Problem) -> dict[str, Floats]:
    """An owner is named 0.5, a stated priority up to 0.4; each of shape (needs,), NaN for not stated."""
    return {
        "owner": numbers(None if need.owner is None else 0.5 for need in problem.needs),
        "priority": numbers(None if need.priority is None else 0.4 / max(1, need.priority) for need in problem.needs),
    }


def inclusion(problem: Problem) -> Floats:
    """Inclusive and sustainable development; shape (needs,)."""
    pieces = inclusion_pieces(problem)
    return list_means(np.column_stack(list(pieces.values())), tuple(INCLUSION[name] for name in pieces))


def inclusion_pieces(problem: Problem) -> dict[str, Floats]:
    """Standing as LDC, LLDC or SIDS, income group, share of targets with inclusion goals; each of shape (needs,)."""
    countries = [problem.country[need.country] for need in problem.needs]
    level = {"L": 1.0, "LM": 0.75, "UM": 0.4, "H": 0.0}
    return {
        "special_standing": numbers(one.ldc or one.lldc or one.sids for one in countries),
        "low_income": numbers(level.get(one.income_group or "") for one in countries),
        "inclusion_goals": numbers(_inclusion(need) for need in problem.needs),
    }


def numbers(values: Iterable[float | None]) -> Floats:
    """Numbers, NaN for None."""
    return np.array([np.nan if value is None else value for value in values], dtype=float)


def evidence(pieces: Sequence[Floats]) -> Floats:
    """Independent pieces of evidence taken together: 1 - product(1 - piece), over those known; NaN when none is."""
    against: Floats = np.ones(())
    known: Bools = np.zeros((), dtype=np.bool_)
    for piece in pieces:
        against = against * np.where(np.isnan(piece), 1.0, 1.0 - piece)
        known = known | ~np.isnan(piece)
    return np.where(known, 1.0 - against, np.nan)


def saturating(counts: Floats, first: float) -> Floats:
    """0 is unknown; one counts ``first``, more approach 1."""
    return np.where(counts > 0, 1.0 - (1.0 - first) * 0.7 ** np.maximum(counts - 1.0, 0.0), np.nan)


def _inclusion(need: Need) -> float:
    """Share of the need's SDG targets that serve an inclusion goal; NaN without targets."""
    if not need.sdg_targets:
        return float("nan")
    return sum(target.split(".")[0] in INCLUSION_GOALS for target in need.sdg_targets) / len(need.sdg_targets)


def focus_of(accepts: frozenset[str] | None, countries: int) -> float:
    """How much a mandate concentrates: 1 for a single country, 0.5 for the whole world."""
    if not accepts:
        return float("nan")
    return 1.0 - 0.5 * float(np.log(len(accepts)) / np.log(max(2, countries)))
