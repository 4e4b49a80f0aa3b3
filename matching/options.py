"""From eligible triples to options of the allocation: keys, points, uses of limits and floors."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from matching.allocation import Floor
from matching.candidates import Candidates
from matching.limits import Limits, matches
from matching.problem import Need, Problem
from matching.rules import GroupFloor


@dataclass(frozen=True, slots=True)
class Choice:
    """An option with the indices of its three parties; ``mode`` is ``triangular`` or ``investment``."""

    mode: str
    need: int
    second: int
    third: int
    points: int


@dataclass(frozen=True)
class Options:
    """The options of a run, under their keys, with what they use.

    With ``is_partial`` these are only the ones that a plan speaks of. ``apart`` is how many options of each kind of an
    earlier plan may be chosen again. One more unit of a limit in ``opening`` would admit options that alone pass it.
    """

    choices: Mapping[str, Choice]
    uses: Mapping[str, Mapping[str, int]]
    limits: Limits
    floors: tuple[Floor, ...]
    is_partial: bool = False
    apart: Mapping[str, int] = field(default_factory=dict)
    opening: frozenset[str] = frozenset()

    def of_need(self, mode: str, need: int) -> Sequence[tuple[str, Choice]]:
        """The options of one need in one mode, by key."""
        return self._by_need.get((mode, need), ())

    def capacities(self) -> dict[str, int]:
        """How much there is of every resource that is limited."""
        return {**self.limits.capacities(), **self.apart}

    def key_of(self, choice: Choice) -> str:
        """The key of a choice."""
        return next(key for key, other in self.of_need(choice.mode, choice.need) if other == choice)

    @cached_property
    def _by_need(self) -> Mapping[tuple[str, int], list[tuple[str, Choice]]]:
        found: dict[tuple[str, int], list[tuple[str, Choice]]] = {}
        for key, choice in self.choices.items():
            found.setdefault((choice.mode, choice.need), []).append((key, choice))
        return found


def list_options(candidates: Candidates) -> Options:
    """All eligible options that no veto forbids, with their uses of limits and floors."""
    limits = Limits(candidates)
    choices: dict[str, Choice] = {}
    uses: dict[str, dict[str, int]] = {}
    counted = _counted(candidates)
    kept: dict[str, set[int]] = {"triangular": set(), "investment": set()}
    for key, choice, parties in _all_choices(candidates):
        if any(matches(veto, parties) for veto in candidates.rules.vetoes):
            continue
        of = limits.of_triangular if choice.mode == "triangular" else limits.of_investment
        used = dict(of(choice.need, choice.second, choice.third))
        if choice.mode == "triangular":
            used.update(dict.fromkeys(counted.get(choice.need, ()), 1))
        for number, pin in enumerate(candidates.rules.pins):
            if matches(pin, parties):
                used[f"pin:{number}"] = 1
        if candidates.rules.most_changes is not None:
            held = {number for number, one in enumerate(candidates.rules.earlier) if matches(one, parties)}
            if held:
                used[f"least_change:{choice.mode}"] = 1
                kept[choice.mode] |= held
        choices[key], uses[key] = choice, used
    changes = candidates.rules.most_changes or 0
    least = tuple(
        Floor("least change", f"least_change:{mode}", len(held) - changes)
        for mode, held in kept.items()
        if len(held) > changes
    )
    return Options(choices, uses, limits, (*_floors(candidates), *least))


def _all_choices(candidates: Candidates) -> Iterable[tuple[str, Choice, dict[str, str | None]]]:
    triples = candidates.triangular.triples()
    columns = (triples.first, triples.second, triples.third, triples.points)
    for need, offer, window, points in zip(*(column.tolist() for column in columns), strict=True):
        parties = triangular_parties(candidates, need, offer, window)
        yield (
            "T|" + "|".join(str(key) for key in parties.values()),
            Choice("triangular", need, offer, window, points),
            parties,
        )
    triples = candidates.investment.triples()
    columns = (triples.first, triples.second, triples.third, triples.points)
    for need, investor, office, points in zip(*(column.tolist() for column in columns), strict=True):
        parties = investment_parties(candidates, need, investor, office)
        yield (
            "I|" + "|".join(str(key) for key in parties.values()),
            Choice("investment", need, investor, office, points),
            parties,
        )


def triangular_parties(candidates: Candidates, need: int, offer: int, window: int) -> dict[str, str | None]:
    """The keys of the parties of a triangular option."""
    return {
        "need": candidates.problem.needs[need].key,
        "practice": candidates.practice(offer).key,
        "provider": candidates.offers.provider[offer],
        "window": candidates.problem.windows[window].key,
    }


def investment_parties(candidates: Candidates, need: int, investor: int, office: int) -> dict[str, str | None]:
    """The keys of the parties of an investment option."""
    return {
        "need": candidates.problem.needs[need].key,
        "investor": candidates.problem.investors[investor].key,
        "office": candidates.problem.offices[office].key,
    }


def needs_of_group(problem: Problem, floor: GroupFloor) -> list[int]:
    """Positions of the needs that a floor promises something to."""

    def belongs(need: Need) -> bool:
        country = problem.country[need.country]
        if floor.group == "ldc":
            return country.ldc
        return (country.region if floor.group == "region" else need.action_area) == floor.value

    return [position for position, need in enumerate(problem.needs) if belongs(need)]


def _counted(candidates: Candidates) -> dict[int, list[str]]:
    """Which floors each need counts for."""
    counted: dict[int, list[str]] = {}
    for floor in candidates.rules.floors:
        for need in needs_of_group(candidates.problem, floor):
            counted.setdefault(need, []).append(f"floor:{floor.name}")
    for position, need_ in enumerate(candidates.problem.needs):
        if need_.endorsed:
            counted.setdefault(position, []).append("endorsed")
    return counted


def _floors(candidates: Candidates) -> tuple[Floor, ...]:
    rules = candidates.rules
    floors = []
    for floor in rules.floors:
        at_least = math.ceil(len(needs_of_group(candidates.problem, floor)) * floor.least_percent / 100)
        floors.append(Floor(floor.name, f"floor:{floor.name}", at_least))
    pins = [Floor(f"pin {pin.name}", f"pin:{number}", 1) for number, pin in enumerate(rules.pins)]
    return tuple(floors + pins)
