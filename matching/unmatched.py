"""Why a need stays without a proposal, and the smallest change that would open it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from matching.candidates import Candidates
from matching.eligibility import (
    Outcome,
    Verdict,
    amount_asked,
    judge_facilitation,
    judge_investor,
    judge_office,
    judge_practice,
    judge_window,
)
from matching.options import Options
from matching.plan import Change, Reason, Unmatched
from matching.present import exhausted
from matching.problem import FundingWindow, GoodPractice, Investor, ITPOOffice, Problem
from matching.rules import Pairing, Rules

Failures = tuple[str, ...]
WORDS = {
    "practice": ("good practice", "good practices"),
    "window": ("funding window", "funding windows"),
    "investor": ("investor", "investors"),
    "office": ("ITPO office", "ITPO offices"),
}


def why_unmatched(candidates: Candidates, options: Options, used: Mapping[str, int], need: int, mode: str) -> Unmatched:
    """Reasons and smallest change for one need without a proposal of one mode."""
    key = candidates.problem.needs[need].key
    if options.of_need(mode, need):
        return Unmatched(key, mode, *_lost(candidates, options, used, need, mode))
    if options.is_partial:
        return Unmatched(key, mode, (_nothing_eligible(candidates, need, mode),), ())
    search = _Triangular(candidates, need) if mode == "triangular" else _Investment(candidates, need)
    if search.has_eligible():
        reason = Reason("vetoed", "Every eligible option of the need is forbidden by a veto.")
        return Unmatched(key, mode, (reason,), ())
    return Unmatched(key, mode, search.reasons(), search.smallest_change())


def _nothing_eligible(candidates: Candidates, need: int, mode: str) -> Reason:
    """Which side of a wide problem has nothing for a need; which rules keep out whom is told on demand."""
    space = candidates.triangular if mode == "triangular" else candidates.investment
    sides = ("practice", "window") if mode == "triangular" else ("investor", "office")
    for side, pairs in zip(sides, (space.second, space.third), strict=True):
        if pairs.starts[need] == pairs.starts[need + 1]:
            return Reason(f"no_eligible_{side}", f"None of the {WORDS[side][1]} passes every hard rule.")
    return Reason("no_pair_goes_together", "No eligible parties go together, within limits and vetoes.")


def _lost(
    candidates: Candidates, options: Options, used: Mapping[str, int], need: int, mode: str
) -> tuple[tuple[Reason, ...], tuple[Change, ...]]:
    """The need has options, but the plan's limits went to others: what is used up, and what more of it would do."""
    listed = options.of_need(mode, need)
    short = {key: exhausted(options, used, options.uses[key], {}) for key, _ in listed}
    count = Counter(code for codes in short.values() for code in codes)
    best = min(listed, key=lambda item: (len(short[item[0]]), -item[1].points, item[0]))[0]
    names = [
        f"{options.limits[code].text} ({number} of {len(listed)} options)" for code, number in count.most_common(3)
    ]
    text = f"All {len(listed)} eligible options meet a limit that is used up: {'; '.join(names)}."
    if options.is_partial:
        short_of = ", ".join(options.limits[code].text for code in count)
        text = f"The best eligible option meets a limit that is used up: {short_of}."
    if not count:
        text = "Serving the need would cost points: its options have negative worth beside those chosen."
        if options.apart:
            text = "Serving the need would cost points, or repeat too much of an earlier plan."
    key = candidates.problem.needs[need].key
    changes = [_more(options, used, options.uses[best], code) for code in short[best]]
    if changes:
        _, *parties = best.split("|")
        names_of = (
            ("need", "practice", "provider", "window") if mode == "triangular" else ("need", "investor", "office")
        )
        chosen = {name: party for name, party in zip(names_of, parties, strict=True) if party != "None"}
        kept = Change(
            f"Keep what is added for need {key}.", "pin", key, "pins", {**chosen, "reason": "smallest change"}
        )
        changes.append(kept)
    return (Reason("limits_used_up", text),), tuple(changes)


def _more(options: Options, used: Mapping[str, int], uses: Mapping[str, int], code: str) -> Change:
    limit = options.limits[code]
    more = used.get(code, 0) + uses[code] - limit.capacity
    return Change(f"Add {more:,} {limit.unit} to the {limit.text}.", "limit", code, "extra_capacity", more)


