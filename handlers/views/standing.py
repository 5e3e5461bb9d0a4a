"""How figures stand against the period before, and units against each other: units, percentage points, places (R35)."""

from __future__ import annotations

from markupsafe import Markup

from handlers.views.message import NOTHING, fit
from handlers.views.texts import Texts, short
from storage.figures import Figures, Rank, UnitFigures

MINUS = "\u2212"
ORDER = 700  # UTF-16 units that the order of the units may take


def changed(figures: Figures, t: Texts) -> Markup:
    """The first line: what changed against the period before."""
    before, total = figures.before, figures.total
    if before is None:
        return t("summary.first")
    return t(
        "summary.changed",
        overdue=total.overdue,
        overdue_change=signed(total.overdue - before.overdue),
        done=total.done,
        done_change=signed(total.done - before.done),
        points=_points(total, before),
    )


def _points(total: UnitFigures, before: UnitFigures) -> str:
    """The change of the on-time rate in percentage points, from the stored counts; a dash without a rate."""
    wholes = [one.on_time + one.late for one in (total, before)]
    if not all(wholes):
        return "—"
    now, then = (100 * one.on_time / whole for one, whole in zip((total, before), wholes, strict=True))
    return signed(round(now - then))


def signed(number: int) -> str:
    """A change with its sign; ±0 when there is none."""
    if not number:
        return "±0"
    return f"+{number}" if number > 0 else f"{MINUS}{-number}"


def order(figures: Figures, t: Texts) -> Markup:
    """The units by on-time share, with places won or lost and how hard their work is."""
    if not any(one.place is not None for one in figures.ranks):
        return NOTHING
    by_id = {unit.unit_id: unit for unit in figures.units}
    rows = [_rank(one, by_id[one.unit_id], t) for one in figures.ranks if one.unit_id in by_id]
    return fit(t("summary.order"), rows, lambda n: t("summary.more", n=n), limit=ORDER)


def _rank(one: Rank, unit: UnitFigures, t: Texts) -> Markup:
    values = {"unit": short(one.unit, 60), "part": one.part, "whole": one.whole}
    if one.place is None:
        return t("summary.unranked", **values)
    mix = {"hard": unit.hard, "new": unit.new_work, "extensions": unit.extensions, "causes": unit.causes}
    return t("summary.rank", place=one.place, ranked=one.ranked, moved=moved(one.moved, t), **values, **mix)


def moved(places: int | None, t: Texts) -> str:
    """Places won or lost, in words; a smaller place is better."""
    if places is None:
        return t.plain("rank.new")
    if not places:
        return t.plain("rank.same")
    return t.plain("rank.up" if places > 0 else "rank.down", n=abs(places))
