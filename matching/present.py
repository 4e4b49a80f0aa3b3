"""A chosen option as a proposal: points by criterion with reasons, rule ledger, budget split, runner-up, evidence."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from matching.candidates import Candidates
from matching.criteria import Part
from matching.eligibility import (
    Verdict,
    amount_asked,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.limits import matches
from matching.options import Choice, Options, investment_parties, triangular_parties
from matching.plan import Alternative, BudgetShare, InvestmentProposal, ScorePart, Signal, TriangularProposal
from matching.problem import FundingWindow, GoodPractice, Need
from matching.scoring import Indices
from matching.taxonomy import isic_overlap
from matching.tracing import Tracer

# Plans of more triangular proposals do not tell signals: a millisecond each would be longer than the search.
MOST_TRACED = 1000


def present_triangular(
    candidates: Candidates, options: Options, used: Mapping[str, int], choices: Sequence[Choice]
) -> tuple[TriangularProposal, ...]:
    """The proposals of chosen triangular options; ``used`` is what the whole plan uses of each limit."""
    parts = triangular_parts(candidates, choices, traced=len(choices) <= MOST_TRACED)
    return tuple(_triangular(candidates, options, used, *one) for one in zip(choices, parts, strict=True))


def present_investment(
    candidates: Candidates, options: Options, used: Mapping[str, int], choices: Sequence[Choice]
) -> tuple[InvestmentProposal, ...]:
    """The proposals of chosen investment options; ``used`` is what the whole plan uses of each limit."""
    parts = investment_parts(candidates, choices)
    return tuple(_investment(candidates, options, used, *one) for one in zip(choices, parts, strict=True))


def _triangular(
    candidates: Candidates, options: Options, used: Mapping[str, int], choice: Choice, scored: tuple[ScorePart, ...]
) -> TriangularProposal:
    problem = candidates.problem
    need, window = problem.needs[choice.need], problem.windows[choice.third]
    practice, provider = candidates.practice(choice.second), candidates.offers.provider[choice.second]
    parties = triangular_parties(candidates, choice.need, choice.second, choice.third)
    return TriangularProposal(
        need=need.key,
        beneficiary=need.country,
        practice=practice.key,
        provider=provider,
        window=window.key,
        facilitating_partner=window.donor,
        points=choice.points,
        pinned=_is_pinned(candidates, parties),
        parts=scored,
        ledger=triangular_ledger(candidates, choice.need, choice.second, choice.third),
        budget_split=budget_split(candidates, need, practice, provider, window),
        runner_up=_runner_up(candidates, options, used, choice),
        evidence=tuple(candidates.graph.evidence(need, practice, provider, window)),
    )


def _investment(
    candidates: Candidates, options: Options, used: Mapping[str, int], choice: Choice, scored: tuple[ScorePart, ...]
) -> InvestmentProposal:
    problem = candidates.problem
    need, investor, office = problem.needs[choice.need], problem.investors[choice.second], problem.offices[choice.third]
    parties = investment_parties(candidates, choice.need, choice.second, choice.third)
    return InvestmentProposal(
        need=need.key,
        beneficiary=need.country,
        investor=investor.key,
        office=office.key,
        points=choice.points,
        pinned=_is_pinned(candidates, parties),
        parts=scored,
        ledger=investment_ledger(candidates, choice.need, choice.second, choice.third),
        runner_up=_runner_up(candidates, options, used, choice),
    )


def triangular_ledger(candidates: Candidates, need: int, offer: int, window: int) -> tuple[Verdict, ...]:
    """All verdicts of the hard rules on a triple, eligible or not."""
    ground, problem = candidates.ground, candidates.problem
    one, side = problem.needs[need], (candidates.practice(offer), candidates.offers.provider[offer])
    return (
        *judge_practice(ground, one, *side),
        *judge_window(ground, one, problem.windows[window]),
        *judge_facilitation(ground, *side, problem.windows[window]),
    )


def investment_ledger(candidates: Candidates, need: int, investor: int, office: int) -> tuple[Verdict, ...]:
    """All verdicts of the hard rules on a need, an investor and an office."""
    ground, problem = candidates.ground, candidates.problem
    one = problem.needs[need]
    return (
        *judge_investor(ground, one, problem.investors[investor]),
        *judge_office(ground, one, problem.offices[office]),
    )


def triangular_parts(
    candidates: Candidates, choices: Sequence[Choice], traced: bool = True
) -> list[tuple[ScorePart, ...]]:
    """Points by criterion of each option, with reasons; the two halves of the funding fit are one criterion.

    With ``traced`` each criterion tells its signals.
    """
    criteria, (first, second, third) = candidates.criteria, _indices(choices)
    found = (
        criteria.need_practice(first, second),
        criteria.need_window(first, third),
        criteria.practice_window(second, third),
    )
    signals = Tracer(candidates).signals(choices, found) if traced else [{} for _ in choices]
    return _score_parts(found, [_triangular_reasons(candidates, choice) for choice in choices], signals)


def _triangular_reasons(candidates: Candidates, choice: Choice) -> dict[str, str]:
    need, window = candidates.problem.needs[choice.need], candidates.problem.windows[choice.third]
    practice, provider = candidates.practice(choice.second), candidates.offers.provider[choice.second]
    return {
        "demand_fit": _demand_reason(candidates, need, practice),
        "contextual_similarity": _context_reason(candidates, choice),
        "practice_evidence": _evidence_reason(practice),
        "complementarity": _complementarity_reason(candidates, need, provider),
        "funding_fit": _themes_reason(candidates, need.themes | practice.themes, window.themes, "The window"),
        "isid_inclusion": _inclusion_reason(candidates, need),
    }


def investment_parts(candidates: Candidates, choices: Sequence[Choice]) -> list[tuple[ScorePart, ...]]:
    """Points by criterion of each option, with reasons."""
    criteria, (first, second, third) = candidates.criteria, _indices(choices)
    found = (
        criteria.need_investor(first, second),
        criteria.need_office(first, third),
        criteria.investor_office(second, third),
    )
    return _score_parts(found, [_investment_reasons(candidates, choice) for choice in choices], [{} for _ in choices])


def _investment_reasons(candidates: Candidates, choice: Choice) -> dict[str, str]:
    need, investor = candidates.problem.needs[choice.need], candidates.problem.investors[choice.second]
    office = candidates.problem.offices[choice.third]
    industry = isic_overlap(need.isic, investor.isic)
    mandate = _themes_reason(candidates, need.themes, investor.themes, "The mandate")
    covered = "The mandate's countries are not known in full."
    if investor.accepts is not None and need.country in investor.accepts:
        covered = f"The mandate covers {len(investor.accepts)} countries, among them the beneficiary."
    host = candidates.ground.name(office.host)
    home = "unknown" if investor.home is None else candidates.ground.name(investor.home)
    return {
        "mandate_fit": mandate + (f" Common industry: {industry}." if industry else ""),
        "geographic_fit": covered,
        "isid_inclusion": _inclusion_reason(candidates, need),
        "office_reach": f"The office sits in {host}; the investor's home is {home}.",
    }


def budget_split(
    candidates: Candidates, need: Need, practice: GoodPractice, provider: str | None, window: FundingWindow
) -> tuple[BudgetShare, ...]:
    """Who would bring what. Nothing is estimated: what no source states stays unknown."""
    asked = amount_asked(need, window)
    share = max(need.self_financing_share or 0, window.cofinancing_share or 0)
    own = None if asked is None or need.budget is None or not share else need.budget - asked
    known = bool(share) or window.cofinancing_share is not None or need.self_financing_share is not None
    cash = "in_kind" if window.instrument in ("in_kind", "technical_assistance") else "cash"
    beneficiary = candidates.ground.name(need.country)
    supplier = (
        practice.institution_name
        if provider is None
        else f"{practice.institution_name}, {candidates.ground.name(provider)}"
    )
    asks = f"At least {share} % is asked or offered." if share else "No source asks or offers an own share."
    return (
        BudgetShare(
            "facilitating_partner",
            window.donor,
            cash,
            asked,
            window.currency if asked is not None else None,
            100 - share if known else None,
            f"{window.instrument.replace('_', ' ').capitalize()} of '{window.name}'."
            + ("" if asked is not None else " The need states no budget."),
        ),
        BudgetShare(
            "beneficiary",
            beneficiary,
            "unstated",
            own,
            window.currency if own is not None else None,
            share if known else None,
            asks,
        ),
        BudgetShare(
            "provider", supplier, "in_kind", None, None, None, "Know-how and experts; their value is not stated."
        ),
    )


def _is_pinned(candidates: Candidates, parties: Mapping[str, str | None]) -> bool:
    return any(matches(pin, parties) for pin in candidates.rules.pins)


def _indices(choices: Sequence[Choice]) -> tuple[Indices, Indices, Indices]:
    """The first, second and third parties of choices."""
    parties = [(choice.need, choice.second, choice.third) for choice in choices]
    first, second, third = np.array(parties, dtype=np.int64).reshape(len(parties), 3).T
    return first, second, third


def _score_parts(
    found: Iterable[Part],
    reasons: Sequence[Mapping[str, str]],
    signals: Sequence[Mapping[str, tuple[Signal, ...]]],
) -> list[tuple[ScorePart, ...]]:
    """Points and weights of the parts added up by criterion, for every option; None where a criterion is unknown."""
    weights: list[dict[str, int]] = [dict.fromkeys(one, 0) for one in reasons]
    points: list[dict[str, int | None]] = [dict.fromkeys(one) for one in reasons]
    for part in found:
        for number, (shares, marks) in enumerate(zip(part.weights.tolist(), part.points.tolist(), strict=True)):
            for criterion, share, given in zip(part.criteria, shares, marks, strict=True):
                weights[number][criterion] += share
                if given >= 0:
                    points[number][criterion] = (points[number][criterion] or 0) + given
    return [
        tuple(
            ScorePart(
                name,
                weight[name],
                mark[name],
                text if mark[name] is not None else f"Unknown, left out. {text}",
                behind.get(name, ()),
            )
            for name, text in told.items()
        )
        for told, weight, mark, behind in zip(reasons, weights, points, signals, strict=True)
    ]


def _runner_up(candidates: Candidates, options: Options, used: Mapping[str, int], choice: Choice) -> Alternative | None:
    """The best option of the same need that differs from the chosen one."""
    others = [
        (-option.points, key)
        for key, option in options.of_need(choice.mode, choice.need)
        if (option.second, option.third) != (choice.second, choice.third)
    ]
    if not others:
        return None
    key = min(others)[1]
    other = options.choices[key]
    find_parties = triangular_parties if choice.mode == "triangular" else investment_parties
    parties = find_parties(candidates, other.need, other.second, other.third)
    freed = options.uses[options.key_of(choice)]
    short = exhausted(options, used, options.uses[key], freed)
    if short:
        why = f"Nothing is left of {', '.join(options.limits[code].text for code in short)}."
    elif other.points <= choice.points:
        why = f"It has {(choice.points - other.points) / 100:.2f} points less."
    else:
        why = "It has more points itself, but its parties bring more points to the plan elsewhere"
        why += ", or an earlier plan holds it." if options.apart else "."
    return Alternative({name: party for name, party in parties.items() if name != "need"}, other.points, why)


def exhausted(
    options: Options, used: Mapping[str, int], uses: Mapping[str, int], freed: Mapping[str, int]
) -> list[str]:
    """Limits that leave no room for an option, once ``freed`` is given back."""
    short = []
    for code, amount in uses.items():
        capacity = options.limits.capacity_of(code)
        if capacity is not None and used.get(code, 0) - freed.get(code, 0) + amount > capacity:
            short.append(code)
    return short


# reasons, one sentence per criterion ------------------------------------------------------------------------------


def _demand_reason(candidates: Candidates, need: Need, practice: GoodPractice) -> str:
    industry = isic_overlap(need.isic, practice.isic)
    targets = sorted(need.sdg_targets & practice.sdg_targets)
    text = _themes_reason(candidates, need.themes, practice.themes, "The practice")
    text += f" Common industry: {industry}." if industry else ""
    text += f" Common SDG targets: {', '.join(targets)}." if targets else ""
    return text + (" The need is endorsed." if need.endorsed else "")


def _themes_reason(candidates: Candidates, wanted: frozenset[str], offered: frozenset[str], who: str) -> str:
    tree = candidates.ground.themes
    common = sorted(tree.label(code) for code in wanted & offered)
    if common:
        return f"{who} shares {', '.join(common)}."
    near = tree.common(wanted, offered)
    return f"{who} is near by theme: {tree.label(near[1])}." if near else f"{who} shares no theme."


def _context_reason(candidates: Candidates, choice: Choice) -> str:
    need, provider = candidates.problem.needs[choice.need], candidates.offers.provider[choice.second]
    if provider is None:
        return "The country of the provider is unknown."
    tables, graph = candidates.criteria.practice_tables, candidates.graph
    era = tables.era[tables.practice[choice.second]]
    closeness = tables.closeness[era, graph.position[need.country], graph.position[provider]]
    one, other = candidates.ground.country[need.country], candidates.ground.country[provider]
    year = candidates.practice(choice.second).start_year
    facts = [f"{closeness:.0%} alike" + (f", {other.name} as of {year}" if year is not None else "")]
    facts += ["same subregion"] if one.subregion == other.subregion else []
    facts += ["same income group"] if one.income_group and one.income_group == other.income_group else []
    facts += (
        [f"common language ({', '.join(sorted(one.languages & other.languages))})"]
        if one.languages & other.languages
        else []
    )
    return f"{one.name} and {other.name}: {', '.join(facts)}."


def _evidence_reason(practice: GoodPractice) -> str:
    facts = []
    if practice.replicated_in:
        countries = "country" if len(practice.replicated_in) == 1 else "countries"
        facts.append(f"replicated in {len(practice.replicated_in)} {countries}")
    facts.append(
        {"achieved": "results achieved", "planned": "results so far planned only"}.get(
            practice.results or "", "results not stated"
        )
    )
    if practice.start_year is not None:
        facts.append(f"since {practice.start_year}")
    return _sentence(facts, ", ")


def _complementarity_reason(candidates: Candidates, need: Need, provider: str | None) -> str:
    facts = []
    if provider is not None:
        graph = candidates.graph
        row = graph.position[provider]
        number, reach = int(graph.provided[row, graph.position[need.country]]), int((graph.provided[row] > 0).sum())
        projects = "1 recorded project" if number == 1 else f"{number} recorded projects"
        facts.append(f"{projects} between the two" if number else "no project between the two on record")
        facts.append(
            f"the provider has worked in {reach} countries on record" if reach > 1 else "little record elsewhere"
        )
    facts.append(f"owner named: {need.owner}" if need.owner else "owner of the need not stated")
    return _sentence(facts, "; ")


def _inclusion_reason(candidates: Candidates, need: Need) -> str:
    country = candidates.ground.country[need.country]
    groups = {"L": "low income", "LM": "lower middle income", "UM": "upper middle income", "H": "high income"}
    facts = [name for name, holds in (("LDC", country.ldc), ("LLDC", country.lldc), ("SIDS", country.sids)) if holds]
    facts.append(groups.get(country.income_group or "", "income group unknown"))
    return f"{country.name}: {', '.join(facts)}."


def _sentence(facts: list[str], between: str) -> str:
    text = between.join(facts)
    return f"{text[:1].upper()}{text[1:]}."
