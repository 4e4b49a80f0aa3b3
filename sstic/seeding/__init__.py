"""Loading the reference data of ``seed_data``: all or nothing, and as often as one likes."""

from sstic.seeding.loading import SeedReport, seed
from sstic.seeding.problems import SeedError, SeedProblem

__all__ = ["SeedError", "SeedProblem", "SeedReport", "seed"]
