"""Made-up worlds: seeded problems of any size whose statistics follow the reference data.

Only the countries, themes and past projects are real. The other parties are drawn from the some hundred real records
of each kind, so that themes, countries, words and eligible pairs are about as frequent among thousands.

Resampled from real records
    Needs: action area, themes, ISIC, SDG targets and modalities of one real need; in some 30 % a theme gives way to
    another of its action area, by real popularity. Countries by the real counts, smoothed so that 140 of the South
    appear. Texts are runs of 4 to 6 words of real needs with one of the themes: words are as popular as in reality
    and word pairs repeat, but the sentences make no sense.
    Practices: likewise; provider countries by the real counts; results, replications and start year of real ones.
    Windows: a real one that takes proposals and is open or recurs, with its donor's country and type, themes and
    co-financing share; the accepted countries are another real window's, in 20 % narrowed to one region.
    Investors, offices: themes and ISIC together, accepted countries, home, deals; host with served countries.
Invented, because the sources state none or too few
    Budgets of needs: log-normal, where the tickets of real windows and investors lie. Own shares, endorsements,
    owners, priorities. Ticket bands: a factor of 10 to 40 (windows) or 50 (investors), placed log-uniformly over the
    bulk of the budgets. Institutions: Zipf-like inside a country, some 4 practices each; 5 % name none.
    Money and slots: the mood chooses what binds. In ``country_loads`` the provider countries take about 40 % of the
    needs and money is loose; in ``budgets`` the windows pay about half of what is asked and slots are loose. An
    investor places 1.0 to 2.5 typical tickets a year; all offices work on about 60 % of the needs open to investment.
    A size without practices is for investment alone: all its needs are open to it.

The same size, seed and mood give the same world. Each kind of party has its own stream of random numbers, so leaving
one side out changes nothing in the other. ``python -m benchmarks.worlds S M L`` describes worlds.
"""

import math
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Literal, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from matching import FundingWindow, GoodPractice, Investor, ITPOOffice, Need, Problem
from matching.eligibility import FAILED, Ground, window_is_open_on, window_takes_proposals
from sstic.database import make_engine
from sstic.match_runs.snapshot import build_problem
from sstic.migrating import migrate
from sstic.seeding import seed as load_seed_data

Mood = Literal["country_loads", "budgets"]
Worded = Need | GoodPractice
Item = TypeVar("Item")

AS_OF = date(2026, 11, 24)
SEED_DATA = Path(__file__).resolve().parent.parent / "seed_data"
STREAMS = ("needs", "practices", "slots", "windows", "money", "investors", "offices")
BUDGETS = (30_000.0, 800_000.0, 30_000_000.0)  # least, median, most
BUDGET_SPREAD = 1.2
BULK = (300_000.0, 3_000_000.0)  # where the middles of ticket bands lie
OWN_SHARES = (0, 0, 10, 20, 25, 30, 50, None)
# Money by what the needs ask; slots of countries and of institutions by the number of needs.
PLENTY: dict[Mood, tuple[float, float, float]] = {"budgets": (0.5, 2.0, 2.5), "country_loads": (1.5, 0.4, 1.2)}


@dataclass(frozen=True)
class Size:
    """How many parties of each kind."""

    needs: int
    practices: int
    windows: int
    investors: int
    offices: int


SIZES = {
    "S": Size(200, 150, 40, 200, 10),
    "M": Size(2000, 1500, 150, 2000, 20),
    "L": Size(20000, 10000, 500, 20000, 60),
    "P": Size(8000, 0, 0, 20000, 60),
}


class Weighted:
    """Keys to draw by weight."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        self.keys = sorted(weights)
        self._sums = np.cumsum([weights[key] for key in self.keys])

    def draw(self, rng: np.random.Generator) -> str:
        """One key."""
        return self.keys[int(np.searchsorted(self._sums, rng.random() * self._sums[-1], side="right"))]


def one(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """One item, all alike."""
    return items[int(rng.random() * len(items))]


def thousands(amount: float) -> Decimal:
    """The amount in whole thousands, at least one."""
    return Decimal(max(1, round(amount / 1000)) * 1000)


@lru_cache(maxsize=1)
def real() -> Problem:
    """The problem of the reference data, out of a database that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"sqlite:///{folder}/worlds.db"
        migrate(address)
        engine = make_engine(address)
        with Session(engine) as session, session.begin():
            load_seed_data(session, SEED_DATA)
            problem = build_problem(session, AS_OF)
        engine.dispose()
    return problem


