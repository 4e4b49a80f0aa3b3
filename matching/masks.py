"""The hard rules for whole problems at once. One function per rule, named as in ``matching.eligibility``.

The judges there give reasons for one pair; a mask only tells where no rule fails, and agrees with them for every
pair. Masks are boolean tables with a row per need, or per country of the need where the rule looks at no more of it,
and a column per other party; a single row or column stands for all.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np

from matching.compiling import compiled, in_blocks
from matching.eligibility import asked_of, larger_share, least
from matching.encoding import NO_AMOUNT, NO_CEILING, branch_bits, column_type, ladder, member_table, places_of
from matching.problem import ACTION_AREAS, Investor, Need, Problem
from matching.scoring import Bits, Bools, Columns, Indices
from matching.taxonomy import ThemeTree, isic_line


@compiled
def codes_meet(near: Bits, one: int, own: Bits, other: int) -> bool:
    """Whether two rows of bits share one: themes or industries on one branch."""
    for word in range(near.shape[1]):  # noqa: SIM110 - compiled
        if near[one, word] & own[other, word]:
            return True
    return False


# need and good practice of a provider -----------------------------------------------------------------------------


class OfferRules(NamedTuple):
    """What decides about needs and offers.

    ``goes`` has shape (countries, countries + 1), provider by column, the last one unknown; bits meet where themes do.
    """

    beneficiary: Indices
    provider: Indices
    offer_starts: Indices
    goes: Bools
    near_themes: Bits
    themes: Bits


def beneficiary_is_not_provider(problem: Problem) -> Bools:
    """By countries; shape (countries, countries + 1), the last provider unknown."""
    countries = len(problem.countries)
    same: Bools = np.eye(countries, countries + 1, dtype=np.bool_)
    return ~same


def provider_is_southern(problem: Problem) -> Bools:
    """By countries; shape (1, countries + 1), the last provider unknown."""
    return np.array([[*(country.southern for country in problem.countries), True]], dtype=np.bool_)


def themes_meet(problem: Problem) -> tuple[Bits, Bits]:
    """Bits of needs and of practices; shapes (needs, words) and (practices, words)."""
    wanted, offered = [need.themes for need in problem.needs], [practice.themes for practice in problem.practices]
    return branch_bits(wanted, offered, ThemeTree(problem.themes).line)


@compiled
def offers_of(rules: OfferRules, need: int, found: Columns) -> int:
    """Write the eligible offers of a need, ascending, and tell how many they are."""
    near, themes, starts, provider = rules.near_themes, rules.themes, rules.offer_starts, rules.provider
    goes, country, number = rules.goes, rules.beneficiary[need], 0
    for practice in range(len(themes)):
        if codes_meet(near, need, themes, practice):
            for offer in range(starts[practice], starts[practice + 1]):
                if goes[country, provider[offer]]:
                    found[number] = offer
                    number += 1
    return number


@compiled
def count_offers(rules: OfferRules, first: int, last: int, counts: Indices, scratch: Columns) -> None:
    """How many offers are eligible for each of the needs ``first:last``; ``scratch`` has room for all offers."""
    for need in range(first, last):
        counts[need] = offers_of(rules, need, scratch)


@compiled
def fill_offers(rules: OfferRules, first: int, last: int, starts: Indices, columns: Columns) -> None:
    """The eligible offers of the needs ``first:last``."""
    for need in range(first, last):
        offers_of(rules, need, columns[starts[need] : starts[need + 1]])


def eligible_offers(problem: Problem, provider: Indices, offer_starts: Indices) -> tuple[Indices, Columns]:
    """Starts and columns of the eligible pairs of needs and offers.

    Parameters
    ----------
    problem
        The needs and practices.
    provider
        Country of each offer, shape (offers,).
    offer_starts
        Where the offers of each practice start, shape (practices + 1,).
    """
    goes = beneficiary_is_not_provider(problem) & provider_is_southern(problem)
    rules = OfferRules(_beneficiaries(problem), provider, offer_starts, goes, *themes_meet(problem))
    return _found(
        (len(problem.needs), len(provider)),
        partial(count_offers, rules),
        partial(fill_offers, rules),
    )


# need and funding window ------------------------------------------------------------------------------------------


def window_takes_proposals(problem: Problem) -> Bools:
    """Shape (1, windows)."""
    return np.array([[one.kind != "past_contribution" for one in problem.windows]], dtype=np.bool_)


def window_is_open_on(problem: Problem) -> Bools:
    """Shape (1, windows)."""
    day = problem.as_of
    begun = [one.open_from is None or one.open_from <= day for one in problem.windows]
    lasts = [one.open_to is None or one.open_to >= day or bool(one.recurs) for one in problem.windows]
    return np.array([begun], dtype=np.bool_) & np.array([lasts], dtype=np.bool_)


def window_accepts_country(problem: Problem) -> Bools:
    """By country of the need; shape (countries, windows)."""
    names = [country.key for country in problem.countries]
    unsaid = np.array([one.accepts is None or not one.accepts_complete for one in problem.windows], dtype=np.bool_)
    accepted = member_table([one.accepts or frozenset() for one in problem.windows], names)
    return (accepted | unsaid) & ~member_table([one.excludes for one in problem.windows], names)


def window_funds_action_area(problem: Problem) -> Bools:
    """Shape (needs, windows)."""
    funded = member_table([one.action_areas for one in problem.windows], ACTION_AREAS)
    mask: Bools = funded[places_of((need.action_area for need in problem.needs), ACTION_AREAS)]
    return mask


def beneficiary_is_oda_eligible(problem: Problem) -> Bools:
    """By country of the need; shape (countries, windows)."""
    refused = np.array([country.oda_eligible is False for country in problem.countries], dtype=np.bool_)
    northern = np.array([one.donor_type == "northern" for one in problem.windows], dtype=np.bool_)
    refuses: Bools = refused[:, None] & northern
    return ~refuses


def ticket_fits(problem: Problem) -> Bools:
    """Shape (needs, windows). What is asked is found once for every least share that a window asks."""
    needs, windows = problem.needs, problem.windows
    shares = sorted({one.cofinancing_share or 0 for one in windows})
    asked = [
        [
            None if one.budget is None else asked_of(one.budget, larger_share(one.self_financing_share, share))
            for one in needs
        ]
        for share in shares
    ]
    floor, ceiling, *places = ladder(
        [one.min_ticket for one in windows], [least(one.max_ticket, one.budget) for one in windows], *asked
    )
    ceiling[ceiling == NO_AMOUNT] = NO_CEILING
    currency = np.array([need.currency for need in needs], dtype=np.str_)
    mask = np.ones((len(needs), len(windows)), dtype=np.bool_)
    for column, one in enumerate(windows):
        place = places[shares.index(one.cofinancing_share or 0)]
        stated = (place != NO_AMOUNT) & (currency == one.currency)
        mask[:, column] = ~stated | ((place >= floor[column]) & (place <= ceiling[column]))
    return mask


def cofinancing_is_met(problem: Problem) -> Bools:
    """Shape (needs, windows)."""
    asked = np.array([one.cofinancing_share or 0 for one in problem.windows], dtype=np.int64)
    unstated = np.array([[need.self_financing_share is None] for need in problem.needs], dtype=np.bool_)
    offered = np.array([[need.self_financing_share or 0] for need in problem.needs], dtype=np.int64)
    met: Bools = unstated.reshape(-1, 1) | (asked == 0) | (offered.reshape(-1, 1) >= asked)
    return met


def window_mask(problem: Problem) -> Bools:
    """Which needs and windows no rule keeps apart; shape (needs, windows)."""
    by_country = window_takes_proposals(problem) & window_is_open_on(problem)
    by_country = by_country & window_accepts_country(problem) & beneficiary_is_oda_eligible(problem)
    mask: Bools = by_country[_beneficiaries(problem)]
    mask &= window_funds_action_area(problem)
    mask &= ticket_fits(problem)
    mask &= cofinancing_is_met(problem)
    return mask


# provider and funding window --------------------------------------------------------------------------------------


def facilitator_is_not_provider(donor: Indices, provider: Indices, countries: int) -> Bools:
    """Shape (offers, windows); ``donor`` and ``provider`` are places of countries, ``countries`` where unknown."""
    mask: Bools = (provider[:, None] != donor) | (donor == countries)
    return mask


# need and investor, need and office -------------------------------------------------------------------------------


class InvestorRules(NamedTuple):
    """What decides about needs and investors; tables as their rules give them, amounts as places on one ladder."""

    invites: Bools
    beneficiary: Indices
    covers: Bools
    unsaid_sectors: Bools
    near_themes: Bits
    themes: Bits
    near_isic: Bits
    isic: Bits
    budget: Indices
    floor: Indices
    ceiling: Indices
    need_currency: Indices
    currency: Indices


def need_invites_investment(problem: Problem) -> Bools:
    """Shape (needs,)."""
    return np.array([not one.modalities or "investment" in one.modalities for one in problem.needs], dtype=np.bool_)


def mandate_covers_country(problem: Problem) -> Bools:
    """By country of the need; shape (countries, investors)."""
    unsaid = np.array([one.accepts is None or not one.accepts_complete for one in problem.investors], dtype=np.bool_)
    names = [country.key for country in problem.countries]
    return member_table([one.accepts or frozenset() for one in problem.investors], names) | unsaid


@compiled
def mandate_covers_sector(near_themes: Bits, themes: Bits, near_isic: Bits, isic: Bits, need: int, one: int) -> bool:
    """Whether a need and an investor whose sectors are known share a theme or an industry below section level."""
    return codes_meet(near_themes, need, themes, one) or codes_meet(near_isic, need, isic, one)


@compiled
def deal_fits_ticket(budget: int, floor: int, ceiling: int, same_currency: bool) -> bool:
    """Whether the budget lies in the ticket band, or is not known in the investor's currency; places on a ladder."""
    return budget == NO_AMOUNT or not same_currency or floor <= budget <= ceiling


