"""Rows to a frozen ``matching.Problem``: what a run computes on."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

import matching
from sstic.tables.classifications import Theme
from sstic.tables.countries import (
    CooperationProject,
    Country,
    CountryFact,
    Grouping,
    Indicator,
    IndicatorValue,
    Membership,
    TreatyParty,
)
from sstic.tables.funding import FundingWindow
from sstic.tables.good_practices import Capability, GoodPractice
from sstic.tables.investment import Investor, ITPOOffice, Mandate
from sstic.tables.needs import Need
from sstic.tables.organizations import Organization

INCOME_CODES = {"L", "LM", "UM", "H"}
ROLES = ("beneficiary", "provider", "facilitator")
Members = Mapping[str, frozenset[str]]


def build_problem(session: Session, as_of: date) -> matching.Problem:
    """The open needs, published practices, and every window, investor and office, as they stand on ``as_of``."""
    members = _members(session)
    return replace(
        build_supply(session, as_of),
        needs=tuple(_needs(session, as_of)),
        investors=tuple(_investors(session, members)),
        offices=tuple(_offices(session, members)),
        institution_slots=_institution_slots(session, as_of),
        country_slots=_country_slots(session, as_of),
    )


def build_supply(session: Session, as_of: date) -> matching.Problem:
    """What a need can be met with: published practices and windows, and what is known of countries; without needs."""
    members = _members(session)
    return matching.Problem(
        as_of=as_of,
        countries=tuple(_countries(session, as_of, members)),
        themes=tuple(
            matching.Theme(key=row.code, action_area=row.action_area, label=row.label, parent=row.parent_code)
            for row in session.scalars(sa.select(Theme))
        ),
        practices=tuple(_practices(session)),
        windows=tuple(_windows(session, members)),
        projects=tuple(_projects(session)),
    )


def current_needs(session: Session) -> dict[str, matching.Need]:
    """The open needs as they stand now, by key; tells which of a snapshot's have changed since."""
    return {need.key: need for need in _needs(session, datetime.now(UTC).date())}


def _members(session: Session) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for grouping, iso3 in session.execute(sa.select(Membership.grouping_code, Membership.iso3)):
        found[grouping].add(iso3)
    return {code: frozenset(countries) for code, countries in found.items()}


def _facts(session: Session, as_of: date) -> dict[str, dict[str, str]]:
    """Country to kind to value, of the facts that hold on a day."""
    holds = sa.and_(
        CountryFact.valid_from <= as_of, sa.or_(CountryFact.valid_to.is_(None), CountryFact.valid_to >= as_of)
    )
    found: dict[str, dict[str, str]] = defaultdict(dict)
    columns = sa.select(CountryFact.iso3, CountryFact.kind, CountryFact.value).where(holds)
    for iso3, kind, value in session.execute(columns.order_by(CountryFact.valid_from)):
        found[iso3][kind] = value
    return found


def _history(session: Session) -> dict[str, dict[str, list[tuple[int, float]]]]:
    """Country to series to (year, value), earliest first, of the series that tell how countries resemble each other."""
    found: dict[str, dict[str, list[tuple[int, float]]]] = defaultdict(lambda: defaultdict(list))
    columns = (
        sa.select(IndicatorValue.iso3, IndicatorValue.indicator_code, IndicatorValue.year, IndicatorValue.value)
        .join(Indicator, Indicator.code == IndicatorValue.indicator_code)
        .where(Indicator.used_for_resemblance)
        .order_by(IndicatorValue.year)
    )
    for iso3, code, year, value in session.execute(columns):
        found[iso3][code].append((year, value))
    return found


def _treaties(session: Session) -> dict[str, set[str]]:
    """Country to the treaties that it is known to be a party of."""
    found: dict[str, set[str]] = defaultdict(set)
    columns = sa.select(TreatyParty.iso3, TreatyParty.treaty_code).where(TreatyParty.standing.startswith("party"))
    for iso3, code in session.execute(columns):
        found[iso3].add(code)
    return found