def world(
    size: str | Size,
    seed: int = 0,
    mood: Mood | None = None,
    triangular: bool = True,
    investment: bool = True,
    endorsed: float = 0.0,
) -> Problem:
    """A made-up problem. Without a mood it is ``country_loads`` at L and ``budgets`` at other sizes.

    ``endorsed`` is the share of endorsed needs; of the others nothing is known, as of all needs in the real data.
    """
    chosen: Mood = mood or ("country_loads" if size == "L" else "budgets")
    many = SIZES[size] if isinstance(size, str) else size
    rng = {name: np.random.default_rng([seed, number]) for number, name in enumerate(STREAMS)}
    money, load, slots = PLENTY[chosen]
    needs = _needs(rng["needs"], many, endorsed)
    keep = real()
    made = Problem(as_of=AS_OF, countries=keep.countries, themes=keep.themes, needs=needs, projects=keep.projects)
    if triangular:
        practices = _practices(rng["practices"], many.practices)
        providers = Counter(country for one in practices for country in one.providers)
        institutions = Counter(one.institution for one in practices if one.institution)
        made = replace(
            made,
            practices=practices,
            windows=_funded(rng["money"], _windows(rng["windows"], many.windows), needs, money),
            country_slots=_spread(rng["slots"], {key: n**0.8 for key, n in providers.items()}, load * len(needs)),
            institution_slots=_spread(rng["slots"], institutions, slots * len(needs)),
        )
    if investment:
        offices = _offices(rng["offices"], many.offices, needs)
        made = replace(made, investors=_investors(rng["investors"], many.investors), offices=offices)
    return made


class Words:
    """Texts out of runs of words of real records that share a theme."""

    def __init__(self, records: Iterable[Worded]) -> None:
        self._by_theme: dict[str, list[list[str]]] = defaultdict(list)
        for record in records:
            for theme in sorted(record.themes):
                self._by_theme[theme].append(f"{record.title} {record.text}".split())

    def text(self, rng: np.random.Generator, themes: frozenset[str]) -> str:
        """22 to 27 words."""
        words: list[str] = []
        while len(words) < 22:
            source, length = one(rng, self._by_theme[one(rng, sorted(themes))]), 4 + int(rng.random() * 3)
            words += source[int(rng.random() * (len(source) - length + 1)) :][:length]
        return " ".join(words)


class Themes:
    """Swaps a theme for another of its action area, by how often real records have it. Equal sets are one object."""

    def __init__(self, records: Iterable[Worded]) -> None:
        counts = Counter(code for record in records for code in record.themes)
        self._area = {code: real().theme[code].action_area for code in counts}
        self._of_area = {
            area: Weighted({code: n for code, n in counts.items() if self._area[code] == area})
            for area in set(self._area.values())
        }
        self._shared: dict[frozenset[str], frozenset[str]] = {}

    def swapped(self, rng: np.random.Generator, themes: frozenset[str]) -> frozenset[str]:
        """The themes, in some 30 % with another one in the place of one; a draw that is there already is dropped."""
        if rng.random() < 0.35:
            old = one(rng, sorted(themes))
            new = self._of_area[self._area[old]].draw(rng)
            themes = themes if new in themes else themes - {old} | {new}
        return self._shared.setdefault(themes, themes)


def _need_countries() -> Weighted:
    """Countries of the South by real needs; those without a need follow by their past projects."""
    needs = Counter(need.country for need in real().needs)
    projects = Counter(country for project in real().projects for country in project.beneficiaries)
    southern = [country.key for country in real().countries if country.southern]
    southern.sort(key=lambda key: (-needs[key], -projects[key], key))
    return Weighted({key: needs[key] + 0.4 for key in southern[:140]})


def _needs(rng: np.random.Generator, size: Size, share: float) -> tuple[Need, ...]:
    records = real().needs
    words, themes, countries = Words(records), Themes(records), _need_countries()
    owners = [f"Made-up ministry {number:02}" for number in range(1, 41)]
    wider = {one.modalities: one.modalities | (set() if size.practices else {"investment"}) for one in records}

    def need(number: int) -> Need:
        record = one(rng, records)
        text = words.text(rng, coded := themes.swapped(rng, record.themes))
        budget = BUDGETS[1] * math.exp(BUDGET_SPREAD * rng.standard_normal())
        budgeted, endorsed, owned, ranked = rng.random(4)
        return replace(
            record,
            key=f"N-{number:05}",
            country=countries.draw(rng),
            title=f"Made-up need {number:05}: {' '.join(text.split()[:6])}",
            text=text,
            themes=coded,
            modalities=wider[record.modalities],
            budget=thousands(min(max(budget, BUDGETS[0]), BUDGETS[2])) if budgeted < 0.9 else None,
            self_financing_share=one(rng, OWN_SHARES),
            endorsed=True if endorsed < share else None,
            owner=one(rng, owners) if owned < 0.6 else None,
            priority=1 + int(ranked * 20) if ranked < 0.15 else None,
        )

    return tuple(need(number) for number in range(1, size.needs + 1))


