"""The frozen parties of a matching problem. Everything is checked when built, and the culprit is named."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import pairwise
from typing import Any, Protocol, TypeVar

ACTION_AREAS = ("technology", "skills", "environment")


class ProblemError(ValueError):
    """The problem contradicts itself; the message names the party at fault."""


class Keyed(Protocol):
    """Anything with a key."""

    @property
    def key(self) -> str:
        """The name that is unique among its kind."""


Party = TypeVar("Party", bound=Keyed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """A country and the facts that hold on the day of the problem.

    ``oda_eligible`` is None when it is not known. ``indicators`` maps a series code to its latest value, in the
    unit of the series; ``history`` maps it to all values that are known, as (year, value), earliest first.
    ``southern`` tells a country of the South: one that may be a pivotal partner.
    """

    key: str
    name: str
    latitude: float
    longitude: float
    region: str
    subregion: str
    southern: bool
    income_group: str | None = None
    ldc: bool = False
    lldc: bool = False
    sids: bool = False
    oda_eligible: bool | None = None
    languages: frozenset[str] = frozenset()
    groupings: frozenset[str] = frozenset()
    indicators: Mapping[str, float] = field(default_factory=dict)
    history: Mapping[str, tuple[tuple[int, float], ...]] = field(default_factory=dict)
    treaties: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """A theme of the taxonomy; ``parent`` is None at the top."""

    key: str
    action_area: str
    label: str
    parent: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What a country asks for. ``budget`` is in ``currency``; None means that the source states none."""

    key: str
    country: str
    title: str
    text: str
    action_area: str
    themes: frozenset[str]
    isic: frozenset[str] = frozenset()
    sdg_targets: frozenset[str] = frozenset()
    modalities: frozenset[str] = frozenset()
    budget: Decimal | None = None
    currency: str = "USD"
    self_financing_share: int | None = None
    endorsed: bool | None = None
    owner: str | None = None
    priority: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodPractice:
    """What worked somewhere and can be replicated. ``results`` is ``achieved``, ``planned`` or None (unknown)."""

    key: str
    title: str
    text: str
    providers: tuple[str, ...]
    institution: str | None
    institution_name: str
    action_area: str
    themes: frozenset[str]
    isic: frozenset[str] = frozenset()
    sdg_targets: frozenset[str] = frozenset()
    replicated_in: frozenset[str] = frozenset()
    results: str | None = None
    start_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FundingWindow:
    """A donor's call. None and an empty ``accepts`` list mean what the source leaves unsaid: unknown.

    ``accepts`` holds the eligible countries, or None when unknown; with ``accepts_complete`` false the list is
    known to be cut off or to give examples, so a country outside it is unknown rather than refused.
    ``budget_group`` ties windows whose budgets are the same money.
    """

    key: str
    name: str
    donor: str
    donor_country: str | None
    donor_type: str
    instrument: str
    kind: str
    action_areas: frozenset[str]
    themes: frozenset[str] = frozenset()
    budget: Decimal | None = None
    min_ticket: Decimal | None = None
    max_ticket: Decimal | None = None
    currency: str = "USD"
    budget_group: str | None = None
    cofinancing_share: int | None = None
    min_parties: int | None = None
    accepts: frozenset[str] | None = None
    accepts_complete: bool = True
    excludes: frozenset[str] = frozenset()
    open_from: date | None = None
    open_to: date | None = None
    recurs: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Investor:
    """An investor and its mandate; the fields of the mandate read like those of a window.

    ``portfolio`` is the money that it can place in the plan's year, in ``currency``; None means unknown.
    """

    key: str
    name: str
    home: str | None
    themes: frozenset[str] = frozenset()
    isic: frozenset[str] = frozenset()
    accepts: frozenset[str] | None = None
    accepts_complete: bool = True
    min_ticket: Decimal | None = None
    max_ticket: Decimal | None = None
    currency: str = "USD"
    deals: int | None = None
    portfolio: Decimal | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ITPOOffice:
    """An Investment and Technology Promotion Office. ``serves`` None means unknown."""

    key: str
    name: str
    host: str
    serves: frozenset[str] | None = None
    case_capacity: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastProject:
    """A real cooperation project: who provided what to whom, and who facilitated.

    ``subjects`` are in the words of the collection, the main one first; they are not codes of the theme tree.
    """

    key: str
    title: str
    beneficiaries: tuple[str, ...]
    providers: tuple[str, ...]
    facilitators: tuple[str, ...] = ()
    action_area: str = "other"
    subjects: tuple[str, ...] = ()
    isic: frozenset[str] = frozenset()
    year: int | None = None
    source_url: str | None = None


