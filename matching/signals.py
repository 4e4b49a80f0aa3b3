"""Signals that rank partners: one function each, over a block of questions; each point traces to named facts.

A signal takes a :class:`matching.view.View` and gives an array of shape (cases, candidates), larger for more likely
partners, NaN where a fact is not known. Counts of the past see only what the view may know. No signal knows which
country a candidate is: only what it has done and what its context is.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from matching.past_projects import BENEFICIARIES, FACILITATORS, PROVIDERS, Floats, Indices, Task
from matching.setting import isic_bag
from matching.view import View

Signal = Callable[[View], Floats]

RECENT_YEARS, LONG_YEARS, LATELY_YEARS = 6.0, 10.0, 1.5
HOPS, STAY = 4, 0.7
RANK = 12


# the cooperation graph: what is known to have happened ----------------------------------------------------------


def activity(view: View) -> Floats:
    """Ln of the candidate's share of all known projects, with an even prior: popularity."""
    popularity: Floats = np.log(view.popularity)
    return popularity


def recent_activity(view: View) -> Floats:
    """Ln of how much larger the candidate's share of recent projects is than its share of all; half-life 6 years.

    Time-decayed popularity after Koren, "Collaborative filtering with temporal dynamics" (KDD 2009).
    """
    counts = view.count(view.recency(RECENT_YEARS)) + 1.5 / view.popularity.shape[1]
    recent: Floats = np.log(counts / counts.sum(axis=1, keepdims=True) / view.popularity)
    return recent


def _share(counts: Floats, slack: float) -> Floats:
    share: Floats = counts / (counts.sum(axis=1, keepdims=True) + slack)
    return share


def _lift(view: View, kernel: Floats, prior_projects: float) -> Floats:
    """Ln of the share among like events over the popularity, shrunk to 0 by a prior of some projects.

    The Dirichlet-smoothed unigram estimate of Zhai and Lafferty (SIGIR 2001), as a log ratio.
    """
    counts = view.count(kernel)
    total = counts.sum(axis=1, keepdims=True) + prior_projects
    lift: Floats = np.log((counts + prior_projects * view.popularity) / (total * view.popularity))
    return lift


def _saturated(counts: Floats, half: float) -> Floats:
    """Count / (count + half): the first projects say most; the saturation of BM25 (Robertson and Walker 1994)."""
    saturated: Floats = counts / (counts + half)
    return saturated


def own_share(role: str) -> Signal:
    """Share of what a given party has done before that it did with the candidate; half-life 10 years."""
    return lambda view: _share(view.count(view.same(role) * view.recency(LONG_YEARS)), 0.1)


def own_lately(role: str) -> Signal:
    """The same with a half-life of 1.5 years: with whom the party works now."""
    return lambda view: _share(view.count(view.same(role) * view.recency(LATELY_YEARS)), 0.1)


def own_lift(role: str) -> Signal:
    """Ln ratio of the party's recent past with the candidate to the candidate's popularity; half-life 2 years."""
    return lambda view: _lift(view, view.same(role) * view.recency(2.0), 2.0)


def own_theme(role: str) -> Signal:
    """Projects of party and candidate together on close themes, saturating at a half."""
    return lambda view: _saturated(view.count(view.same(role) * view.theme), 0.5)


def in_subregion(role: str) -> Signal:
    """Ln ratio of the candidate's share in the party's subregion to its popularity."""
    return lambda view: _lift(view, view.between(role, view.setting.subregion), 1.0)


def with_alike(role: str) -> Signal:
    """Ln ratio of the candidate's share among countries whose context resembles the party's to its popularity."""
    return lambda view: _lift(view, view.between(role, view.setting.alike) ** 2, 0.5)


def with_language(role: str) -> Signal:
    """Ln ratio of the candidate's share among countries of the party's languages to its popularity."""
    return lambda view: _lift(view, view.between(role, view.setting.language), 1.0)


def on_theme(view: View) -> Floats:
    """Ln ratio of the candidate's share on close themes to its popularity."""
    return _lift(view, view.theme, 0.5)


def on_subject(view: View) -> Floats:
    """The candidate's share of the projects on the same subjects."""
    return _share(view.count(view.subject), 0.3)


def on_theme_nearby(role: str) -> Signal:
    """The candidate's share of the projects on the same subjects in nearby countries; within about 800 km."""
    return lambda view: _share(view.count(view.subject * view.between(role, view.setting.near**2.5)), 0.3)


def on_theme_in_region(role: str) -> Signal:
    """Ln ratio of the candidate's recent share on the same subjects in the region to its popularity."""
    return lambda view: _lift(
        view, view.subject * view.between(role, view.setting.region) * view.recency(RECENT_YEARS), 0.3
    )


def near_own(role: str) -> Signal:
    """Ln ratio of how often the party has worked with countries that resemble the candidate to what is usual.

    Item-based collaborative filtering (Sarwar et al., WWW 2001) with closeness of context for likeness.
    """
    return lambda view: _near_own(view, view.same(role))


