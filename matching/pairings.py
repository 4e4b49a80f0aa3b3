"""Pairings of pins, vetoes and earlier plans as positions: which need, which second and which third parties."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.candidates import Candidates
from matching.rules import Pairing

Bools = npt.NDArray[np.bool_]
PARTIES = {"triangular": ("practice", "provider", "window"), "investment": ("investor", "office")}


class Found(NamedTuple):
    """The position of the need, and masks over second and third parties; None stands for any."""

    need: int | None
    second: Bools | None
    third: Bools | None


class Finder:
    """Resolves pairings of one mode, ``triangular`` or ``investment``."""

    def __init__(self, candidates: Candidates, mode: str) -> None:
        problem = candidates.problem
        self._mode = mode
        self._needs = {need.key: position for position, need in enumerate(problem.needs)}
        if mode == "triangular":
            practices = [problem.practices[one].key for one in candidates.offers.practice.tolist()]
            self._keys: Mapping[str, npt.NDArray[np.generic]] = {
                "practice": np.array(practices, dtype=np.str_),
                "provider": np.array([one or "" for one in candidates.offers.provider], dtype=np.str_),
                "window": np.array([one.key for one in problem.windows], dtype=np.str_),
            }
        else:
            self._keys = {
                "investor": np.array([one.key for one in problem.investors], dtype=np.str_),
                "office": np.array([one.key for one in problem.offices], dtype=np.str_),
            }

    def of(self, pairing: Pairing) -> Found | None:
        """None where the pairing names a need that does not exist or a party that this mode does not have."""
        parties = pairing.parties()
        key = parties.pop("need", None)
        if (key is not None and key not in self._needs) or not set(parties) <= set(PARTIES[self._mode]):
            return None
        masks: dict[str, Bools] = {name: self._keys[name] == value for name, value in parties.items()}
        third = masks.pop(PARTIES[self._mode][-1], None)
        second: Bools | None = None
        for mask in masks.values():
            second = mask if second is None else second & mask
        return Found(None if key is None else self._needs[key], second, third)
