"""How long it takes to understand, or refuse, a deadline: `python -m tests.bench.deadline_phrases`.

Prints milliseconds. The first line is the first phrase of a process, which builds the grammars and loads the holidays.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from time import perf_counter

from bot.policy.calendar import calendar_of
from bot.policy.deadlines import LONGEST, Unclear, parse
from tests.support.phrases import nonsense, table

NOW = datetime(2026, 12, 2, 3, 15, tzinfo=UTC)
HANOI = calendar_of("Asia/Ho_Chi_Minh", "VN")
WORST = [
    "ngày " * 12,
    "thứ hai " * 8,
    "by " * 21,
    "do " * 21,
    "1 2 3 4 5 6 7 8 9 " * 3,
    "twenty-" * 9,
    "9" * LONGEST,
    "9:" * 32,
    "a'" * 32,
    "99 working days",
]


def milliseconds(phrase: str) -> float:
    """One phrase, once."""
    begin = perf_counter()
    with suppress(Unclear):
        parse(phrase, NOW, HANOI)
    return (perf_counter() - begin) * 1000


def best(phrase: str) -> float:
    """One phrase, the best of three: what else the machine does is not measured."""
    return min(milliseconds(phrase) for _ in range(3))


def report(name: str, phrases: list[str]) -> None:
    """Median, 99th percentile and maximum."""
    taken = sorted((best(phrase), phrase) for phrase in phrases)
    median, late, worst = (taken[int(part * (len(taken) - 1))][0] for part in (0.5, 0.99, 1))
    print(f"{name:28} median {median:7.3f}   p99 {late:7.3f}   max {worst:7.3f}   {taken[-1][1]!r}")


def main() -> None:
    """Print the table."""
    print(f"{'first phrase of a process':28} {milliseconds('3 working days'):.1f}")
    tables = [table("deadline_phrases.csv"), table("more_deadline_phrases.csv")]
    report("phrases people type", [row["phrase"] for rows in tables for row in rows])
    report("made to be slow", [phrase[:LONGEST] for phrase in WORST])
    report("random, 20,000", list(nonsense(1, 20_000)))


if __name__ == "__main__":
    main()