def near_own_theme(role: str) -> Signal:
    """The same over projects on close themes."""
    return lambda view: _near_own(view, view.same(role) * view.theme)


def _near_own(view: View, kernel: Floats) -> Floats:
    number = view.cases.countries
    alike = view.setting.alike**2 + 1e-9
    spread = alike / alike.sum(axis=1, keepdims=True)
    counts = view.count(kernel)[:, :number]
    usual = view.popularity[:, :number] @ spread
    total = counts.sum(axis=1, keepdims=True) + 0.5
    return view.of_candidates(np.log((counts @ spread + 0.5 * usual) / (total * usual)))


def by_text(view: View) -> Floats:
    """Ln ratio over projects whose words are close: TF-IDF of words and letter groups, then LSA (Deerwester 1990)."""
    from matching.wording import latent_closeness

    return _lift(view, latent_closeness(view), 0.5)


def adamic_adar(role: str) -> Signal:
    """Paths party - partner - third country - candidate, a partner of many saying less.

    The index of Adamic and Adar, "Friends and neighbors on the Web" (2003), on the bipartite graph.
    """

    def signal(view: View) -> Floats:
        partners = view.count(view.same(role))
        busy = 1.0 / np.log(np.e + _degree(view))
        thirds = view.onto(role, view.weight * (partners * busy)[:, view.cases.answer[view.past]])
        thirds[np.arange(len(view.asked)), view.party(role)[0]] = 0.0
        return _share(view.onto_candidates(view.weight * thirds[:, view.party(role)[1]]), 0.1)

    return signal


def personal_rank(role: str) -> Signal:
    """Random walk with restart at the party, four round trips (personalised PageRank, Page et al. 1999)."""

    def signal(view: View) -> Floats:
        answers, parties = view.cases.answer[view.past], view.party(role)[1]
        here = np.zeros((len(view.asked), len(view.cases.candidates)))
        here[np.arange(len(here)), view.party(role)[0]] = 1.0
        of_party = np.maximum(view.onto(role, view.weight), 1e-9)[:, parties]
        of_answer = np.maximum(view.onto_candidates(view.weight), 1e-9)[:, answers]
        found = np.zeros_like(here)
        for _ in range(HOPS):
            there = view.onto_candidates(view.weight * here[:, parties] / of_party)
            found += there
            here = STAY * view.onto(role, view.weight * there[:, answers] / of_answer)
        return _share(found, 0.1)

    return signal


def low_rank(role: str) -> Signal:
    """The party's past projected on the 12 main directions of who works with whom (truncated SVD, Koren 2009).

    The directions of a question rest on the years up to its own and on the other half of the near-repeat groups.
    """

    def signal(view: View) -> Floats:
        found = np.zeros((len(view.asked), len(view.cases.candidates)))
        partners = np.sqrt(view.count(view.same(role)))
        half, half_past = view.cases.group[view.asked] % 2, view.cases.group[view.past] % 2
        year = view.cases.year[view.past]
        for until, rows in view.years:
            known = np.ones(len(year), dtype=np.bool_) if until is None else year <= until
            for side in (0, 1):
                main = _main_directions(view, role, np.flatnonzero(known & (half_past != side)))
                mine = rows[half[rows] == side]
                found[mine] = partners[mine] @ main.T @ main
        return found

    return signal


def _main_directions(view: View, role: str, use: Indices) -> Floats:
    counts = np.zeros((len(view.cases.candidates),) * 2)
    weight = view.cases.breadth[view.past][use]
    np.add.at(counts, (view.party(role)[1][use], view.cases.answer[view.past][use]), weight)
    main: Floats = np.linalg.svd(np.sqrt(counts), full_matrices=False)[2][:RANK]
    return main


def _degree(view: View) -> Floats:
    return view.count(np.ones(()))


# the context of countries ---------------------------------------------------------------------------------------


def nearness(role: str) -> Signal:
    """exp(-distance / 2000 km) between candidate and party: gravity (Tinbergen 1962)."""
    return lambda view: view.facing(role, view.setting.near)


def same_subregion(role: str) -> Signal:
    """1 in the party's M49 subregion."""
    return lambda view: view.facing(role, view.setting.subregion)


def common_language(role: str) -> Signal:
    """1 where candidate and party share an official language (Melitz and Toubal 2014)."""
    return lambda view: view.facing(role, view.setting.language)


def common_membership(role: str) -> Signal:
    """How small the smallest regional organisation of both is."""
    return lambda view: view.facing(role, view.setting.membership)


def common_treaties(role: str) -> Signal:
    """How few parties the rarest treaty of both has."""
    return lambda view: view.facing(role, view.setting.treaties)


def structure(role: str) -> Signal:
    """Closeness of the indicators of candidate and party at the time of the question (after Gower 1971)."""

    def signal(view: View) -> Floats:
        found = np.empty((len(view.asked), len(view.cases.candidates)))
        party = view.party(role)[0]
        for year, rows in view.years:
            found[rows] = view.of_candidates(view.setting.structure(year)[party[rows]])
        return found

    return signal


