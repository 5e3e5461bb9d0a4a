"""How figures stand against the period before, and units against each other: units, percentage points, places (R35)."""

from __future__ import annotations

from markupsafe import Markup

from handlers.views.message import NOTHING, fit
from handlers.views.texts import Texts, short
from storage.figures import Figures, Rank, UnitFigures

MINUS = "\u2212"
ORDER = 360  # UTF-16 units that the order of the units may take


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
        points=points(shares(total)["on_time_rate"], shares(before)["on_time_rate"], t),
    )


def shares(line: UnitFigures) -> dict[str, tuple[int, int]]:
    """The rates of a line, each as a part and the whole that it is a share of (R34)."""
    return {
        "on_time_rate": (line.on_time, line.on_time + line.late),
        "overdue_share": (line.overdue, line.total - line.no_deadline),
        "update_rate": (line.updated, line.open),
    }


def points(now: tuple[int, int], then: tuple[int, int], t: Texts) -> str:
    """The change of a rate in percentage points, from the stored counts; a dash without a rate."""
    if not now[1] or not then[1]:
        return "—"
    change = round(100 * now[0] / now[1] - 100 * then[0] / then[1])
    return t.plain("summary.points", change=signed(change))


def against(name: str, total: UnitFigures, before: UnitFigures | None) -> Markup:
    """The change of a number in brackets, to stand behind it; nothing without a period before."""
    if before is None:
        return NOTHING
    return Markup(" ({})").format(signed(getattr(total, name) - getattr(before, name)))


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
    mix = {
        "normal": unit.total - unit.new_work - unit.hard,
        "new": unit.new_work,
        "hard": unit.hard,
        "extensions": unit.extensions,
        "causes": unit.causes,
    }
    if one.place is None:
        return t("summary.unranked", **values, **mix)
    return t("summary.rank", place=one.place, ranked=one.ranked, moved=moved(one.moved, t), **values, **mix)


def moved(places: int | None, t: Texts) -> str:
    """Places won or lost, in words; a smaller place is better."""
    if places is None:
        return t.plain("rank.new")
    if not places:
        return t.plain("rank.same")
    return t.plain("rank.up" if places > 0 else "rank.down", n=abs(places))