class _Search:
    """Looks for the fewest failed rules between a need and two other parties."""

    sides: tuple[str, str]

    def __init__(self, candidates: Candidates, need: int) -> None:
        self.problem, self.ground = candidates.problem, candidates.ground
        self.candidates, self.need = candidates, candidates.problem.needs[need]
        self.second = [_failures(verdicts) for verdicts in self.judge_second()]
        self.third = [_failures(verdicts) for verdicts in self.judge_third()]

    def judge_second(self) -> Iterable[list[Verdict]]:
        raise NotImplementedError

    def judge_third(self) -> Iterable[list[Verdict]]:
        raise NotImplementedError

    def across(self, second: int, third: int) -> Failures:
        """Failed rules between the second and the third party."""
        raise NotImplementedError

    def closeness(self) -> Sequence[float]:
        """How well each second party answers the need; decides between equally small changes."""
        raise NotImplementedError

    def remedies(self, second: int, third: int) -> list[Change] | None:
        """The changes that mend every failed rule of a triple; None where one cannot be mended."""
        raise NotImplementedError

    def has_eligible(self) -> bool:
        """Whether some triple fails no rule."""
        good = [n for n, failed in enumerate(self.second) if not failed]
        others = [n for n, failed in enumerate(self.third) if not failed]
        return any(not self.across(one, other) for one in good for other in others)

    def reasons(self) -> tuple[Reason, ...]:
        """The reasons, side by side: which rules keep out how many."""
        found = []
        for side, failures in zip(self.sides, (self.second, self.third), strict=True):
            if any(not failed for failed in failures):
                continue
            count = Counter(rule for failed in failures for rule in failed)
            rules = ", ".join(
                f"{rule} keeps out {number}"
                for rule, number in sorted(count.items(), key=lambda item: (-item[1], item[0]))
            )
            many = WORDS[side][1]
            text = f"None of the {len(failures)} {many} passes: {rules}." if failures else f"There are no {many}."
            found.append(Reason(f"no_eligible_{side}", text))
        if not found:
            found.append(
                Reason(
                    "no_pair_goes_together",
                    "Every eligible practice would be both provided and facilitated by one country.",
                )
            )
        return tuple(found)

    def smallest_change(self) -> tuple[Change, ...]:
        """The changes of the triple that fails fewest rules, all of them mendable; empty where there is none."""
        closeness = self.closeness()
        tries = sorted(
            (
                (len(first) + len(last) + len(self.across(one, other)), -closeness[one], one, other)
                for one, first in enumerate(self.second)
                for other, last in enumerate(self.third)
                if len(first) + len(last) <= 3
            ),
        )
        for _, _, one, other in tries[:5000]:
            changes = self.remedies(one, other)
            if changes is not None:
                return tuple(changes)
        return ()


class _Triangular(_Search):
    sides = ("practice", "window")

    def judge_second(self) -> Iterable[list[Verdict]]:
        offers = self.candidates.offers
        for offer in range(len(offers)):
            yield judge_practice(self.ground, self.need, self.candidates.practice(offer), offers.provider[offer])

    def judge_third(self) -> Iterable[list[Verdict]]:
        for window in self.problem.windows:
            yield judge_window(self.ground, self.need, window)

    def across(self, second: int, third: int) -> Failures:
        side = (self.candidates.practice(second), self.candidates.offers.provider[second])
        return _failures(judge_facilitation(self.ground, *side, self.problem.windows[third]))

    def closeness(self) -> Sequence[float]:
        position = self.problem.needs.index(self.need)
        offers = np.arange(len(self.candidates.offers), dtype=np.int64)
        return list(self.candidates.criteria.demand_fit(np.full(len(offers), position, dtype=np.int64), offers))

    def remedies(self, second: int, third: int) -> list[Change] | None:
        if self.across(second, third):
            return None
        practice, window = self.candidates.practice(second), self.problem.windows[third]
        changes = [_mend_practice(self, rule, practice) for rule in self.second[second]]
        changes += [_mend_window(self, rule, window) for rule in self.third[third]]
        return None if None in changes else [change for change in changes if change is not None]


class _Investment(_Search):
    sides = ("investor", "office")

    def judge_second(self) -> Iterable[list[Verdict]]:
        for investor in self.problem.investors:
            yield judge_investor(self.ground, self.need, investor)

    def judge_third(self) -> Iterable[list[Verdict]]:
        for office in self.problem.offices:
            yield judge_office(self.ground, self.need, office)

    def across(self, second: int, third: int) -> Failures:  # noqa: ARG002 - any investor may work with any office
        return ()

    def closeness(self) -> Sequence[float]:
        return [
            len(self.need.themes & investor.themes) + len(self.need.isic & investor.isic) / 2
            for investor in self.problem.investors
        ]

    def remedies(self, second: int, third: int) -> list[Change] | None:
        investor, office = self.problem.investors[second], self.problem.offices[third]
        changes = [_mend_investor(self, rule, investor) for rule in self.second[second]]
        changes += [_mend_office(self, rule, office) for rule in self.third[third]]
        return None if None in changes else [change for change in changes if change is not None]


def _failures(verdicts: list[Verdict]) -> Failures:
    return tuple(verdict.rule for verdict in verdicts if verdict.outcome is Outcome.FAILED)