def ahead(role: str) -> Signal:
    """How far the candidate was above the party, in percentiles of industrial indicators, at the time.

    A provider a few steps ahead has lately been where the party is (Lin 2011, "growth identification").
    """

    def signal(view: View) -> Floats:
        found = np.empty((len(view.asked), len(view.cases.candidates)))
        party = view.party(role)[0]
        for year, rows in view.years:
            industry = view.setting.industry(year)
            found[rows] = view.of_candidates(np.maximum(industry[None, :] - industry[party[rows]][:, None], 0.0))
        return found

    return signal


def industrial_base(view: View) -> Floats:
    """Mean percentile of the candidate's industrial indicators at the time: what it has to share."""
    found = np.empty((len(view.asked), len(view.cases.candidates)))
    for year, rows in view.years:
        found[rows] = view.of_candidates(view.setting.industry(year))
    return found


def income(view: View) -> Floats:
    """Income group of the candidate on the day of the problem, from 0 (low) to 1 (high)."""
    return np.tile(view.of_candidates(view.setting.income), (len(view.asked), 1))


def practice_on_theme(view: View) -> Floats:
    """Published good practices of the candidate in the industries of the theme, begun by then; saturating at one."""
    practices = view.setting.practices
    if not practices:
        return np.zeros((len(view.asked), len(view.cases.candidates)))
    table = np.array([providers for _, _, providers in practices])
    begun = np.array([np.nan if year is None else year for _, year, _ in practices])
    met = _industries_met(view, [codes for codes, _, _ in practices])
    year = view.cases.year[view.asked][:, None]
    known = np.isnan(year) | np.isnan(begun)[None, :] | (begun[None, :] <= year)
    return view.of_candidates(_saturated((met * known) @ table, 1.0))


def need_on_theme(view: View) -> Floats:
    """Published needs of the candidate in the industries of the theme; saturating at one."""
    needs = view.setting.needs
    table = np.zeros((len(needs), view.cases.countries))
    table[np.arange(len(needs)), [country for _, country in needs]] = 1.0
    return view.of_candidates(_saturated(_industries_met(view, [codes for codes, _ in needs]) @ table, 1.0))


def _industries_met(view: View, bags: list[frozenset[str]]) -> Floats:
    """Share of the ISIC divisions and sections of either that a coding and a bag have in common (Jaccard)."""
    codings = [isic_bag(one.isic) for one in view.cases.codings]
    met = np.array([[len(one & bag) / max(1, len(one | bag)) for bag in bags] for one in codings])
    return met.reshape(len(codings), len(bags))[view.cases.theme[view.asked]]


_GRAPH: tuple[Callable[[str], Signal], ...] = (
    own_share,
    own_lately,
    own_lift,
    own_theme,
    in_subregion,
    with_alike,
    with_language,
    on_theme_nearby,
)
_GRAPH += (on_theme_in_region, near_own, near_own_theme, adamic_adar, personal_rank, low_rank)
_CONTEXT = (nearness, same_subregion, common_language, common_membership, common_treaties, structure, ahead)

# The signals that a fitted ranking weighs: those that the ablation speaks for. The others are measured alone.
WEIGHED: Mapping[str, tuple[str, ...]] = {
    PROVIDERS.name: (
        *("activity", "recent_activity", "on_subject", "by_text", "own_lately", "own_theme", "with_alike"),
        *("with_language", "on_theme_nearby", "on_theme_in_region", "near_own", "personal_rank", "nearness"),
        *("same_subregion", "common_language", "common_membership", "structure", "ahead", "industrial_base"),
        "practice_on_theme",
    ),
    BENEFICIARIES.name: (
        *("activity", "recent_activity", "own_share", "own_lately", "own_lift", "own_theme", "near_own"),
        *("on_theme_nearby", "personal_rank", "common_language"),
    ),
    FACILITATORS.name: (
        *("activity", "recent_activity", "on_theme", "on_subject", "by_text", "own_share", "own_theme", "with_alike"),
        *("own_share_of_provider", "own_lately_of_provider", "own_theme_of_provider", "own_lift_of_provider"),
    ),
}


def _named(plain: Iterable[Signal], role: str, made: Iterable[Callable[[str], Signal]]) -> dict[str, Signal]:
    return {one.__name__: one for one in plain} | {one.__name__: one(role) for one in made}


def signals_of(task: Task) -> dict[str, Signal]:
    """All signals of a task by name."""
    past = (activity, recent_activity, on_theme, on_subject, by_text)
    if task == PROVIDERS:
        own = (industrial_base, income, practice_on_theme)
        return _named((*past, *own), "beneficiary", (*_GRAPH, *_CONTEXT))
    if task == BENEFICIARIES:
        return _named((*past, need_on_theme), "provider", (*_GRAPH, *_CONTEXT))
    beneficiary = _named(past, "beneficiary", (own_share, own_theme, in_subregion, with_alike))
    provider = _named((), "provider", (own_share, own_lately, own_theme, own_lift, common_language))
    return beneficiary | {f"{name}_of_provider": one for name, one in provider.items()}
