"""What a correction changes in figures that were posted."""

from __future__ import annotations

from dataclasses import replace

from storage.figures import OPENABLE, FigureChange, Figures, UnitFigures


def changes(old: Figures, new: Figures) -> tuple[FigureChange, ...]:
    """The numbers that change, of the whole first, then of its units by name."""
    lines: list[tuple[UnitFigures | None, UnitFigures | None]] = [(old.total, new.total)]
    before, after = ({line.unit_id: line for line in figures.units} for figures in (old, new))
    if len(before.keys() | after.keys()) > 1:
        lines += [(before.get(key), after.get(key)) for key in sorted(before.keys() | after.keys())]
    return tuple(change for pair in lines for change in _changes(*pair))


def differs(old: Figures, new: Figures) -> bool:
    """Whether a reader would see anything else."""

    def shown(figures: Figures) -> Figures:
        return replace(figures, chain="", behind={})

    return shown(old) != shown(new)


def _changes(old: UnitFigures | None, new: UnitFigures | None) -> list[FigureChange]:
    unit = new.unit if new else (old.unit if old else "")
    pairs = ((name, _number(old, name), _number(new, name)) for name in OPENABLE)
    return [FigureChange(unit, name, before, after) for name, before, after in pairs if before != after]


def _number(line: UnitFigures | None, name: str) -> int:
    return int(getattr(line, name)) if line is not None else 0
