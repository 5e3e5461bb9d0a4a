"""The rows of an inspection pack: every record as cells of text, in the order of the columns of its sheet.

Instants are written so that sorting the text sorts the time. Nothing is cut and nothing is escaped: cells hold text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime

from handlers.views import dates
from handlers.views.history import FIELDS, SAID
from handlers.views.reader import Reader
from handlers.views.texts import Texts
from storage.inspection import Explained, HistoryLine, Inspected, Inspection
from storage.records import (
    Change,
    Difficulty,
    Evidence,
    EvidenceKind,
    Happening,
    Request,
    RequestKind,
    RequestState,
    State,
)

Row = tuple[str, ...]
HASH_SHOWN = 16  # digits of the hash of a line, as many as a seal shows


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one pack, in the words and the zone of its reader."""

    found: Inspection
    reader: Reader

    def overview(self) -> Iterator[Row]:
        """What the pack is about, the figures, and whether the history stands as it was written."""
        yield from self._about()
        for name, number in asdict(self.found.classes).items():
            yield (self._t.plain(f"inspection.figure.{name}"), str(number))
        before = asdict(self.found.altogether)
        for name, number in asdict(self.found.in_period).items():
            yield (self._t.plain(f"inspection.figure.{name}"), str(number), str(before[name]))
        yield from self._chain()

    def _about(self) -> Iterator[Row]:
        found, period = self.found, self.found.period
        zone = self.reader.zone
        for name, value in (
            ("organisation", found.organisation),
            ("unit", found.unit or self._t.plain("unit.whole")),
            ("units", str(found.units)),
            ("period", f"{period.first.isoformat()} – {period.last.isoformat()}"),
            ("cut_off", dates.sortable(period.until, zone, "seconds")),
            ("made", dates.sortable(found.made_at, zone, "seconds")),
            ("zone", zone),
            ("command", found.command),
        ):
            yield (self._t.plain(f"inspection.figure.{name}"), value)

    def _chain(self) -> Iterator[Row]:
        chain = self.found.chain
        problem = chain.problem
        said = (
            self._t.plain("inspection.chain.whole")
            if problem is None
            else self._t.plain(f"cli.audit.{problem.harm}", position=problem.position, id=problem.row_id)
        )
        yield (self._t.plain("inspection.figure.chain_rows"), str(chain.rows))
        yield (self._t.plain("inspection.figure.chain_erased"), str(chain.erased))
        yield (self._t.plain("inspection.figure.chain_head"), chain.head.printed)
        yield (self._t.plain("inspection.figure.chain_problem"), said)

    def task(self, one: Inspected) -> Row:
        """A task."""
        task = one.task
        numbers = (one.extensions, one.hands, one.urgings, one.snoozes, one.returns, one.evidence)
        return (
            task.code,
            task.titles.get(self.reader.language) or task.title,
            task.source,
            task.issued_on.isoformat() if task.issued_on else "",
            one.unit,
            one.owner,
            "; ".join(one.coordinators),
            one.assigner,
            one.leader,
            task.authority,
            task.product,
            self._t.plain(f"difficulty.{task.difficulty}"),
            self._when(task.assigned_at),
            self._when(task.original_due_at) or self._t.plain("list.line.none"),
            self._when(task.due_at) or self._t.plain("list.line.none"),
            self._t.plain(f"state.{task.state}"),
            self._t.plain(f"inspection.figure.{one.time_class or State.CANCELLED}"),
            self._when(task.received_at),
            self._when(task.submitted_at),
            self._when(task.completed_at),
            str(one.days_late),
            *map(str, numbers),
            "\n".join(one.explanations),
        )

    def extension(self, one: Request) -> Row:
        """A request for more time."""
        asked = (self._code(one), str(one.id), self._when(one.at), self._name(one.member_id), one.reason)
        dated = (self._when(one.old_due_at), self._when(one.new_due_at), self._yes(one.late))
        return (*asked, *dated, *self._decided(one))

    def hand(self, one: Request) -> Row:
        """A change of hands."""
        owners = (self._name(one.old_owner_id), self._name(one.new_owner_id))
        asked = (self._name(one.member_id), self._when(one.at), one.reason, self._name(one.decided_by))
        return (self._code(one), str(one.id), self._when(one.decided_at), *owners, *asked)

    def request(self, one: Request) -> Row:
        """A request of any kind."""
        what = (self._code(one), str(one.id), self._t.plain(f"request.kind.{one.kind}"))
        asked = (self._when(one.at), self._name(one.member_id), one.reason, one.proposal)
        dated = (self._when(one.old_due_at), self._when(one.new_due_at))
        late = self._yes(one.late) if one.kind is RequestKind.EXTENSION else ""
        owners = (self._name(one.old_owner_id), self._name(one.new_owner_id))
        return (*what, *asked, *dated, late, *owners, *self._decided(one))

    def _decided(self, one: Request) -> Row:
        instructed = one.kind is RequestKind.BLOCKED and one.state is RequestState.REFUSED
        decision = self._t.plain("inspection.decision.instructed" if instructed else f"inspection.decision.{one.state}")
        delay = str(one.delay_days) if one.decided_by is not None else ""
        return (self._when(one.decided_at), self._name(one.decided_by), decision, one.answer, delay)

    def evidence(self, one: Evidence) -> Row:
        """A piece of evidence; never the messenger's name of a file."""
        size = "" if one.kind is EvidenceKind.LINK else str(one.size)
        who = (self.found.codes[one.task_id], self._when(one.at), one.author)
        return (*who, self._t.plain(f"evidence.kind.{one.kind}"), one.name, size, one.sha256, one.url, one.note)

    def explanation(self, one: Explained) -> Row:
        """An explanation that was asked for or given."""
        words = one.explanation
        about = (self.found.codes[words.task_id], self._name(words.member_id), self._when(words.due_at))
        times = (self._when(one.asked_at), self._when(words.answer_by), self._when(words.at))
        return (*about, *times, self._yes(one.late), words.text)

    def line(self, one: HistoryLine) -> Row:
        """A line of the history."""
        t, told = self._t, one.happening
        kind = self._t.plain(f"request.kind.{told.kind}") if told.kind else "…"
        values = {"name": told.about or "…", "kind": kind}
        what = t.plain(f"history.{told.what}", **values) if told.what in SAID else t.plain("history.other")
        changes = [change for change in told.changes if change.field in FIELDS]
        old, new = self._side(changes, old=True), self._side(changes, old=False)
        at = dates.sortable(told.at, self.reader.zone, "seconds")
        who = told.who or t.plain("history.dondoc")
        return (one.code, str(one.position), at, who, what, old, new, self._why(told), one.hash[:HASH_SHOWN])

    def _why(self, told: Happening) -> str:
        return self._t.plain("history.erased") if told.erased else "\n".join(told.words)

    def _side(self, changes: list[Change], *, old: bool) -> str:
        """The old or the new values of a line, each under the name of its field."""
        t = self._t
        both = [(one.field, one.old if old else one.new) for one in changes]
        told = [(field, self._value(field, value)) for field, value in both if value is not None]
        return "; ".join(
            t.plain("history.set", field=t.plain(f"history.field.{field}"), new=new) for field, new in told
        )

    def _value(self, field: str, value: str | int | datetime) -> str:
        if isinstance(value, datetime):
            return self._when(value)
        if field == "state" and value in tuple(State):
            return self._t.plain(f"state.{value}")
        if field == "difficulty" and value in tuple(Difficulty):
            return self._t.plain(f"difficulty.{value}")
        return f"{value} %" if field == "percent" else str(value)

    @property
    def _t(self) -> Texts:
        return self.reader.texts

    def _yes(self, so: bool) -> str:
        return self._t.plain("inspection.yes" if so else "inspection.no")

    def _when(self, at: datetime | None) -> str:
        return dates.sortable(at, self.reader.zone)

    def _name(self, member_id: int | None) -> str:
        return self.found.names.get(member_id or 0, "")

    def _code(self, one: Request) -> str:
        return self.found.codes[one.task_id]