def _practices(rng: np.random.Generator, many: int) -> tuple[GoodPractice, ...]:
    records = real().practices
    words, themes = Words(records), Themes(records)
    providers = Weighted(Counter(country for record in records for country in record.providers))
    first = [providers.draw(rng) for _ in range(many)]
    institutions = {
        country: Weighted({f"made-up-{country.lower()}-{k:03}": 1 / k for k in range(1, 1 + max(1, round(n / 3)))})
        for country, n in Counter(first).items()
    }

    def practice(number: int, country: str) -> GoodPractice:
        record, other = one(rng, records), one(rng, records)
        text = words.text(rng, coded := themes.swapped(rng, record.themes))
        joined, nameless = rng.random(2)
        more = [providers.draw(rng) for _ in range(1 + int(joined * 50))] if joined < 0.06 else []
        institution = institutions[country].draw(rng) if nameless > 0.05 else None
        return replace(
            record,
            key=f"GP-{number:05}",
            title=f"Made-up practice {number:05}: {' '.join(text.split()[:6])}",
            text=text,
            providers=tuple(sorted({country, *more})),
            institution=institution,
            institution_name=f"Made-up institution {institution}" if institution else "",
            themes=coded,
            replicated_in=other.replicated_in,
            results=other.results,
            start_year=other.start_year,
        )

    return tuple(practice(number, country) for number, country in enumerate(first, 1))


def _spread(rng: np.random.Generator, weights: Mapping[str, float], total: float) -> dict[str, int]:
    """About ``total`` by weight and luck, at least one for each key."""
    lucky = {key: weights[key] * math.exp(0.5 * rng.standard_normal()) for key in sorted(weights)}
    each = total / (sum(lucky.values()) or 1)
    return {key: max(1, round(weight * each)) for key, weight in lucky.items()}


def _band(rng: np.random.Generator, widest: float) -> tuple[Decimal | None, Decimal | None]:
    """Floor and ceiling of tickets: both known in 75 %, the ceiling alone in 15 %."""
    middle, factor = BULK[0] * (BULK[1] / BULK[0]) ** rng.random(), 10 + rng.random() * (widest - 10)
    floor, ceiling, known = thousands(middle / factor**0.5), thousands(middle * factor**0.5), rng.random()
    return floor if known < 0.75 else None, ceiling if known < 0.9 else None


def _windows(rng: np.random.Generator, many: int) -> list[FundingWindow]:
    """Windows without budgets yet; two of twenty share their money."""
    ground, anyone, calls = Ground.of(real()), real().needs[0], (window_takes_proposals, window_is_open_on)
    records = [one for one in real().windows if all(rule(ground, anyone, one)[0] != FAILED for rule in calls)]
    regions = sorted({country.region for country in real().countries if country.southern})
    within = [frozenset(one.key for one in real().countries if one.region == region) for region in regions]

    def window(number: int) -> FundingWindow:
        record, listed = one(rng, records), one(rng, records)
        local, chance = (listed.accepts or frozenset()) & one(rng, within), rng.random()
        narrowed = chance < 0.2 and len(local) >= 3
        floor, ceiling = _band(rng, 40)
        return replace(
            record,
            key=f"FW-{number:05}",
            name=f"Made-up window {number:05}",
            donor=f"Made-up {record.donor_type} donor {record.donor_country or 'of several countries'}",
            accepts=local if narrowed else listed.accepts,
            accepts_complete=narrowed or listed.accepts_complete,
            excludes=listed.excludes,
            min_ticket=floor,
            max_ticket=ceiling,
            budget_group=f"made-up-money-{number // 20:03}" if number % 20 in (1, 2) else None,
        )

    return [window(number) for number in range(1, many + 1)]


def asked(needs: Iterable[Need]) -> list[float]:
    """What the needs with a budget ask of others."""
    return [float(n.budget) * (100 - (n.self_financing_share or 0)) / 100 for n in needs if n.budget is not None]