def _countries(session: Session, as_of: date, members: Members) -> Iterable[matching.Country]:
    facts, history, treaties = _facts(session, as_of), _history(session), _treaties(session)
    regional = set(session.scalars(sa.select(Grouping.code).where(Grouping.kind == "regional")))
    southern = members.get("G77", frozenset()) | members.get("DEVELOPING", frozenset())
    for row in session.scalars(sa.select(Country).options(selectinload(Country.languages))):
        known = facts.get(row.iso3, {})
        income = known.get("income_group")
        yield matching.Country(
            key=row.iso3,
            name=row.name_en,
            latitude=row.latitude,
            longitude=row.longitude,
            region=row.region,
            subregion=row.subregion,
            southern=row.iso3 in southern,
            income_group=income if income in INCOME_CODES else None,
            ldc=known.get("ldc") == "yes",
            lldc=known.get("lldc") == "yes",
            sids=known.get("sids") == "yes",
            oda_eligible=_oda(known.get("oda_eligible"), row.iso3 in members.get("DEVELOPING", frozenset())),
            languages=frozenset(one.language_code for one in row.languages if one.standing != "official_regional"),
            groupings=frozenset(code for code in regional if row.iso3 in members.get(code, frozenset())),
            indicators={code: values[-1][1] for code, values in history.get(row.iso3, {}).items()},
            history={code: tuple(values) for code, values in history.get(row.iso3, {}).items()},
            treaties=frozenset(treaties.get(row.iso3, ())),
        )


def _oda(value: str | None, is_developing: bool) -> bool | None:
    """The derived ODA fact; a developing country that the rule leaves out is a case to ask about, not a no."""
    if value is None:
        return None
    return True if value == "yes" else (None if is_developing else False)


def _needs(session: Session, as_of: date) -> Iterable[matching.Need]:
    """The open needs; one past its last day is none of them, whether or not its state says so already."""
    stands = sa.or_(Need.expires_on.is_(None), Need.expires_on >= as_of)
    rows = sa.select(Need).where(Need.status == "open", stands)
    loads = [
        selectinload(part) for part in (Need.themes, Need.isic, Need.sdg_targets, Need.modalities, Need.organization)
    ]
    for row in session.scalars(rows.options(*loads)):
        yield matching.Need(
            key=row.reference,
            country=row.country_iso3,
            title=row.title,
            text=row.statement,
            action_area=row.action_area,
            themes=frozenset(one.theme_code for one in row.themes),
            isic=frozenset(one.isic_code for one in row.isic),
            sdg_targets=frozenset(one.target_code for one in row.sdg_targets),
            modalities=frozenset(one.modality for one in row.modalities),
            budget=row.budget_amount,
            currency=row.budget_currency or "USD",
            self_financing_share=row.self_financing_share,
            endorsed=True if row.endorsed_at is not None else None,
            owner=row.organization.name if row.organization is not None else None,
            priority=row.priority,
        )


def _practices(session: Session) -> Iterable[matching.GoodPractice]:
    parts = (
        GoodPractice.themes,
        GoodPractice.isic,
        GoodPractice.sdg_targets,
        GoodPractice.providers,
        GoodPractice.replications,
        GoodPractice.institution,
    )
    rows = sa.select(GoodPractice).where(GoodPractice.status == "published").options(*map(selectinload, parts))
    for row in session.scalars(rows):
        yield matching.GoodPractice(
            key=row.reference,
            title=row.title,
            text=row.summary,
            providers=tuple(sorted(one.iso3 for one in row.providers)),
            institution=row.institution.reference if row.institution is not None else None,
            institution_name=row.institution_name,
            action_area=row.action_area,
            themes=frozenset(one.theme_code for one in row.themes),
            isic=frozenset(one.isic_code for one in row.isic),
            sdg_targets=frozenset(one.target_code for one in row.sdg_targets),
            replicated_in=frozenset(
                one.iso3 for one in row.replications if one.origin == "published" or one.is_confirmed
            ),
            results=None if row.results_kind == "unknown" else row.results_kind,
            start_year=row.start_year,
        )


def _accepts(named: Iterable[str], groupings: Iterable[str], members: Members) -> frozenset[str] | None:
    """All countries named directly or through a grouping; None where nothing is named: unknown."""
    direct = frozenset(named)
    through = frozenset(country for code in groupings for country in members.get(code, frozenset()))
    return (direct | through) or None


