"""Codes of tasks: short, readable, one series per unit."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection

from storage.records import fold

_CODE = re.compile(r"([A-Z][A-Z0-9]{0,7})-(\d{1,6})")


def prefix_of(unit: str, codes: Collection[str]) -> str:
    """The series a unit uses already, otherwise the initials of its name ("Phòng Chuyển đổi số" gives PCDS)."""
    used = Counter(match[1] for code in codes if (match := _CODE.fullmatch(code)))
    if used:
        return used.most_common(1)[0][0]
    initials = "".join(word[0] for word in re.findall(r"[a-z0-9]+", fold(unit)))[:6].upper()
    return initials if initials[:1].isalpha() else f"T{initials}"[:6]


def next_code(prefix: str, taken: Collection[str]) -> str:
    """The code after the highest number of the series."""
    numbers = [int(match[2]) for code in taken if (match := _CODE.fullmatch(code)) and match[1] == prefix]
    return f"{prefix}-{max(numbers, default=0) + 1:03d}"
