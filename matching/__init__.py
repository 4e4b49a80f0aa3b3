"""South-South partner matching: triangular proposals and investment pairings with a proven bound.

The front door is :func:`solve`; :func:`near_best` gives several plans to choose from. The referee that trusts neither
is :func:`broken_rules`, and :func:`too_alike` for several plans.
"""

from matching.candidates import find_candidates
from matching.explain import WhyNot, best_triples, why_not
from matching.near import NearBest, near_best
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
from matching.referee import broken_rules, too_alike
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
    "NearBest",
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
    "find_candidates",
    "near_best",
    "solve",
    "too_alike",
    "why_not",
]