@compiled
def investors_of(rules: InvestorRules, need: int, found: Columns) -> int:
    """Write the eligible investors of a need, ascending, and tell how many they are."""
    near_themes, themes, near_isic, isic = rules.near_themes, rules.themes, rules.near_isic, rules.isic
    covers, unsaid_sectors, currency, floor = rules.covers, rules.unsaid_sectors, rules.currency, rules.floor
    ceiling, country, budget, own = (
        rules.ceiling,
        rules.beneficiary[need],
        rules.budget[need],
        rules.need_currency[need],
    )
    number = 0
    if not rules.invites[need]:
        return 0
    for one in range(len(currency)):
        if not covers[country, one] or not deal_fits_ticket(budget, floor[one], ceiling[one], own == currency[one]):
            continue
        if unsaid_sectors[one] or mandate_covers_sector(near_themes, themes, near_isic, isic, need, one):
            found[number] = one
            number += 1
    return number


@compiled
def count_investors(rules: InvestorRules, first: int, last: int, counts: Indices, scratch: Columns) -> None:
    """How many investors are eligible for each of the needs ``first:last``; ``scratch`` has room for all."""
    for need in range(first, last):
        counts[need] = investors_of(rules, need, scratch)


@compiled
def fill_investors(rules: InvestorRules, first: int, last: int, starts: Indices, columns: Columns) -> None:
    """The eligible investors of the needs ``first:last``."""
    for need in range(first, last):
        investors_of(rules, need, columns[starts[need] : starts[need + 1]])


