"""`python -m tests.simulation [PEOPLE [DAYS [TASKS_EACH [SEED]]]]`: 500 people, 400 days; two tasks for each of them.

Two organisations, each with half of the people, in two processes. The exit status is 1 if anything differs.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from time import perf_counter

from tests.simulation.figures import run
from tests.simulation.invented import invent

USUAL = (500, 400, 2, 11)
SHOWN = 20  # differences


def main() -> int:
    """Print the table, the time it took, and the first differences."""
    words = sys.argv[1:]
    people, days, each, seed = (*(float(word) for word in words), *USUAL[len(words) :])
    begin = perf_counter()
    scripts = [invent(int(seed) + half, int(people) // 2, int(days), each) for half in (0, 1)]
    with ProcessPoolExecutor(2) as pool:
        first, second = pool.map(run, scripts)
    figures = first + second
    print(figures.table())
    print(f"{int(days)} days took {perf_counter() - begin:.0f} s.")
    print(*figures.faults[:SHOWN], sep="\n")
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
