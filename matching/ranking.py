"""The ranking model: signals with non-negative weights, fitted as a choice among all candidates.

The points of a candidate are the sum of weight x signal, so each point traces to one signal and its facts, and more of
a signal never lowers a candidate. The weights are those of a conditional logit (McFadden 1974): they make what was
chosen in past projects likely among all that could have been. No weight belongs to a country.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from matching.past_projects import Cases, Flags, Floats, Indices, Task
from matching.setting import Setting
from matching.signals import signals_of
from matching.view import Known, View

Signals = npt.NDArray[np.float32]
WEIGHTS_FILE = "ranking_weights.json"
# Weight decay, in projects: weights that few projects speak for stay near 0.
DECAY = 10.0
# A provider of n projects counts in the fit as n / (n + 10): neither the busiest alone, nor every rare one in full.
EVENED = 10.0
FIT_STEPS = 80
MOST_FITTED = 6000
BLOCK = 512
FAR_BELOW = np.float32(-1e9)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The weights of one task by signal; a signal that is left out has none."""

    task: str
    weights: Mapping[str, float]

    def points(self, table: Signals) -> Floats:
        """Points of every candidate; ``table`` has shape (cases, candidates, signals) in the order of ``weights``."""
        points: Floats = (table @ np.array(list(self.weights.values()), dtype=np.float32)).astype(float)
        return points


def signal_table(view: View, names: Sequence[str]) -> Signals:
    """The named signals; shape (cases, candidates, signals).

    What is unknown takes the mean of what is known of the question's other candidates, so that a missing fact neither
    lifts a country nor pushes it down.
    """
    made = signals_of(view.cases.task)
    table = np.empty((len(view.asked), len(view.cases.candidates), len(names)), dtype=np.float32)
    for number, name in enumerate(names):
        table[:, :, number] = _filled(made[name](view))
    return table


def _filled(signal: Floats) -> Floats:
    unknown = np.isnan(signal)
    known = (~unknown).sum(axis=1)
    mean = np.where(unknown, 0.0, signal).sum(axis=1) / np.maximum(known, 1)
    return np.where(unknown, mean[:, None], signal)


def fit(setting: Setting, cases: Cases, known: Known, names: Sequence[str], start: Ranking | None = None) -> Ranking:
    """Weights from the training part: each of its cases asked with all others, but its group and later years, known.

    Parameters
    ----------
    setting, cases
        What is known of countries, and the cases that ``known`` numbers.
    known
        The training part; nothing else is looked at.
    names
        The signals to weigh.
    start
        Weights to begin from; they change the time that it takes and, within rounding, nothing else.
    """
    asked = known.past[:: len(known.past) // MOST_FITTED + 1]
    if not len(asked):
        return Ranking(cases.task.name, dict.fromkeys(names, 0.0))
    view = View(setting, cases, asked, known)
    first = None if start is None else np.array([start.weights.get(name, 0.0) for name in names])
    weights = fit_choice(
        signal_table(view, names), cases.open(asked), cases.answer[asked], importance(cases, asked), first
    )
    return Ranking(cases.task.name, dict(zip(names, weights.tolist(), strict=True)))


def importance(cases: Cases, asked: Indices) -> Floats:
    """What each case counts in the fit; shape (cases,), summing to the number of projects."""
    share, provider = cases.share[asked], cases.party["provider"][asked]
    number = np.bincount(provider, weights=share)[provider]
    evened = share / (number + EVENED)
    scaled: Floats = evened * (share.sum() / evened.sum())
    return scaled


def fit_choice(
    table: Signals, candidates: Flags, answer: Indices, importance: Floats, start: Floats | None = None
) -> Floats:
    """Non-negative weights of a conditional logit, by bounded quasi-Newton steps (L-BFGS-B, Byrd et al. 1995).

    Parameters
    ----------
    table
        Signals, shape (cases, candidates, signals).
    candidates
        Which candidates stand for choice, shape (cases, candidates).
    answer
        The chosen candidate of each case.
    importance
        What each case counts.
    start
        Weights to begin from, 0.2 each by default.

    Returns
    -------
    array, shape (signals,)
    """
    from scipy.optimize import minimize

    cases, number, signals = table.shape
    flat = table.reshape(-1, signals)
    shut = np.where(candidates, np.float32(0), FAR_BELOW)
    rows = np.arange(cases)
    chosen = importance @ table[rows, answer].astype(float)
    counts = importance.astype(np.float32)[:, None]

    def loss(weights: Floats) -> tuple[float, Floats]:
        points = (flat @ weights.astype(np.float32)).reshape(cases, number) + shut
        points -= points.max(axis=1, keepdims=True)
        raised = np.exp(points)
        total = raised.sum(axis=1, keepdims=True)
        likelihood = float(importance @ (points[rows, answer] - np.log(total[:, 0])))
        slope = chosen - (raised / total * counts).reshape(-1) @ flat
        value = DECAY / 2 * float(weights @ weights) - likelihood
        return value / importance.sum(), (DECAY * weights - slope) / importance.sum()

    found = minimize(
        loss,
        np.full(signals, 0.2) if start is None else start,
        jac=True,
        bounds=[(0.0, None)] * signals,
        method="L-BFGS-B",
        options={"maxiter": FIT_STEPS, "ftol": 1e-7},
    )
    weights: Floats = np.round(found.x, 4)
    return weights


def ranks(points: Floats, candidates: Flags, answer: Indices) -> Floats:
    """Rank of the answer among the open candidates, 1 for the best; a tie counts as the middle of its ranks.

    Parameters
    ----------
    points, candidates
        Shape (cases, candidates).
    answer
        Shape (cases,).
    """
    own = points[np.arange(len(points)), answer][:, None]
    above = ((points > own) & candidates).sum(axis=1)
    tied = ((points == own) & candidates).sum(axis=1) - 1
    middle: Floats = 1.0 + above + tied / 2.0
    return middle


def frozen(task: Task) -> Ranking:
    """The weights that this version carries, fitted on all projects of the seed data."""
    told = json.loads(files("matching").joinpath(WEIGHTS_FILE).read_text(encoding="utf-8"))
    return Ranking(task.name, told["weights"][task.name])
