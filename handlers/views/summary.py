"""The weekly summary in words: every rate names its denominator; names only where the chat may see them."""

from __future__ import annotations

from markupsafe import Markup

from handlers.views import dates
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.texts import Texts, short
from storage.records import Figures, UnitFigures

CLASSES = ("on_time", "late", "within", "overdue", "no_deadline")


def summary_message(figures: Figures, reader: Reader, *, names: bool, preview: bool = False) -> Message:
    """The whole summary in one message; what does not fit is counted, never cut."""
    t = reader.texts
    head = lines(
        [
            t("summary.preview" if preview else "summary.title", unit=figures.unit),
            t(
                "summary.period",
                since=dates.moment(figures.since, figures.zone, reader.language),
                until=dates.moment(figures.until, figures.zone, reader.language),
            ),
        ]
    )
    foot = t("summary.chain", chain=figures.chain) if figures.chain else NOTHING
    if not figures.total.total:
        return Message(paragraphs(head, t("summary.empty"), foot))
    reach = t("summary.unreachable", n=figures.unreachable) if figures.unreachable else Markup()
    units = _units(figures, t) if len(figures.units) > 1 else Markup()
    text = paragraphs(head, reach, _overview(figures.total, t), units)
    if not names:
        return Message(paragraphs(text, foot))
    if figures.briefing:
        text = paragraphs(text, _briefing(figures, reader))
    if not figures.late_tasks:
        return Message(paragraphs(text, foot))
    rows = [
        t(
            "summary.late_task",
            n=task.days_late,
            code=task.code,
            title=short(task.titles.get(reader.language) or task.title, 60),
            owner=short(task.owner, 60),
        )
        for task in figures.late_tasks
    ]
    whole = paragraphs(text, t("summary.late_tasks"))
    return Message(fit(whole, rows, lambda n: t("summary.more", n=n), Markup("\n") + foot if foot else NOTHING))


def _overview(total: UnitFigures, t: Texts) -> Markup:
    ended = total.on_time + total.late
    dated = total.total - total.no_deadline
    return lines(
        [
            t("summary.total", total=total.total),
            *(t(f"summary.{name}", n=getattr(total, name)) for name in CLASSES),
            t("summary.due_next", n=total.due_next),
            t("summary.waiting", n=total.waiting),
            t("summary.on_time_rate", rate=rate(total.on_time, ended), part=total.on_time, whole=ended),
            t(
                "summary.overdue_share",
                rate=rate(total.overdue, dated),
                part=total.overdue,
                whole=dated,
            ),
        ]
    )


def _briefing(figures: Figures, reader: Reader) -> Markup:
    t = reader.texts
    rows = [
        t(
            "summary.briefing_task",
            n=task.urgings,
            code=task.code,
            title=short(task.titles.get(reader.language) or task.title, 60),
            owner=short(task.owner, 60),
        )
        for task in figures.briefing
    ]
    return fit(t("summary.briefing"), rows, lambda n: t("summary.more", n=n), limit=800)


def _units(figures: Figures, t: Texts) -> Markup:
    rows = [
        t(
            "summary.unit",
            unit=short(unit.unit, 80),
            total=unit.total,
            due_next=unit.due_next,
            **{name: getattr(unit, name) for name in CLASSES},
        )
        for unit in figures.units
    ]
    return fit(t("summary.units"), rows, lambda n: t("summary.more", n=n), limit=1900)


def rate(part: int, whole: int) -> str:
    """A share in per cent; a dash when there is nothing to divide by (R34)."""
    if not whole:
        return "—"
    exact = 100 * part / whole
    # 199 of 200 is not "100 %": close to either end a decimal tells.
    return f"{exact:.0f} %" if part in (0, whole) or 1 <= exact <= 99 else f"{min(max(exact, 0.1), 99.9):.1f} %"
