"""The weekly summary in words: every rate names its denominator; names only where the chat may see them.

Order (R38): what changed, who cannot be reached, the overview, units, obstacles that wait for a decision, what was
urged again and again, overdue tasks with what was done about them, units without news, the end of the history.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from markupsafe import Markup

from handlers.links import Source, url
from handlers.views import dates
from handlers.views.again import mark as again_mark
from handlers.views.message import NOTHING, Message, fit, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.standing import against, changed, order, points, shares
from handlers.views.texts import Texts, short, width
from storage.figures import Corrected, Figures, LateTask, UnitFigures

CLASSES = ("on_time", "late", "within", "overdue", "no_deadline")
# What happened in the week and what stands open: said in one line each, and only what is not zero.
OPEN = ("carried", "not_received", "not_updated", "blocked", "to_explain")
WEEK = ("new", "done", "extensions", "hands", "declined", "returned", "urged", "snoozed", "causes")
MARKS = (("extensions", "🕒"), ("hands", "🔁"), ("snoozes", "💤"), ("urgings", "📣"))
UNITS, OBSTACLES, BRIEFING = 700, 400, 220  # UTF-16 units that a section may take, so that every one has its place


@dataclass(frozen=True, slots=True)
class Links:
    """What the links of a summary are made of: the name of the bot, and where the figures are frozen."""

    bot: str
    digest_id: int


def summary_message(
    figures: Figures,
    reader: Reader,
    *,
    names: bool,
    preview: bool = False,
    brief: bool = False,
    late: bool = False,
    links: Links | None = None,
    corrected: Corrected | None = None,
    again: datetime | None = None,
) -> Message:
    """The whole summary in one message; what does not fit is counted, never cut. `brief`: totals, and no units.

    `links`: where the lists behind the numbers are opened; None for a preview, whose figures are not frozen.
    """
    t = reader.texts
    foot = lines([_letters(figures, t), t("summary.chain", chain=figures.chain) if figures.chain else NOTHING])
    marks = [again_mark(again, figures.zone, reader), correction_mark(figures, corrected, reader)]
    head = lines([*marks, _head(figures, reader, preview=preview, late=late)])
    if not figures.total.total:
        return Message(paragraphs(head, t("summary.empty"), foot))
    parts = [head, _lost(figures, t, names=names), _overview(figures, t, links)]
    if brief:
        return Message(paragraphs(*parts, foot))
    taken = sum(width(mark) for mark in marks)  # what is said of a correction takes its room from the units
    parts += [_units(figures, t, links, UNITS - taken), order(figures, t)]
    if names:
        parts += [_obstacles(figures, t, links), _briefing(figures, reader)]
    silent = t("summary.silent", units=short(", ".join(figures.silent), 300)) if figures.silent else NOTHING
    foot = paragraphs(silent, foot)
    if not names or not figures.late_tasks:
        return Message(paragraphs(*parts, foot))
    none_explained = len(figures.late_tasks) > 1 and all(_unexplained(task) for task in figures.late_tasks)
    rows = [_late(task, reader, said=none_explained) for task in figures.late_tasks]
    heading = _linked(t("summary.late_tasks"), figures.total, "overdue", links)
    whole = paragraphs(*parts, lines([heading, t("summary.none_explained") if none_explained else NOTHING]))
    return Message(fit(whole, rows, lambda n: t("summary.more", n=n), Markup("\n") + foot if foot else NOTHING))


def _letters(figures: Figures, t: Texts) -> Markup:
    """What became of the messages of the period; the parts add up to what was planned."""
    found = figures.delivered
    return t("summary.letters", **asdict(found)) if found is not None and found.planned else NOTHING


def correction_mark(figures: Figures, corrected: Corrected | None, reader: Reader) -> Markup:
    """The mark of a correction, before everything else."""
    if corrected is None:
        return NOTHING
    at = dates.moment(corrected.at, figures.zone, reader.language)
    return reader.texts("summary.correction", at=at, reason=short(corrected.reason, 300))


def _head(figures: Figures, reader: Reader, *, preview: bool, late: bool) -> Markup:
    """What changed stands first: of a message that is not opened nobody reads more than that line."""
    t = reader.texts
    since, until = (dates.moment(at, figures.zone, reader.language) for at in (figures.since, figures.until))
    return lines(
        [
            changed(figures, t) if figures.total.total else NOTHING,
            t("summary.preview" if preview else "summary.title", unit=figures.unit),
            t("summary.period", since=since, until=until),
            t("summary.posted_late", until=until) if late else NOTHING,
        ]
    )


def _lost(figures: Figures, t: Texts, *, names: bool) -> Markup:
    if not figures.unreachable:
        return NOTHING
    who = t("summary.lost", names=short(", ".join(figures.lost), 300)) if names and figures.lost else NOTHING
    return lines([t("summary.unreachable", n=figures.unreachable), who])


def _overview(figures: Figures, t: Texts, links: Links | None) -> Markup:
    """The totals, each with its change against the period before (R35)."""
    return lines(
        [
            *(_number(name, figures, t, links) for name in ("total", *CLASSES, "due_next", "waiting")),
            _several("summary.open", OPEN, figures, t, links),
            _several("summary.week", WEEK, figures, t, links),
            *_rates(figures, t),
        ]
    )


def _number(name: str, figures: Figures, t: Texts, links: Links | None, *, same: bool = True) -> Markup:
    """A number of the overview, as a link, and its change. `same`: say so also when there is none."""
    number, before = getattr(figures.total, name), figures.before
    told = same or (before is not None and getattr(before, name) != number)
    change = against(name, figures.total, before) if told else NOTHING
    if name == "total":
        return _linked(named(name, number, t, change), figures.total, name, links)
    return _linked(named(name, number, t), figures.total, name, links) + change


def _rates(figures: Figures, t: Texts) -> list[Markup]:
    """The rates with their denominators, and their changes in percentage points."""
    then = shares(figures.before) if figures.before else {}
    found = []
    for name, (part, whole) in shares(figures.total).items():
        said = t(f"summary.{name}", rate=rate(part, whole), part=part, whole=whole)
        change = points((part, whole), then[name], t) if name in then else "—"
        found.append(said if change == "—" else Markup("{} · {}").format(said, change))
    return found


def named(figure: str, number: int, t: Texts, change: Markup = NOTHING) -> Markup:
    """A number of a summary with what it counts. `change`: of the total, against the period before."""
    match figure:
        case "total":
            return t("summary.total", total=number, change=change)
        case "due_next":
            return t("summary.due_next", n=number)
        case "waiting":
            return t("summary.waiting", n=number)
    return t(f"summary.{figure}", n=number) if figure in CLASSES else t(f"summary.count.{figure}", n=number)


def _several(key: str, names: tuple[str, ...], figures: Figures, t: Texts, links: Links | None) -> Markup:
    """Figures that are not zero, in one line; the change of those that have changed."""
    told = [_number(name, figures, t, links, same=False) for name in names if getattr(figures.total, name)]
    return Markup("{}: {}").format(t.plain(key), Markup(" · ").join(told)) if told else NOTHING


def _linked(text: Markup, line: UnitFigures, figure: str, links: Links | None) -> Markup:
    """The text as a link to the list behind a number; zero has none."""
    if links is None or not getattr(line, figure):
        return text
    where = url(links.bot, Source(links.digest_id, line.unit_id, figure))
    return Markup('<a href="{}">{}</a>').format(where, text)


def _units(figures: Figures, t: Texts, links: Links | None, limit: int) -> Markup:
    if len(figures.units) < 2:
        return NOTHING
    rows = [
        t(
            "summary.unit",
            unit=_linked(Markup.escape(short(unit.unit, 80)), unit, "total", links),
            total=unit.total,
            due_next=unit.due_next,
            **{name: getattr(unit, name) for name in CLASSES},
        )
        for unit in figures.units
    ]
    return fit(t("summary.units"), rows, lambda n: t("summary.more", n=n), limit=limit)


def _obstacles(figures: Figures, t: Texts, links: Links | None) -> Markup:
    """What waits for a decision, since when, and whose."""
    if not figures.obstacles:
        return NOTHING
    rows = [
        t(
            "summary.obstacle",
            n=one.days,
            code=one.code,
            reason=short(one.reason, 80),
            owner=short(one.owner, 60),
            answers=short(", ".join(one.answers), 80) or "—",
        )
        for one in figures.obstacles
    ]
    head = _linked(t("summary.obstacles"), figures.total, "blocked", links)
    return fit(head, rows, lambda n: t("summary.more", n=n), limit=OBSTACLES)


def _briefing(figures: Figures, reader: Reader) -> Markup:
    t = reader.texts
    if not figures.briefing:
        return NOTHING
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
    return fit(t("summary.briefing"), rows, lambda n: t("summary.more", n=n), limit=BRIEFING)


def _unexplained(task: LateTask) -> bool:
    return task.to_explain and not task.explanation


def _late(task: LateTask, reader: Reader, *, said: bool) -> Markup:
    """An overdue task; below it what was done about it, and the owner's own words.

    `said`: that no explanation is there stands above all of them, once.
    """
    t = reader.texts
    title = short(task.titles.get(reader.language) or task.title, 60)
    head = t("summary.late_task", n=task.days_late, code=task.code, title=title, owner=short(task.owner, 60))
    marks = [f"{icon} {number}" for name, icon in MARKS if (number := getattr(task, name))]
    if task.cause:
        marks.append(t.plain("summary.cause"))
    if task.explanation:
        marks.append(t.plain("summary.explained", text=short(task.explanation, 90)))
    elif task.to_explain and not said:
        marks.append(t.plain("summary.not_explained"))
    if len(marks) < 2 and not task.explanation:  # one short mark needs no line of its own
        return Markup(" · ").join([head, *map(Markup.escape, marks)])
    return lines([head, Markup("     {}").format(" · ".join(marks))])


def rate(part: int, whole: int) -> str:
    """A share in per cent; a dash when there is nothing to divide by (R34)."""
    if not whole:
        return "—"
    exact = 100 * part / whole
    # 199 of 200 is not "100 %": close to either end a decimal tells.
    return f"{exact:.0f} %" if part in (0, whole) or 1 <= exact <= 99 else f"{min(max(exact, 0.1), 99.9):.1f} %"
