"""Third parties for pairs of first and second: a transport problem, solved exactly, and prices that belong to it."""

from typing import NamedTuple

import numpy as np
from ortools.graph.python import min_cost_flow

from matching.axial import AxialModel, positions
from matching.pricing import Array, Longs

# Larger than any difference of points.
FAR = 1 << 40


class Transport(NamedTuple):
    """The pair of first and third for each pair of first and second, -1 for none; and points per unit of every row."""

    third_pair: Longs
    prices: Longs


def transport(model: AxialModel, first: Longs, pair: Longs) -> Transport:
    """Give third parties, one unit of a row each, so that the points of the triples are most.

    Parameters
    ----------
    model
        The triples and their limits; only those of thirds' rows are kept here.
    first, pair
        Different first parties, rising, and the pair of each; shape (pairs,).

    Returns
    -------
    Transport
        ``third_pair`` (pairs,) and ``prices`` (rows,): the least duals of the transport, in whole points.
    """
    rows = np.unique(model.thirds.rows)
    number = np.diff(model.thirds.starts)[first]
    owner, places = np.repeat(np.arange(len(first)), number), positions(model.thirds.starts, first)
    across = model.across[model.seconds.columns[pair][owner], model.thirds.columns[places]].astype(np.int64)
    points = model.seconds.points[pair][owner].astype(np.int64) + model.thirds.points[places] + across
    there = np.flatnonzero((across >= 0) & (points > 0))
    owner, places, points = owner[there], places[there], points[there]
    row = np.searchsorted(rows, model.thirds.rows[places])
    taken = _flow(len(first), owner, row, points, model.right[rows])
    third_pair = np.full(len(first), -1, dtype=np.int64)
    third_pair[owner[taken]] = places[taken]
    prices = np.zeros(model.rows, dtype=np.int64)
    prices[rows] = _duals(
        _table(len(first), len(rows), owner, row, points), owner[taken], row[taken], model.right[rows]
    )
    return Transport(third_pair, prices)


def _flow(firsts: int, owner: Longs, row: Array, points: Longs, right: Longs) -> Longs:
    """The arcs of a cheapest flow; who goes without is led past the rows at no cost."""
    flow, rows, sink = min_cost_flow.SimpleMinCostFlow(), len(right), firsts + len(right)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(owner, firsts + row, np.ones_like(owner), -points)
    many = np.arange(firsts)
    flow.add_arcs_with_capacity_and_unit_cost(
        firsts + np.arange(rows), np.full(rows, sink), right, np.zeros_like(right)
    )
    flow.add_arcs_with_capacity_and_unit_cost(many, np.full(firsts, sink), np.ones_like(many), np.zeros_like(many))
    flow.set_nodes_supplies(np.append(many, sink), np.append(np.ones_like(many), -firsts))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("a transport that always has a solution was not solved")
    taken: Longs = np.flatnonzero(flow.flows(arcs) > 0)
    return taken


def _table(firsts: int, rows: int, owner: Longs, row: Array, points: Longs) -> Longs:
    """Points by first party and row; a first party may reach a row by several thirds, of which the best counts."""
    table = np.full((firsts, rows), -FAR, dtype=np.int64)
    np.maximum.at(table, (owner, row), points)
    return table


def _duals(table: Longs, owner: Longs, row: Array, right: Longs) -> Longs:
    """The least prices at which everybody is content with what they have: longest paths among the rows.

    Whoever goes without makes every row dear enough; whoever holds one row must not wish for another.
    """
    rows = len(right)
    prices: Longs = np.maximum(0, np.delete(table, owner, axis=0).max(axis=0, initial=-FAR))
    prices[np.bincount(row, minlength=rows) < right] = 0
    keeps = np.full((rows, rows), FAR, dtype=np.int64)
    for one in np.unique(row).tolist():
        mine = table[owner[row == one]]
        keeps[one] = (mine[:, [one]] - mine).min(axis=0)
    for _ in range(rows):
        raised = np.maximum(prices, (prices[:, None] - keeps).max(axis=0))
        if np.array_equal(raised, prices):
            break
        prices = raised
    return prices
