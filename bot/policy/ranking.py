"""The order of units by on-time share: fair to small units, to ties and to units that are new (R36)."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from storage.figures import Rank, UnitFigures

FEWEST = 5  # tasks completed with a deadline; with fewer, one task more or less would turn the order round


def rank(units: Sequence[UnitFigures], before: Sequence[Rank] = ()) -> tuple[Rank, ...]:
    """The units by place, those that are not ranked last. Equal shares have the same place; the next one is skipped."""
    shares = {unit.unit_id: Fraction(unit.on_time, _whole(unit)) for unit in units if _whole(unit) >= FEWEST}
    places: dict[Fraction, int] = {}
    for better, share in enumerate(sorted(shares.values(), reverse=True)):
        places.setdefault(share, better + 1)
    earlier = {one.unit_id: one.place for one in before if one.place is not None}
    found = []
    for unit in units:
        place = places[shares[unit.unit_id]] if unit.unit_id in shares else None
        was = earlier.get(unit.unit_id)
        moved = was - place if place is not None and was is not None else None
        found.append(Rank(unit.unit_id, unit.unit, unit.on_time, _whole(unit), place, len(shares), moved))
    return tuple(sorted(found, key=lambda one: (one.place is None, one.place or 0, one.unit)))


def _whole(unit: UnitFigures) -> int:
    return unit.on_time + unit.late