def _sorted_by_key(kind: str, parties: Iterable[Party]) -> tuple[Party, ...]:
    ordered = tuple(sorted(parties, key=lambda party: party.key))
    for first, second in pairwise(ordered):
        if first.key == second.key:
            raise ProblemError(f"two {kind} carry the key '{first.key}'")
    return ordered


@dataclass(frozen=True, kw_only=True)
class Problem:
    """All parties of one computation, sorted by key so that the order of input never matters.

    ``institution_slots`` and ``country_slots`` are the capabilities: how many proposals a provider institution and
    a provider country can take in the plan's year.

    Raises
    ------
    ProblemError
        When two parties of a kind share a key, or a party names another that is not there.
    """

    as_of: date
    countries: tuple[Country, ...] = ()
    themes: tuple[Theme, ...] = ()
    needs: tuple[Need, ...] = ()
    practices: tuple[GoodPractice, ...] = ()
    windows: tuple[FundingWindow, ...] = ()
    investors: tuple[Investor, ...] = ()
    offices: tuple[ITPOOffice, ...] = ()
    projects: tuple[PastProject, ...] = ()
    institution_slots: Mapping[str, int] = field(default_factory=dict)
    country_slots: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Sort every kind by key and check every reference."""
        kinds = ("countries", "themes", "needs", "practices", "windows", "investors", "offices", "projects")
        for kind in kinds:
            object.__setattr__(self, kind, _sorted_by_key(kind, getattr(self, kind)))
        self._check_themes()
        self._check_countries()
        self._check_amounts()

    @cached_property
    def country(self) -> Mapping[str, Country]:
        """Countries by key."""
        return {country.key: country for country in self.countries}

    @cached_property
    def theme(self) -> Mapping[str, Theme]:
        """Themes by key."""
        return {theme.key: theme for theme in self.themes}

    def _check_themes(self) -> None:
        for theme in self.themes:
            if theme.parent is not None and theme.parent not in self.theme:
                raise ProblemError(f"theme '{theme.key}' names the parent '{theme.parent}', which is not there")
        coded = (
            ("need", self.needs),
            ("good practice", self.practices),
            ("window", self.windows),
            ("investor", self.investors),
        )
        for kind, parties in coded:
            for party in parties:
                for missing in sorted(party.themes - self.theme.keys())[:1]:
                    raise ProblemError(f"{kind} '{party.key}' names the theme '{missing}', which is not there")
        for need in self.needs:
            if need.action_area not in ACTION_AREAS:
                raise ProblemError(f"need '{need.key}' has the action area '{need.action_area}'")

    def _check_countries(self) -> None:
        named: list[tuple[str, str, Iterable[str]]] = []
        named += [("need", need.key, (need.country,)) for need in self.needs]
        named += [("good practice", practice.key, practice.providers) for practice in self.practices]
        named += [("window", window.key, filter(None, (window.donor_country,))) for window in self.windows]
        named += [("investor", investor.key, filter(None, (investor.home,))) for investor in self.investors]
        named += [("office", office.key, (office.host,)) for office in self.offices]
        for kind, key, countries in named:
            for country in countries:
                if country not in self.country:
                    raise ProblemError(f"{kind} '{key}' names the country '{country}', which is not there")

    def _check_amounts(self) -> None:
        for need in self.needs:
            if need.budget is not None and need.budget < 0:
                raise ProblemError(f"need '{need.key}' has a negative budget")
        limited: tuple[FundingWindow | Investor, ...] = (*self.windows, *self.investors)
        for party in limited:
            if party.min_ticket is not None and party.max_ticket is not None and party.min_ticket > party.max_ticket:
                raise ProblemError(f"'{party.key}' has a ticket floor above its ceiling")
        for kind, slots in (("institution", self.institution_slots), ("country", self.country_slots)):
            for key, number in slots.items():
                if number < 0:
                    raise ProblemError(f"{kind} '{key}' has a negative number of slots")

    def only(self, *, action_area: str | None = None, country: str | None = None) -> "Problem":
        """The same problem with the needs of one action area, one country, or both."""
        kept = tuple(
            need
            for need in self.needs
            if (action_area is None or need.action_area == action_area) and (country is None or need.country == country)
        )
        return replace(self, needs=kept)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of the problem, 64 hexadecimal digits."""
        text = json.dumps(plain(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def plain(value: Any) -> Any:
    """``value`` as lists, dicts, strings, numbers and None, in an order that does not depend on the run."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(value[key]) for key in sorted(value)}
    if isinstance(value, (frozenset, set)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (Decimal, date)):
        return str(value)
    return value
