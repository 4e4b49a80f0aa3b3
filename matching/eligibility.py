"""Hard rules. One function per rule; each says passed, failed with the reason, or unknown with what is missing.

A rule looks at two parties only, so the rules of an option are those of its three pairs. An unknown never excludes:
it becomes a mark and a question to ask. Free text decides nothing here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from matching.problem import Country, FundingWindow, GoodPractice, Investor, ITPOOffice, Need, Problem
from matching.taxonomy import ThemeTree, isic_overlap


class Outcome(StrEnum):
    """What a hard rule finds."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one hard rule found of one pair. ``question`` is what to ask, and whom, where the outcome is unknown."""

    rule: str
    between: str
    outcome: Outcome
    detail: str
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Ground:
    """What every rule may look at besides the two parties."""

    as_of: date
    country: dict[str, Country]
    themes: ThemeTree

    @classmethod
    def of(cls, problem: Problem) -> "Ground":
        """The ground of a problem."""
        return cls(problem.as_of, dict(problem.country), ThemeTree(problem.themes))

    def name(self, country: str) -> str:
        """A country's name."""
        return self.country[country].name if country in self.country else country


Finding = tuple[Outcome, str, str | None]
PASSED, FAILED, UNKNOWN = Outcome.PASSED, Outcome.FAILED, Outcome.UNKNOWN


# need and good practice of a provider ---------------------------------------------------------------------------


def beneficiary_is_not_provider(ground: Ground, need: Need, practice: GoodPractice, provider: str | None) -> Finding:
    """A country does not provide to itself."""
    if provider is None:
        return UNKNOWN, "No source names the country of the provider.", f"Which country provides '{practice.title}'?"
    if provider == need.country:
        return FAILED, f"{ground.name(provider)} would provide to itself.", None
    return PASSED, f"{ground.name(provider)} provides to {ground.name(need.country)}.", None


def provider_is_southern(ground: Ground, _need: Need, practice: GoodPractice, provider: str | None) -> Finding:
    """The pivotal partner is a country of the South; without one a match is not South-South."""
    if provider is None:
        return UNKNOWN, "No source names the country of the provider.", f"Which country provides '{practice.title}'?"
    if ground.country[provider].southern:
        return PASSED, f"{ground.name(provider)} is a country of the South.", None
    return FAILED, f"{ground.name(provider)} is not a country of the South.", None


def themes_meet(ground: Ground, need: Need, practice: GoodPractice, _provider: str | None) -> Finding:
    """The need and the practice share a theme, or one has a theme that lies below the other's."""
    common = ground.themes.common(need.themes, practice.themes)
    if common is None:
        wanted = ", ".join(ground.themes.label(code) for code in sorted(need.themes))
        return FAILED, f"The practice has none of the themes of the need ({wanted}).", None
    if common[0] == common[1]:
        return PASSED, f"Both are coded '{ground.themes.label(common[0])}'.", None
    return PASSED, f"'{ground.themes.label(common[0])}' and '{ground.themes.label(common[1])}' lie on one branch.", None


# need and funding window ----------------------------------------------------------------------------------------


def window_takes_proposals(_ground: Ground, _need: Need, window: FundingWindow) -> Finding:
    """A contribution made once to one project is a record, not a call."""
    if window.kind == "past_contribution":
        return FAILED, "The source tells of a project funded once, not of a call.", None
    return PASSED, "The source tells of a call or a standing programme.", None


def window_is_open_on(ground: Ground, _need: Need, window: FundingWindow) -> Finding:
    """The window is open on the day of the run; a recurring one may be proposed for its next call."""
    if window.open_from is not None and window.open_from > ground.as_of:
        return FAILED, f"The window opens on {window.open_from}, after {ground.as_of}.", None
    if window.open_to is None:
        return UNKNOWN, "The source states no closing date.", f"Is '{window.name}' taking proposals now?"
    if window.open_to >= ground.as_of:
        return PASSED, f"The window is open until {window.open_to}.", None
    if window.recurs:
        return (
            UNKNOWN,
            f"The last call closed on {window.open_to}; the window recurs, so this is for its next call.",
            f"When does '{window.name}' next call for proposals?",
        )
    return FAILED, f"The window closed on {window.open_to} and no source says that it recurs.", None