def _mend_practice(search: _Search, rule: str, practice: GoodPractice) -> Change | None:
    if rule != "themes_meet" or not practice.themes:
        return None
    theme = min(practice.themes, key=lambda code: (search.ground.themes.line(code)[-1] not in _roots(search), code))
    label = search.ground.themes.label(theme)
    return Change(
        f"Code the need also '{label}', a theme of '{practice.title}'.", "need", search.need.key, "themes", [theme]
    )


def _roots(search: _Search) -> set[str]:
    return {search.ground.themes.line(code)[-1] for code in search.need.themes}


def _mend_window(search: _Search, rule: str, window: FundingWindow) -> Change | None:
    need, country = search.need, search.ground.name(search.need.country)
    asked = amount_asked(need, window)
    if rule == "window_is_open_on":
        if window.open_from is not None and window.open_from > search.ground.as_of:
            return Change(
                f"Wait until '{window.name}' opens.", "window", window.key, "open_from", str(search.ground.as_of)
            )
        return Change(
            f"A next call of '{window.name}' would have to be announced.", "window", window.key, "recurs", True
        )
    if rule == "window_accepts_country" and need.country not in window.excludes:
        return Change(
            f"'{window.name}' would have to accept {country}.", "window", window.key, "accepts", [need.country]
        )
    if rule == "window_funds_action_area":
        text = f"'{window.name}' would have to fund the action area {need.action_area}."
        return Change(text, "window", window.key, "action_areas", [need.action_area])
    if rule == "cofinancing_is_met":
        text = f"The beneficiary would have to bring {window.cofinancing_share} % itself."
        return Change(text, "need", need.key, "self_financing_share", window.cofinancing_share)
    if rule == "ticket_fits" and asked is not None:
        return _mend_ticket(window.min_ticket, window.max_ticket, asked, "window", window.key, f"'{window.name}'")
    return None


def _mend_ticket(
    floor: Decimal | None, ceiling: Decimal | None, asked: Decimal, kind: str, key: str, who: str
) -> Change | None:
    if floor is not None and asked < floor:
        return Change(f"{who} would have to take tickets from {asked:,.0f}.", kind, key, "min_ticket", str(asked))
    if ceiling is not None and asked > ceiling:
        return Change(f"{who} would have to take tickets up to {asked:,.0f}.", kind, key, "max_ticket", str(asked))
    return None


def _mend_investor(search: _Search, rule: str, investor: Investor) -> Change | None:
    need, country = search.need, search.ground.name(search.need.country)
    if rule == "mandate_covers_country":
        return Change(
            f"{investor.name} would have to cover {country}.", "investor", investor.key, "accepts", [need.country]
        )
    if rule == "mandate_covers_sector" and need.themes:
        theme = min(need.themes)
        text = f"{investor.name} would have to cover '{search.ground.themes.label(theme)}'."
        return Change(text, "investor", investor.key, "themes", [theme])
    if rule == "deal_fits_ticket" and need.budget is not None:
        return _mend_ticket(
            investor.min_ticket, investor.max_ticket, need.budget, "investor", investor.key, investor.name
        )
    return None


def _mend_office(search: _Search, rule: str, office: ITPOOffice) -> Change | None:
    if rule != "office_serves_country":
        return None
    country = search.need.country
    return Change(
        f"{office.name} would have to serve {search.ground.name(country)}.", "office", office.key, "serves", [country]
    )


# applying a change ------------------------------------------------------------------------------------------------

KINDS = {"need": "needs", "window": "windows", "investor": "investors", "office": "offices"}


def apply_changes(problem: Problem, rules: Rules, changes: Iterable[Change]) -> tuple[Problem, Rules]:
    """The problem and the rules after the changes; what a second run needs to confirm them."""
    for change in changes:
        if change.kind == "limit":
            extra = {**rules.extra_capacity, change.key: rules.extra_capacity.get(change.key, 0) + change.value}
            rules = replace(rules, extra_capacity=extra)
        elif change.kind == "pin":
            rules = replace(rules, pins=(*rules.pins, Pairing(**change.value)))
        else:
            kind = KINDS[change.kind]
            parties = tuple(
                _changed(party, change) if party.key == change.key else party for party in getattr(problem, kind)
            )
            moved: Mapping[str, Any] = {kind: parties}
            problem = replace(problem, **moved)
    return problem, rules


def _changed(party: Any, change: Change) -> Any:
    old, value = getattr(party, change.field), change.value
    if isinstance(value, list):
        value = (old or frozenset()) | frozenset(value)
    elif change.field in ("min_ticket", "max_ticket"):
        value = Decimal(value)
    elif change.field == "open_from":
        value = date.fromisoformat(value)
    return replace(party, **{change.field: value})
