"""Why this and why not that, for people: one need's place in a plan, and any triple whether chosen or not."""

from collections.abc import Mapping
from dataclasses import dataclass

from matching.candidates import Candidates, find_candidates
from matching.eligibility import Outcome, Verdict
from matching.limits import matches
from matching.options import Choice, list_options, triangular_parties
from matching.plan import Plan, ScorePart, TriangularProposal
from matching.present import exhausted, triangular_ledger, triangular_parts
from matching.problem import Problem
from matching.rules import Rules


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What speaks for and against one triple.

    ``points`` and ``parts`` are there when the triple is eligible; ``conclusion`` says in a sentence whether the plan
    holds it and, if not, why.
    """

    parties: Mapping[str, str | None]
    ledger: tuple[Verdict, ...]
    points: int | None
    parts: tuple[ScorePart, ...]
    conclusion: str


def best_triples(problem: Problem, rules: Rules, need: str, number: int = 5) -> list[WhyNot]:
    """The eligible triples of a need with most points, best first, whatever the limits.

    Raises
    ------
    KeyError
        When the problem has no such need.
    """
    candidates = find_candidates(problem, rules)
    triples = candidates.triangular.triples_of(_position(problem.needs, need, "need"))
    rows = list(
        zip(
            triples.first.tolist(),
            triples.second.tolist(),
            triples.third.tolist(),
            triples.points.tolist(),
            strict=True,
        )
    )
    rows.sort(key=lambda row: (-row[3], row[1], row[2]))
    choices = [Choice("triangular", *row) for row in rows[:number]]
    parts = triangular_parts(candidates, choices)
    return [_told(candidates, *one, "Eligible.") for one in zip(choices, parts, strict=True)]


def why_not(problem: Problem, rules: Rules, plan: Plan, need: str, practice: str, window: str) -> list[WhyNot]:
    """What speaks for and against a need, a practice and a window, once for each provider of the practice.

    Raises
    ------
    KeyError
        When the problem has no such need, practice or window.
    """
    candidates = find_candidates(problem, rules)
    i = _position(problem.needs, need, "need")
    j = _position(problem.practices, practice, "good practice")
    k = _position(problem.windows, window, "funding window")
    offers = [offer for offer, found in enumerate(candidates.offers.practice.tolist()) if found == j]
    return [_judge(candidates, plan, i, offer, k) for offer in offers]


def _judge(candidates: Candidates, plan: Plan, need: int, offer: int, window: int) -> WhyNot:
    parties = triangular_parties(candidates, need, offer, window)
    ledger = triangular_ledger(candidates, need, offer, window)
    failed = [verdict for verdict in ledger if verdict.outcome is Outcome.FAILED]
    if failed:
        text = "Not eligible: " + " ".join(verdict.detail for verdict in failed)
        return WhyNot(parties, ledger, None, (), text)
    triples = candidates.triangular.triples_of(need)
    here = (triples.second == offer) & (triples.third == window)
    choice = Choice("triangular", need, offer, window, int(triples.points[here][0]))
    (parts,) = triangular_parts(candidates, [choice])
    return _told(candidates, choice, parts, _conclusion(candidates, plan, choice, parties))


def _told(candidates: Candidates, choice: Choice, parts: tuple[ScorePart, ...], conclusion: str) -> WhyNot:
    parties = triangular_parties(candidates, choice.need, choice.second, choice.third)
    ledger = triangular_ledger(candidates, choice.need, choice.second, choice.third)
    return WhyNot(parties, ledger, choice.points, parts, conclusion)


def _conclusion(candidates: Candidates, plan: Plan, choice: Choice, parties: Mapping[str, str | None]) -> str:
    chosen = {one.need: one for one in plan.triangular}.get(str(parties["need"]))
    if chosen is not None and _same(chosen, parties):
        return "The plan holds this proposal."
    for veto in candidates.rules.vetoes:
        if matches(veto, parties):
            return f"A veto forbids it: {veto.reason}"
    short = _short(candidates, plan, choice, chosen)
    if short:
        return f"Eligible, but nothing is left of: {', '.join(short)}."
    if chosen is None:
        return "Eligible, and room is left; serving it would cost the plan points elsewhere."
    if choice.points <= chosen.points:
        return f"Eligible, with {(chosen.points - choice.points) / 100:.2f} points less than the chosen proposal."
    return "Eligible, with more points than the chosen proposal; its parties bring more to the plan elsewhere."


def _same(proposal: TriangularProposal, parties: Mapping[str, str | None]) -> bool:
    return all(getattr(proposal, name) == key for name, key in parties.items())


def _short(candidates: Candidates, plan: Plan, choice: Choice, chosen: TriangularProposal | None) -> list[str]:
    """Names of the limits that leave no room for the choice beside the rest of the plan."""
    options = list_options(candidates)
    by_parties = {
        (one.mode, *triangular_parties(candidates, one.need, one.second, one.third).values()): key
        for key, one in options.choices.items()
        if one.mode == "triangular"
    }
    used: dict[str, int] = {}
    for proposal in plan.triangular:
        if proposal is not chosen:
            key = by_parties["triangular", proposal.need, proposal.practice, proposal.provider, proposal.window]
            for code, amount in options.uses[key].items():
                used[code] = used.get(code, 0) + amount
    codes = exhausted(options, used, options.uses[options.key_of(choice)], {})
    return [options.limits[code].text for code in codes]


def _position(parties: tuple[object, ...], key: str, kind: str) -> int:
    for position, party in enumerate(parties):
        if getattr(party, "key", None) == key:
            return position
    raise KeyError(f"there is no {kind} '{key}'")