def window_accepts_country(ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """The beneficiary is among the countries that the window accepts."""
    name = ground.name(need.country)
    question = f"Does '{window.name}' accept {name}?"
    if need.country in window.excludes:
        return FAILED, f"The window excludes {name}.", None
    if window.accepts is None:
        return UNKNOWN, "The words of the source do not settle which countries are eligible.", question
    if need.country in window.accepts:
        return PASSED, f"The window accepts {name}.", None
    if not window.accepts_complete:
        return UNKNOWN, f"{name} is not named, but the source's list is not complete.", question
    return FAILED, f"The window does not accept {name}.", None


def window_funds_action_area(_ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """The window funds the action area of the need."""
    if need.action_area in window.action_areas:
        return PASSED, f"The window funds the action area {need.action_area}.", None
    return FAILED, f"The window does not fund the action area {need.action_area}.", None


def beneficiary_is_oda_eligible(ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """A northern donor's money goes to countries that may receive official development assistance."""
    if window.donor_type != "northern":
        return PASSED, "The rule does not bind this kind of donor.", None
    eligible = ground.country[need.country].oda_eligible
    name = ground.name(need.country)
    if eligible is None:
        question = f"Is {name} on the DAC List of ODA Recipients on {ground.as_of}?"
        return UNKNOWN, f"Whether {name} may receive ODA is not settled by the data.", question
    if eligible:
        return PASSED, f"{name} may receive ODA, by a rule derived from income groups.", None
    return FAILED, f"{name} may not receive ODA.", None


def ticket_fits(_ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """The money asked of the window lies between its ticket floor and ceiling, and within its budget."""
    floor, ceiling = window.min_ticket, least(window.max_ticket, window.budget)
    if floor is None and ceiling is None:
        return UNKNOWN, "The source states no ticket and no budget.", f"How large may a project of '{window.name}' be?"
    asked = amount_asked(need, window)
    if asked is None:
        return UNKNOWN, "The need states no budget in the currency of the window.", f"What does '{need.title}' cost?"
    if floor is not None and asked < floor:
        return FAILED, f"{asked:,.0f} {window.currency} lie below the ticket floor of {floor:,.0f}.", None
    if ceiling is not None and asked > ceiling:
        return FAILED, f"{asked:,.0f} {window.currency} lie above the ceiling of {ceiling:,.0f}.", None
    return PASSED, f"{asked:,.0f} {window.currency} lie within the tickets of the window.", None


def cofinancing_is_met(_ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """The beneficiary's own share reaches the least share that the window asks."""
    if not window.cofinancing_share:
        return PASSED, "The source asks no co-financing share.", None
    if need.self_financing_share is None:
        question = f"Can the parties bring {window.cofinancing_share} % of the cost of '{need.title}'?"
        return UNKNOWN, f"The window asks {window.cofinancing_share} % co-financing; the need states none.", question
    if need.self_financing_share >= window.cofinancing_share:
        return PASSED, f"{need.self_financing_share} % own share meets the {window.cofinancing_share} % asked.", None
    return FAILED, f"{need.self_financing_share} % own share is below the {window.cofinancing_share} % asked.", None


def parties_are_enough(_ground: Ground, need: Need, window: FundingWindow) -> Finding:
    """Beneficiary, provider and facilitating partner together reach the number of parties that the window asks."""
    together = 2 if window.donor_country == need.country else 3
    if window.min_parties is None or window.min_parties <= 2:
        return PASSED, f"{together} parties; the source asks no larger number.", None
    countries = 2 + (window.donor_country is not None and window.donor_country != need.country)
    if countries >= window.min_parties:
        return PASSED, f"{countries} countries reach the {window.min_parties} asked.", None
    question = f"Which further country joins, so that '{window.name}' has its {window.min_parties} participants?"
    return UNKNOWN, f"The window asks {window.min_parties} participating countries; {countries} are proposed.", question


# provider and funding window ------------------------------------------------------------------------------------


def facilitator_is_not_provider(
    ground: Ground, _practice: GoodPractice, provider: str | None, window: FundingWindow
) -> Finding:
    """Someone else than the provider facilitates; otherwise the proposal is bilateral. The beneficiary itself may."""
    if window.donor_country is None:
        return PASSED, f"{window.donor} is not a single country.", None
    if provider is None:
        return UNKNOWN, "No source names the country of the provider.", None
    if window.donor_country == provider:
        return FAILED, f"{ground.name(provider)} would be provider and facilitating partner at once.", None
    return PASSED, f"{ground.name(window.donor_country)} facilitates what {ground.name(provider)} provides.", None


# need, investor and office --------------------------------------------------------------------------------------


def need_invites_investment(_ground: Ground, need: Need, _investor: Investor) -> Finding:
    """Investment is one of the ways of help that the need asks for."""
    if "investment" in need.modalities:
        return PASSED, "The need invites investment.", None
    if not need.modalities:
        return UNKNOWN, "The need does not say which help it asks for.", f"Is '{need.title}' open to investment?"
    return FAILED, "The need asks for other help than investment.", None


def mandate_covers_country(ground: Ground, need: Need, investor: Investor) -> Finding:
    """The beneficiary lies in the countries that the investor looks at."""
    name = ground.name(need.country)
    question = f"Does {investor.name} invest in {name}?"
    if investor.accepts is None:
        return UNKNOWN, "The words of the source do not settle where the investor invests.", question
    if need.country in investor.accepts:
        return PASSED, f"The mandate covers {name}.", None
    if not investor.accepts_complete:
        return UNKNOWN, f"{name} is not named, but the source only gives examples.", question
    return FAILED, f"The mandate does not cover {name}.", None


def mandate_covers_sector(ground: Ground, need: Need, investor: Investor) -> Finding:
    """The need and the mandate share a theme on one branch, or an industry below section level."""
    if not investor.themes and not investor.isic:
        return UNKNOWN, "No source names the sectors of the mandate.", f"Which sectors does {investor.name} look for?"
    common = ground.themes.common(need.themes, investor.themes)
    if common is not None:
        return PASSED, f"The mandate covers '{ground.themes.label(common[0])}'.", None
    industry = isic_overlap(need.isic, investor.isic)
    if industry is not None:
        return PASSED, f"The mandate covers the industry {industry}.", None
    return FAILED, "The mandate shares neither a theme nor an industry with the need.", None


def deal_fits_ticket(_ground: Ground, need: Need, investor: Investor) -> Finding:
    """The budget of the need lies in the investor's ticket band."""
    if investor.min_ticket is None and investor.max_ticket is None:
        return UNKNOWN, "No source states the tickets of the investor.", f"Which deal sizes does {investor.name} take?"
    if need.budget is None or need.currency != investor.currency:
        return UNKNOWN, "The need states no budget in the investor's currency.", f"What does '{need.title}' cost?"
    if investor.min_ticket is not None and need.budget < investor.min_ticket:
        return (
            FAILED,
            f"{need.budget:,.0f} {need.currency} lie below the investor's floor of {investor.min_ticket:,.0f}.",
            None,
        )
    if investor.max_ticket is not None and need.budget > investor.max_ticket:
        return (
            FAILED,
            f"{need.budget:,.0f} {need.currency} lie above the investor's ceiling of {investor.max_ticket:,.0f}.",
            None,
        )
    return PASSED, f"{need.budget:,.0f} {need.currency} lie in the investor's band.", None


def office_serves_country(ground: Ground, need: Need, office: ITPOOffice) -> Finding:
    """The office works for the beneficiary's region."""
    name = ground.name(need.country)
    if office.serves is None:
        return (
            UNKNOWN,
            "The words of the source do not settle whom the office serves.",
            f"Does {office.name} serve {name}?",
        )
    if need.country in office.serves:
        return PASSED, f"The office serves {name}.", None
    return FAILED, f"The office does not serve {name}.", None


def amount_asked(need: Need, window: FundingWindow) -> Decimal | None:
    """What the window would pay, in its currency: the budget less the larger of offered and asked own share."""
    if need.budget is None or need.currency != window.currency:
        return None
    return asked_of(need.budget, larger_share(need.self_financing_share, window.cofinancing_share))


def larger_share(offered: int | None, asked: int | None) -> int:
    """The larger of the own shares offered and asked, in percent; what is not stated counts as none."""
    return max(offered or 0, asked or 0)


def asked_of(budget: Decimal, share: int) -> Decimal:
    """What is left of a budget after an own share in percent, in whole hundredths."""
    return (budget * (100 - share) / 100).quantize(Decimal("0.01"))


def least(*amounts: Decimal | None) -> Decimal | None:
    """The least amount that is known; None when none is."""
    known = [amount for amount in amounts if amount is not None]
    return min(known) if known else None


NEED_PRACTICE: tuple[Callable[[Ground, Need, GoodPractice, str | None], Finding], ...] = (
    beneficiary_is_not_provider,
    provider_is_southern,
    themes_meet,
)
NEED_WINDOW: tuple[Callable[[Ground, Need, FundingWindow], Finding], ...] = (
    window_takes_proposals,
    window_is_open_on,
    window_accepts_country,
    window_funds_action_area,
    beneficiary_is_oda_eligible,
    ticket_fits,
    cofinancing_is_met,
    parties_are_enough,
)
PROVIDER_WINDOW: tuple[Callable[[Ground, GoodPractice, str | None, FundingWindow], Finding], ...] = (
    facilitator_is_not_provider,
)
NEED_INVESTOR: tuple[Callable[[Ground, Need, Investor], Finding], ...] = (
    need_invites_investment,
    mandate_covers_country,
    mandate_covers_sector,
    deal_fits_ticket,
)
NEED_OFFICE: tuple[Callable[[Ground, Need, ITPOOffice], Finding], ...] = (office_serves_country,)


def judge_practice(ground: Ground, need: Need, practice: GoodPractice, provider: str | None) -> list[Verdict]:
    """All verdicts on a need and a practice at a provider."""
    return [Verdict(rule.__name__, "need-practice", *rule(ground, need, practice, provider)) for rule in NEED_PRACTICE]


def judge_window(ground: Ground, need: Need, window: FundingWindow) -> list[Verdict]:
    """All verdicts on a need and a funding window."""
    return [Verdict(rule.__name__, "need-window", *rule(ground, need, window)) for rule in NEED_WINDOW]


def judge_facilitation(
    ground: Ground, practice: GoodPractice, provider: str | None, window: FundingWindow
) -> list[Verdict]:
    """All verdicts on a practice at a provider and a funding window."""
    return [
        Verdict(rule.__name__, "practice-window", *rule(ground, practice, provider, window)) for rule in PROVIDER_WINDOW
    ]


def judge_investor(ground: Ground, need: Need, investor: Investor) -> list[Verdict]:
    """All verdicts on a need and an investor."""
    return [Verdict(rule.__name__, "need-investor", *rule(ground, need, investor)) for rule in NEED_INVESTOR]


def judge_office(ground: Ground, need: Need, office: ITPOOffice) -> list[Verdict]:
    """All verdicts on a need and an ITPO office."""
    return [Verdict(rule.__name__, "need-office", *rule(ground, need, office)) for rule in NEED_OFFICE]


def is_eligible(verdicts: list[Verdict]) -> bool:
    """Whether no rule failed; an unknown does not exclude."""
    return all(verdict.outcome is not Outcome.FAILED for verdict in verdicts)
