"""Compiled loops over arrays, and blocks of rows done side by side."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])
# Rows that one thread walks over before it takes the next block.
BLOCK = 128


def compiled(function: Function) -> Function:
    """The function as machine code, kept on disk and free of Python's lock; never reorders floating point sums."""
    try:
        return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))
    except RuntimeError:  # neither the package's folder nor the user's cache folder can be written
        return cast(Function, numba.njit(nogil=True, error_model="numpy")(function))


def in_blocks(work: Callable[[int, int], object], rows: int) -> None:
    """Do ``work(first, last)`` for blocks of rows, in as many threads as there are processors.

    Blocks write to places of their own, so the number of threads changes nothing but the time. Numba's own threads
    are not used: they end the process when two of its threads call them at once.
    """
    if rows <= BLOCK:
        work(0, rows)
        return
    threads: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]  # set when numba loads
    size = max(BLOCK, rows // (8 * threads))
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda first: work(first, min(first + size, rows)), range(0, rows, size)))
