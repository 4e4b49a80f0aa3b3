"""Limits and floors as resources: what each option uses, how much there is, and what to call it.

Every limit is named as the rule it keeps. A resource code reads ``rule:key``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from matching.candidates import Candidates
from matching.eligibility import amount_asked
from matching.problem import FundingWindow, Need
from matching.rules import Pairing


@dataclass(frozen=True, slots=True)
class Limit:
    """A capacity or budget: how much there is, in which unit, and a sentence that names it."""

    code: str
    capacity: int
    unit: str
    text: str
    assumed: bool


class Limits:
    """All limits of a problem under rules, and what an option uses of them."""

    def __init__(self, candidates: Candidates) -> None:
        self._candidates = candidates
        self._problem, self._rules = candidates.problem, candidates.rules
        self._known: dict[str, Limit] = {}
        self._ask: dict[tuple[int, int], tuple[tuple[str, int], ...]] = {}
        self._window_groups = self._group_budgets()

    # what an option uses ----------------------------------------------------------------------------------------

    def of_triangular(self, need: int, offer: int, window: int) -> tuple[tuple[str, int], ...]:
        """Uses of a triangular option: the need itself, institution and country of the provider, and the window."""
        return (self.need_at_most_once(need, "triangular"), *self._of_offer(offer), *self._of_window(need, window))

    def of_investment(self, need: int, investor: int, office: int) -> tuple[tuple[str, int], ...]:
        """Uses of an investment option: the need itself, a deal and money of the investor, and a case of the office."""
        placed = self.investor_portfolio(self._problem.needs[need], investor)
        return (
            self.need_at_most_once(need, "investment"),
            self.investor_deals(investor),
            *((placed,) if placed else ()),
            self.office_case_capacity(office),
        )

    def need_at_most_once(self, need: int, mode: str) -> tuple[str, int]:
        """A need gets at most one proposal of each mode."""
        key = self._problem.needs[need].key
        return self._use(f"need_at_most_once:{mode}:{key}", 1, "proposal", f"{mode} proposal for need {key}", False), 1

    def institution_slots(self, offer: int) -> tuple[str, int]:
        """A provider institution takes so many proposals per year; a practice without one counts as its own."""
        practice = self._candidates.practice(offer)
        holder = practice.institution or practice.key
        known = self._problem.institution_slots.get(holder)
        capacity = self._rules.slots_per_institution_when_unknown if known is None else known
        return self._use(
            f"institution_slots:{holder}", capacity, "slot", f"slots of {practice.institution_name}", known is None
        ), 1

    def country_load(self, offer: int) -> tuple[str, int] | None:
        """A provider country takes so many proposals per year."""
        provider = self._candidates.offers.provider[offer]
        if provider is None:
            return None
        known = self._problem.country_slots.get(provider)
        capacity = self._rules.slots_per_country_when_unknown if known is None else known
        name = self._problem.country[provider].name
        return self._use(
            f"country_load:{provider}", capacity, "slot", f"yearly load of provider {name}", known is None
        ), 1

    def window_proposals(self, window: FundingWindow) -> tuple[str, int]:
        """Where budget or cost is unknown, a window takes so many proposals per plan: the house's stated default."""
        group = self._window_groups[window.key]
        capacity = self._rules.proposals_per_window_when_unknown
        text = f"proposals without a known cost at {self._names(group)}"
        return self._use(f"window_proposals:{group}", capacity, "proposal", text, True), 1

    def window_budget(self, need: Need, window: FundingWindow) -> tuple[str, int] | None:
        """A window pays no more than its budget; windows that share one budget share this limit."""
        asked, code = amount_asked(need, window), self.budget_of(window)
        return None if asked is None or code is None else (code, math.ceil(asked))

    def budget_of(self, window: FundingWindow) -> str | None:
        """The resource code of a window's budget; None where it is unknown."""
        group = self._window_groups[window.key]
        budget = self._budgets.get(group)
        if budget is None:
            return None
        text = f"budget of {self._names(group)}"
        return self._use(f"window_budget:{group}", math.floor(budget), window.currency, text, False)

    def investor_deals(self, investor: int) -> tuple[str, int]:
        """An investor takes so many deals per year."""
        one = self._problem.investors[investor]
        capacity = self._rules.deals_per_investor_when_unknown if one.deals is None else one.deals
        return self._use(f"investor_deals:{one.key}", capacity, "deal", f"deals of {one.name}", one.deals is None), 1

    def investor_portfolio(self, need: Need, investor: int) -> tuple[str, int] | None:
        """An investor places no more money per year than its portfolio, where that and the cost are known."""
        one = self._problem.investors[investor]
        if one.portfolio is None or need.budget is None or need.currency != one.currency:
            return None
        text = f"money that {one.name} can place"
        code = self._use(f"investor_portfolio:{one.key}", math.floor(one.portfolio), one.currency, text, False)
        return code, math.ceil(need.budget)

    def office_case_capacity(self, office: int) -> tuple[str, int]:
        """An ITPO office works on so many cases per year."""
        one = self._problem.offices[office]
        capacity = self._rules.cases_per_office_when_unknown if one.case_capacity is None else one.case_capacity
        text = f"cases of {one.name}"
        return self._use(f"office_case_capacity:{one.key}", capacity, "case", text, one.case_capacity is None), 1

    # lookups ----------------------------------------------------------------------------------------------------

    def __getitem__(self, code: str) -> Limit:
        return self._known[code]

    def capacities(self) -> Mapping[str, int]:
        """How much there is of every resource that an option has used so far."""
        return {code: limit.capacity for code, limit in sorted(self._known.items())}

    def capacity_of(self, code: str) -> int | None:
        """How much there is of a resource; None where the code is not a limit's."""
        limit = self._known.get(code)
        return None if limit is None else limit.capacity

    def _use(self, code: str, capacity: int, unit: str, text: str, assumed: bool) -> str:
        if code not in self._known:
            capacity += self._rules.extra_capacity.get(code, 0)
            self._known[code] = Limit(code, capacity, unit, text, assumed)
        return code

    def _of_offer(self, offer: int) -> tuple[tuple[str, int], ...]:
        load = self.country_load(offer)
        return (self.institution_slots(offer), *((load,) if load else ()))

    def _of_window(self, need: int, window: int) -> tuple[tuple[str, int], ...]:
        if (need, window) not in self._ask:
            one = self._problem.windows[window]
            budget = self.window_budget(self._problem.needs[need], one)
            self._ask[need, window] = (budget or self.window_proposals(one),)
        return self._ask[need, window]

    def _group_budgets(self) -> dict[str, str]:
        """The budget group of every window: its own key unless it shares its money."""
        self._budgets: dict[str, Decimal] = {}
        self._group_names: dict[str, list[str]] = {}
        groups = {}
        for window in self._problem.windows:
            group = groups[window.key] = window.budget_group or window.key
            self._group_names.setdefault(group, []).append(window.name)
            if window.budget is not None:
                self._budgets[group] = max(window.budget, self._budgets.get(group, window.budget))
        return groups

    def _names(self, group: str) -> str:
        names = self._group_names[group]
        return " and ".join(f"'{name}'" for name in names[:2]) + (
            " and others of the same budget" if len(names) > 2 else ""
        )


def matches(pairing: Pairing, parties: Mapping[str, str | None]) -> bool:
    """Whether an option with these parties is one of the pairing's."""
    return all(parties.get(party) == key for party, key in pairing.parties().items())
