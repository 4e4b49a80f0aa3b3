"""The room of match runs: the only one that calls ``matching``."""
