"""What a ranking must beat. Each baseline is made of what the view may know; ties go to the more popular candidate."""

import numpy as np

from matching.past_projects import Floats, Task
from matching.signals import Signal
from matching.view import View
from matching.wording import plain_closeness

# Far below the least difference between two counts.
TIE = 1e-6


def chance(view: View) -> Floats:
    """Drawn from a fixed seed."""
    return np.random.Generator(np.random.PCG64(0)).uniform(size=(len(view.asked), len(view.cases.candidates)))


def popularity(view: View) -> Floats:
    """Number of known projects."""
    return view.count(np.ones(()))


def _with_ties(view: View, counts: Floats) -> Floats:
    broken: Floats = counts + TIE * popularity(view)
    return broken


def popularity_in_region(role: str) -> Signal:
    """Number of known projects in the region of the given party."""
    return lambda view: _with_ties(view, view.count(view.between(role, view.setting.region)))


def popularity_in_theme(view: View) -> Floats:
    """Number of known projects on any of the subjects."""
    return _with_ties(view, view.count((view.subject > 0).astype(float)))


def nearest_in_region(role: str) -> Signal:
    """Partners of the party's neighbours in its region, the nearest first; its own past left out."""

    def signal(view: View) -> Floats:
        near = view.setting.near**4 * view.setting.region
        np.fill_diagonal(near, 0.0)
        return _with_ties(view, view.count(view.between(role, near)))

    return signal


def text(view: View) -> Floats:
    """Sum of the plain text similarities to the candidate's known projects."""
    return _with_ties(view, view.count(plain_closeness(view)))


def own_past(role: str) -> Signal:
    """Number of known projects with the given party: the seen pair, the provider's own past."""
    return lambda view: _with_ties(view, view.count(view.same(role)))


def own_past_then_region_and_theme(role: str, past: str) -> Signal:
    """Number of known projects with the party; ties by the sum of the shares in the region and in the theme."""

    def signal(view: View) -> Floats:
        region = view.count(view.between(role, view.setting.region))
        theme = view.count((view.subject > 0).astype(float))
        shares = [one / np.maximum(one.sum(axis=1, keepdims=True), 1e-9) for one in (region, theme)]
        return _with_ties(view, 10.0 * view.count(view.same(past)) + shares[0] + shares[1])

    return signal


def baselines_of(task: Task) -> dict[str, Signal]:
    """All baselines by the name that the report gives them.

    Region and neighbours are those of the first given party, the past is that of the last: the provider of a pair.
    """
    role, past = task.given[0], task.given[-1]
    return {
        "random": chance,
        "popularity": popularity,
        "popularity_in_region": popularity_in_region(role),
        "popularity_in_theme": popularity_in_theme,
        "nearest_in_region": nearest_in_region(role),
        "text": text,
        "own_past": own_past(past),
        "own_past_region_theme": own_past_then_region_and_theme(role, past),
    }
