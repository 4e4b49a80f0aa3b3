"""South-South partner matching: triangular proposals and investment pairings with a proven bound.

The front door is :func:`solve`; :func:`broken_rules` is the referee that does not trust it.
"""

from matching.explain import WhyNot, best_triples, why_not
from matching.plan import Plan, Status
from matching.problem import (
    ACTION_AREAS,
    Country,
    FundingWindow,
    GoodPractice,
    Investor,
    ITPOOffice,
    Need,
    PastProject,
    Problem,
    ProblemError,
    Theme,
)
from matching.referee import broken_rules
from matching.rules import GroupFloor, Pairing, Rules, RulesError
from matching.solve import solve
from matching.unmatched import apply_changes

__version__ = "0.1.0"

__all__ = [
    "ACTION_AREAS",
    "Country",
    "FundingWindow",
    "GoodPractice",
    "GroupFloor",
    "ITPOOffice",
    "Investor",
    "Need",
    "Pairing",
    "PastProject",
    "Plan",
    "Problem",
    "ProblemError",
    "Rules",
    "RulesError",
    "Status",
    "Theme",
    "WhyNot",
    "__version__",
    "apply_changes",
    "best_triples",
    "broken_rules",
    "solve",
    "why_not",
]