def _windows(session: Session, members: Members) -> Iterable[matching.FundingWindow]:
    parts = (
        FundingWindow.areas,
        FundingWindow.themes,
        FundingWindow.groupings,
        FundingWindow.countries,
        FundingWindow.donor,
    )
    for row in session.scalars(sa.select(FundingWindow).options(*map(selectinload, parts))):
        taken = [one.grouping_code for one in row.groupings if not one.excluded]
        refused = [one.grouping_code for one in row.groupings if one.excluded]
        named = [one.iso3 for one in row.countries]
        # A complete list of countries narrows the region that the donor words; otherwise it only adds to it.
        narrowed = named and row.eligible_countries_complete
        yield matching.FundingWindow(
            key=row.reference,
            name=row.name,
            donor=row.donor.name,
            donor_country=row.donor.country_iso3,
            donor_type=row.donor_type,
            instrument=row.instrument,
            kind=row.kind,
            action_areas=frozenset(one.action_area for one in row.areas),
            themes=frozenset(one.theme_code for one in row.themes),
            budget=row.total_budget,
            min_ticket=row.min_ticket,
            max_ticket=row.max_ticket,
            currency=row.currency,
            budget_group=row.budget_group,
            cofinancing_share=row.cofinancing_share,
            min_parties=row.min_parties,
            accepts=_accepts(named, [] if narrowed else taken, members),
            accepts_complete=row.eligible_countries_complete,
            excludes=_accepts([], refused, members) or frozenset(),
            open_from=row.open_from,
            open_to=row.open_to,
            recurs=row.recurs,
        )


def _investors(session: Session, members: Members) -> Iterable[matching.Investor]:
    mandates = selectinload(Investor.mandates)
    parts = (Mandate.themes, Mandate.isic, Mandate.groupings, Mandate.countries)
    rows = sa.select(Investor).options(
        selectinload(Investor.organization), *(mandates.selectinload(one) for one in parts)
    )
    for row in session.scalars(rows):
        for mandate in row.mandates:
            named = [one.iso3 for one in mandate.countries]
            groupings = [one.grouping_code for one in mandate.groupings]
            closed = bool(named) and not mandate.countries_are_examples
            yield matching.Investor(
                key=row.reference,
                name=row.organization.name,
                home=row.organization.country_iso3,
                themes=frozenset(one.theme_code for one in mandate.themes),
                isic=frozenset(one.isic_code for one in mandate.isic),
                accepts=_accepts(named, [] if closed else groupings, members),
                accepts_complete=closed or bool(groupings),
                min_ticket=mandate.min_ticket,
                max_ticket=mandate.max_ticket,
                currency=mandate.currency,
                deals=mandate.deals_per_year,
                text=mandate.sustainability_focus or "",
            )


def _offices(session: Session, members: Members) -> Iterable[matching.ITPOOffice]:
    parts = (ITPOOffice.organization, ITPOOffice.groupings)
    for row in session.scalars(sa.select(ITPOOffice).options(*map(selectinload, parts))):
        yield matching.ITPOOffice(
            key=row.reference,
            name=row.organization.name,
            host=row.host_iso3,
            serves=_accepts([], [one.grouping_code for one in row.groupings], members),
            case_capacity=row.case_capacity,
            text=row.sectors_text,
        )


def _projects(session: Session) -> Iterable[matching.PastProject]:
    for row in session.scalars(sa.select(CooperationProject).options(selectinload(CooperationProject.parties))):
        parties = {
            role: tuple(sorted(one.iso3 or one.party for one in row.parties if one.role == role)) for role in ROLES
        }
        yield matching.PastProject(
            key=row.reference,
            title=row.title,
            beneficiaries=parties["beneficiary"],
            providers=parties["provider"],
            facilitators=parties["facilitator"],
            action_area=row.action_area,
            subjects=tuple(row.subjects.split(";")),
            isic=frozenset(filter(None, (row.isic or "").split(";"))),
            year=row.start_year,
            source_url=row.source_url,
        )


def _institution_slots(session: Session, as_of: date) -> dict[str, int]:
    """Slots of the year by the reference of the institution."""
    columns = sa.select(Organization.reference, Capability.slots_per_year)
    joined = columns.join(Organization, Organization.id == Capability.institution_id)
    return dict(session.execute(joined.where(Capability.year == as_of.year)).all())


def _country_slots(session: Session, as_of: date) -> dict[str, int]:
    """Slots of the year by provider country."""
    columns = sa.select(Country.iso3, Capability.slots_per_year)
    joined = columns.join(Country, Country.iso3 == Capability.country_iso3)
    return dict(session.execute(joined.where(Capability.year == as_of.year)).all())