def _funded(
    rng: np.random.Generator, windows: Sequence[FundingWindow], needs: Sequence[Need], share: float
) -> tuple[FundingWindow, ...]:
    """The windows with budgets that together pay ``share`` of what is asked; 10 % of the budgets are not known."""
    asks = np.array(asked(needs))
    typical: list[float] = []
    money: dict[str, float] = {}
    for window in windows:
        fitting = asks[(asks >= float(window.min_ticket or 0)) & (asks <= float(window.max_ticket or BUDGETS[2]))]
        typical.append(float(fitting.mean()) if len(fitting) else BUDGETS[1])
        luck, known = 0.7 * rng.standard_normal(), rng.random() < 0.9
        if known:
            money.setdefault(window.budget_group or window.key, typical[-1] * math.exp(luck))
    scale = share * float(asks.sum()) / (sum(money.values()) or 1)
    amounts = [money.get(window.budget_group or window.key) for window in windows]
    return tuple(
        replace(window, budget=None if amount is None else thousands(max(amount * scale, least)))
        for window, amount, least in zip(windows, amounts, typical, strict=True)
    )


def _investors(rng: np.random.Generator, many: int) -> tuple[Investor, ...]:
    records = real().investors

    def investor(number: int) -> Investor:
        record, listed, based = one(rng, records), one(rng, records), one(rng, records)
        floor, ceiling = _band(rng, 50)
        ticket = math.sqrt(floor * ceiling) if floor and ceiling else BUDGETS[1]
        return replace(
            record,
            key=f"INV-{number:05}",
            name=f"Made-up investor {number:05}",
            home=based.home,
            accepts=listed.accepts,
            accepts_complete=listed.accepts_complete,
            min_ticket=floor,
            max_ticket=ceiling,
            deals=based.deals,
            portfolio=thousands(ticket * (1 + 1.5 * rng.random())),
        )

    return tuple(investor(number) for number in range(1, many + 1))


def _offices(rng: np.random.Generator, many: int, needs: Sequence[Need]) -> tuple[ITPOOffice, ...]:
    cases = 0.6 * sum("investment" in need.modalities for need in needs)
    capacities = _spread(rng, {f"ITPO-{number:03}": 1.0 for number in range(1, many + 1)}, cases)
    return tuple(
        replace(one(rng, real().offices), key=key, name=f"Made-up office {key}", case_capacity=capacity)
        for key, capacity in capacities.items()
    )


def describe(problem: Problem) -> str:
    """The figures of a problem, a line each."""
    needs, practices, windows, investors = problem.needs, problem.practices, problem.windows, problem.investors
    sides: dict[str, Sequence[Need | GoodPractice | FundingWindow | Investor]]
    sides = {"needs": needs, "practices": practices, "windows": windows, "investors": investors}
    themes = [f"{np.mean([len(one.themes) for one in side]):.2f} of {kind}" for kind, side in sides.items() if side]
    budgets = [float(one.budget) for one in needs if one.budget is not None]
    money = {one.budget_group or one.key: float(one.budget) for one in windows if one.budget is not None}
    portfolios = [float(one.portfolio) for one in investors if one.portfolio is not None]
    need, window, place = (median(some or [0]) / 1e6 for some in (budgets, [*money.values()], portfolios))
    providers, cases = (
        {c for one in practices for c in one.providers},
        sum(o.case_capacity or 0 for o in problem.offices),
    )
    country, institution = (sum(slots.values()) for slots in (problem.country_slots, problem.institution_slots))
    lines = [
        f"parties: {', '.join(f'{len(side):,} {k}' for k, side in sides.items())}, {len(problem.offices)} offices",
        f"themes: {', '.join(themes)}",
        f"countries: {len({one.country for one in needs})} with needs, {len(providers)} provide",
        f"medians: need {need:,.2f}, window {window:,.2f}, portfolio {place:,.2f} million USD",
        f"money: {sum(money.values()) / 1e6:,.0f} of {sum(asked(needs)) / 1e6:,.0f} million USD asked",
        f"slots: {country:,} of countries, {institution:,} of {len(problem.institution_slots):,} institutions",
        f"investment: {sum('investment' in one.modalities for one in needs):,} needs invite it, {cases:,} cases",
    ]
    return "\n".join(lines)


def main(names: Sequence[str]) -> None:
    """Describe the sizes in both moods."""
    real()
    for name in names:
        for mood in PLENTY:
            started = time.monotonic()
            made = world(name, mood=mood)
            print(f"{name}, {mood} (built in {time.monotonic() - started:.1f} s)")
            print(describe(made), end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:] or list(SIZES))
