"""Measures of rankings, each project counting once, with intervals from resampled near-repeat groups."""

from dataclasses import dataclass

import numpy as np

from matching.past_projects import Cases, Flags, Floats, Indices

RESAMPLES = 1000
INTERVAL = (2.5, 97.5)
NDCG_DEPTH = 10
DECIMALS = 4
ROWS_AT_ONCE = 50
Figures = dict[str, float | list[float] | None]


def gains(rank: Floats) -> Floats:
    """What each case adds to every measure; shape (cases, 5): reciprocal rank, hits at 1, 5 and 10, and DCG.

    With other true answers left out of the candidates, a question has one relevant answer, so that NDCG@10 is
    1 / log2(1 + rank) up to rank 10 (Jarvelin and Kekalainen 2002).
    """
    within = rank <= NDCG_DEPTH
    discounted = np.where(within, 1.0 / np.log2(1.0 + rank), 0.0)
    return np.column_stack((1.0 / rank, rank <= 1, rank <= 5, within, discounted)).astype(float)


MEASURES = ("mrr", "hits_1", "hits_5", "hits_10", "ndcg_10")


@dataclass(frozen=True)
class Sample:
    """The cases that were ranked, and how to average over them."""

    share: Floats
    group: Indices
    provider: Indices

    @classmethod
    def of(cls, cases: Cases, asked: Indices) -> "Sample":
        """The cases ``asked``."""
        return cls(cases.share[asked], cases.group[asked], cases.party["provider"][asked])

    def only(self, kept: Flags) -> "Sample":
        """Some of the cases."""
        return Sample(self.share[kept], self.group[kept], self.provider[kept])

    def figures(self, gained: Floats, seed: int) -> Figures:
        """Every measure with its interval, and MRR as a mean over providers.

        Parameters
        ----------
        gained
            As :func:`gains` gives it, shape (cases, 5).
        seed
            Of the resampling.
        """
        if not len(gained):
            names = ("mrr", "mrr_mean_over_providers", *MEASURES[1:])
            return {f"{name}{end}": None for name in names for end in ("", "_interval")}
        means, over_providers = self._means(gained, np.ones((1, self._groups)))
        spread, spread_over = self._resampled(gained, seed)
        found: Figures = {"mrr": _rounded(means[0, 0]), "mrr_interval": _interval(spread[:, 0])}
        found["mrr_mean_over_providers"] = _rounded(over_providers[0])
        found["mrr_mean_over_providers_interval"] = _interval(spread_over)
        for number, name in enumerate(MEASURES[1:], start=1):
            found[name] = _rounded(means[0, number])
            found[f"{name}_interval"] = _interval(spread[:, number])
        return found

    def mrr(self, gained: Floats) -> tuple[float, float]:
        """MRR over projects, and as a mean over providers; 0 for no cases."""
        means, over_providers = self._means(gained, np.ones((1, self._groups)))
        return _rounded(means[0, 0]), _rounded(over_providers[0])

    @property
    def _groups(self) -> int:
        return len(np.unique(self.group))

    def _means(self, gained: Floats, times: Floats) -> tuple[Floats, Floats]:
        """Means of the measures when each group is taken some times.

        Parameters
        ----------
        gained
            Shape (cases, measures).
        times
            Shape (samples, groups).

        Returns
        -------
        means of shape (samples, measures), and MRR over providers of shape (samples,)
        """
        group = np.unique(self.group, return_inverse=True)[1]
        totals = times @ _sums(group, self.share[:, None] * gained, times.shape[1])
        weight = times @ _sums(group, self.share[:, None], times.shape[1])
        providers, which = np.unique(self.provider, return_inverse=True)
        over = np.zeros(len(times))
        present = np.zeros(len(times))
        for number in range(len(providers)):
            mine = which == number
            both = np.column_stack((self.share[mine] * gained[mine, 0], self.share[mine]))
            sums = times @ _sums(group[mine], both, times.shape[1])
            there = sums[:, 1] > 0
            over += np.divide(sums[:, 0], sums[:, 1], out=np.zeros(len(times)), where=there)
            present += there
        return totals / np.maximum(weight, 1e-12), over / np.maximum(present, 1)

    def _resampled(self, gained: Floats, seed: int) -> tuple[Floats, Floats]:
        """The means over groups drawn with replacement, 1,000 times."""
        chance = np.random.Generator(np.random.PCG64(seed))
        found = []
        for _ in range(RESAMPLES // ROWS_AT_ONCE):
            drawn = chance.multinomial(self._groups, np.full(self._groups, 1.0 / self._groups), ROWS_AT_ONCE)
            found.append(self._means(gained, drawn.astype(float)))
        return np.concatenate([means for means, _ in found]), np.concatenate([over for _, over in found])


def _sums(group: Indices, values: Floats, groups: int) -> Floats:
    """Sums of rows by group; shape (groups, columns)."""
    sums = np.zeros((groups, values.shape[1]))
    np.add.at(sums, group, values)
    return sums


def _rounded(value: float) -> float:
    return round(float(value), DECIMALS)


def _interval(values: Floats) -> list[float]:
    return [_rounded(one) for one in np.percentile(values, INTERVAL)]