def investor_rules(problem: Problem) -> InvestorRules:
    """The rules of needs and investors, ready for the kernels."""
    needs, investors = problem.needs, problem.investors
    currencies = sorted({one.currency for one in needs} | {one.currency for one in investors})
    budget, floor, ceiling = ladder(
        [need.budget for need in needs], [one.min_ticket for one in investors], [one.max_ticket for one in investors]
    )
    ceiling[ceiling == NO_AMOUNT] = NO_CEILING
    themes = branch_bits(
        [one.themes for one in needs], [one.themes for one in investors], ThemeTree(problem.themes).line
    )
    isic = branch_bits(_narrow(needs), _narrow(investors), isic_line)
    return InvestorRules(
        need_invites_investment(problem),
        _beneficiaries(problem),
        mandate_covers_country(problem),
        np.array([not one.themes and not one.isic for one in investors], dtype=np.bool_),
        *themes,
        *isic,
        budget,
        floor,
        ceiling,
        places_of((one.currency for one in needs), currencies),
        places_of((one.currency for one in investors), currencies),
    )


def eligible_investors(problem: Problem) -> tuple[Indices, Columns]:
    """Starts and columns of the eligible pairs of needs and investors."""
    rules = investor_rules(problem)
    return _found(
        (len(problem.needs), len(problem.investors)),
        partial(count_investors, rules),
        partial(fill_investors, rules),
    )


def office_serves_country(problem: Problem) -> Bools:
    """By country of the need; shape (countries, offices)."""
    unsaid = np.array([one.serves is None for one in problem.offices], dtype=np.bool_)
    names = [country.key for country in problem.countries]
    return member_table([one.serves or frozenset() for one in problem.offices], names) | unsaid


def office_mask(problem: Problem) -> Bools:
    """Which needs and offices no rule keeps apart; shape (needs, offices)."""
    mask: Bools = office_serves_country(problem)[_beneficiaries(problem)]
    return mask


# from masks to pairs ----------------------------------------------------------------------------------------------


def _found(
    shape: tuple[int, int],
    count: Callable[[int, int, Indices, Columns], None],
    fill: Callable[[int, int, Indices, Columns], None],
) -> tuple[Indices, Columns]:
    rows, kind = shape[0], column_type(shape[1])
    counts = np.zeros(rows, dtype=np.int64)
    in_blocks(lambda first, last: count(first, last, counts, np.empty(shape[1], dtype=kind)), rows)
    starts = np.concatenate(([0], np.cumsum(counts)))
    columns = np.empty(starts[-1], dtype=kind)
    in_blocks(lambda first, last: fill(first, last, starts, columns), rows)
    return starts, columns


def _beneficiaries(problem: Problem) -> Indices:
    return places_of((need.country for need in problem.needs), [country.key for country in problem.countries])


def _narrow(parties: Sequence[Need | Investor]) -> list[frozenset[str]]:
    """Industries below section level."""
    return [frozenset(code for code in party.isic if len(code) > 1) for party in parties]
