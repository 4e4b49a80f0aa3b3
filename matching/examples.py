"""Tiny problems with known answers, for tests, documentation and a first try."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from matching.problem import (
    Country,
    FundingWindow,
    GoodPractice,
    Investor,
    ITPOOffice,
    Need,
    PastProject,
    Problem,
    Theme,
)

DAY = date(2026, 1, 1)


def country(key: str, **facts: object) -> Country:
    """A made-up country of the South."""
    plain: dict[str, object] = {
        "name": f"Country {key}",
        "latitude": float(ord(key[0]) - 78),
        "longitude": float(ord(key[-1]) - 78),
        "region": "South",
        "subregion": "South",
        "southern": True,
        "income_group": "LM",
        "oda_eligible": True,
        "languages": frozenset({"en"}),
    }
    return Country(key=key, **{**plain, **facts})  # type: ignore[arg-type]


def need(key: str, where: str, **facts: object) -> Need:
    """A made-up need for energy management."""
    plain: dict[str, object] = {
        "title": f"Need {key}",
        "text": "Firms want energy management.",
        "action_area": "environment",
        "themes": frozenset({"E_ENMS"}),
        "isic": frozenset({"C24"}),
        "sdg_targets": frozenset({"7.3"}),
        "modalities": frozenset({"training"}),
    }
    return Need(key=key, country=where, **{**plain, **facts})  # type: ignore[arg-type]


def practice(key: str, *providers: str, **facts: object) -> GoodPractice:
    """A made-up practice of energy management."""
    plain: dict[str, object] = {
        "title": f"Practice {key}",
        "text": "Energy management in firms.",
        "institution": f"institution-{key}",
        "institution_name": f"Institution {key}",
        "action_area": "environment",
        "themes": frozenset({"E_ENMS"}),
        "isic": frozenset({"C24"}),
        "sdg_targets": frozenset({"7.3"}),
    }
    return GoodPractice(key=key, providers=providers, **{**plain, **facts})  # type: ignore[arg-type]


def window(key: str, **facts: object) -> FundingWindow:
    """A made-up multilateral window that is open and accepts everyone."""
    plain: dict[str, object] = {
        "name": f"Window {key}",
        "donor": f"Donor {key}",
        "donor_country": None,
        "donor_type": "multilateral",
        "instrument": "grant",
        "kind": "call",
        "action_areas": frozenset({"environment"}),
        "themes": frozenset({"E_ENMS"}),
        "accepts": frozenset({"AAA", "BBB", "CCC"}),
        "open_to": date(2026, 12, 31),
    }
    return FundingWindow(key=key, **{**plain, **facts})  # type: ignore[arg-type]


THEMES = (
    Theme(key="E_LOWCARB", action_area="environment", label="Low-carbon technology"),
    Theme(key="E_ENMS", action_area="environment", label="Energy management", parent="E_LOWCARB"),
    Theme(key="S_TVET", action_area="skills", label="Workforce skills"),
)


def one_of_each() -> Problem:
    """One need, one practice and one window that go together: the plan holds exactly this proposal."""
    return Problem(
        as_of=DAY,
        countries=(country("AAA", ldc=True, income_group="L"), country("BBB"), country("CCC")),
        themes=THEMES,
        needs=(need("N1", "AAA"),),
        practices=(practice("P1", "BBB"),),
        windows=(window("W1"),),
        projects=(PastProject(key="X1", title="Earlier work", beneficiaries=("AAA",), providers=("BBB",), year=2015),),
    )


def one_slot_for_two() -> Problem:
    """Two needs want the only slot of one provider: the plan serves the LDC, and tells the other what it would take."""
    return replace(one_of_each(), needs=(need("N1", "AAA"), need("N2", "CCC")), institution_slots={"institution-P1": 1})


def nothing_possible() -> Problem:
    """A need whose theme no practice has: nothing is possible, and a common theme is the smallest change."""
    return replace(one_of_each(), needs=(need("N1", "AAA", themes=frozenset({"S_TVET"})),))


def with_investment() -> Problem:
    """One need that invites investment, an investor and an office, beside the triangular side."""
    return replace(
        one_of_each(),
        needs=(need("N1", "AAA", modalities=frozenset({"investment"}), budget=Decimal(2_000_000)),),
        investors=(
            Investor(
                key="V1",
                name="Investor V1",
                home="CCC",
                themes=frozenset({"E_ENMS"}),
                accepts=frozenset({"AAA"}),
                min_ticket=Decimal(1_000_000),
                max_ticket=Decimal(5_000_000),
            ),
        ),
        offices=(ITPOOffice(key="O1", name="Office O1", host="CCC", serves=frozenset({"AAA"}), case_capacity=1),),
    )


def budget_for_one() -> Problem:
    """Two needs of 60 each before a window of 100: only one of them can be funded."""
    cost = {"budget": Decimal(60)}
    return replace(
        one_of_each(),
        needs=(need("N1", "AAA", **cost), need("N2", "CCC", **cost)),
        windows=(window("W1", budget=Decimal(100)),),
    )
