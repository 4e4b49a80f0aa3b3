"""Every table. Importing this package registers them all on ``Table.metadata``."""

from sstic.tables import (
    accounts,
    audit,
    classifications,
    countries,
    funding,
    good_practices,
    investment,
    judgements,
    match_runs,
    needs,
    organizations,
    proposals,
    verification,
)
from sstic.tables.base import Table

__all__ = [
    "Table",
    "accounts",
    "audit",
    "classifications",
    "countries",
    "funding",
    "good_practices",
    "investment",
    "judgements",
    "match_runs",
    "needs",
    "organizations",
    "proposals",
    "verification",
]
