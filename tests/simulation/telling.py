"""Who is told what, how and when, in the expectation: steps that fall, news, letters of their own, agendas."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappush

from tests.simulation.organisation import Job, Organisation
from tests.simulation.script import Event, Message, Script
from tests.simulation.steps import HEAD, OWNER, WORKED_ON, Said, series

EVENT, STEPS, AGENDA, LETTER = range(4)  # what comes first at one moment
CALM, WAKING, NOW = range(3)  # how much a letter may disturb
ASKED_OF_OWNER = ("receive", "update", "explain")
OF_OTHERS = ("tell-head", "tell-leaders", "unreceived")


@dataclass(frozen=True, slots=True)
class Told:
    """Something for somebody: a step (`what` is its name) or news of a task or an absence (`key`)."""

    kind: str  # step, news, request or absence
    what: str
    key: int
    of: datetime
    stood: bool = False
    owner: int = -1

    @property
    def says(self) -> tuple[object, ...]:
        """As it stands in a message."""
        return (self.kind, self.key, self.what)


@dataclass(slots=True)
class Letter:
    """A message of its own that waits to leave."""

    who: int
    kind: str
    parts: list[Told]


class Telling:
    """What waits for whom at a moment of the walk; `heap` holds everything that comes, with its kind and number."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.all = Organisation(script)
        self.messages: list[Message] = []
        self.waiting: dict[int, list[Told]] = {}
        self.heap: list[tuple[datetime, int, int, int]] = []
        self.letters: list[Letter] = []
        self.now = script.start

    # --- steps

    def _change(self, key: int, **values: object) -> None:
        """A task stands differently, or its owner lives differently: its steps fall anew, the past ones not again."""
        job = self.all.jobs[key]
        self.all.mine.setdefault(job.stand.owner, set()).discard(key)
        job.stand = replace(job.stand, **values)  # type: ignore[arg-type]
        owner = job.stand.owner
        job.stand = replace(job.stand, life=self.all.lives[owner], back=self.all.back(owner))
        if job.stand.state != "completed":
            self.all.mine.setdefault(owner, set()).add(key)
        job.plan += 1
        self._plan(key, job)

    def _plan(self, key: int, job: Job) -> None:
        coming = [
            one.at
            for counted, steps in series(job.stand)
            for one in steps
            if (job.stand.owner, one.name, counted) not in job.used
        ]
        if coming:
            heappush(self.heap, (max(min(coming), self.now), STEPS, key, job.plan))

    def _steps(self, due: list[tuple[int, int]]) -> None:
        told: dict[int, list[Told]] = {}
        for key, plan in due:
            job = self.all.jobs[key]
            if plan == job.plan:
                for who, one in self._earned(key, job):
                    told.setdefault(who, []).append(one)
                self._plan(key, job)
        for who, parts in told.items():
            self._give(who, parts)

    def _earned(self, key: int, job: Job) -> Iterable[tuple[int, Told]]:
        owner = job.stand.owner
        for counted, steps in series(job.stand):
            fresh = [one for one in steps if one.at <= self.now and (owner, one.name, counted) not in job.used]
            job.used |= {(owner, one.name, counted) for one in fresh}
            fresh.sort(key=lambda one: one.at)
            last = [one for one in fresh if one.whom == OWNER and not self._stale(one, job)][-1:]
            for one in (*last, *(one for one in fresh if one.whom != OWNER)):
                stood = one.whom == OWNER and self.all.away(owner, self.now)
                for who in self._hearers(one, owner):
                    yield who, Told("step", one.name, key, counted, stood, owner)

    def _stale(self, step: Said, job: Job) -> bool:
        """Whether a step before the deadline would come a day after it: whoever moves can earn one so late."""
        before = step.name == "due-day" or step.name.startswith("before-")
        return before and job.stand.due is not None and self.now >= job.stand.due + timedelta(days=1)

    def _hearers(self, step: Said, owner: int) -> list[int]:
        if step.whom == OWNER:
            return [self.all.hearer(owner, self.now)]
        barred = self.all.concerned(owner, self.now)
        if step.whom == HEAD:
            return self.all.superiors(self.script.people[owner].unit, barred)
        return self.all.leaders(barred)

    # --- telling

    def _urgency(self, one: Told) -> int:
        if one.kind == "absence" or not self.all.jobs[one.key].stand.urgent:
            return CALM
        return NOW if one.what == "assigned" or (one.what.startswith("before-") and one.what[-1] == "h") else WAKING

    def _too_late(self, who: int, key: int) -> bool:
        """Whether a deadline passes before the next agenda of the reader."""
        due = self.all.jobs[key].stand.due
        return due is not None and self.now <= due < self.all.look[who]

    def _give(self, who: int, parts: list[Told]) -> None:
        """Steps: into the agenda, or into one letter of their urgency."""
        letters: dict[int, list[Told]] = {}
        for one in parts:
            last = one.what.startswith("before-") and one.what.endswith("h")
            urgent = self.all.jobs[one.key].stand.urgent and self.all.look[who] > self.now
            if last or urgent or self._too_late(who, one.key):
                letters.setdefault(self._urgency(one), []).append(one)
            else:
                self.waiting.setdefault(who, []).append(one)
        for some in letters.values():
            self._post(who, "reminders", some)

    def _tell_owner(self, event: Event, what: str) -> None:
        owner = self.all.jobs[event.task].stand.owner
        for who in sorted(self.all.concerned(owner, self.now)):
            if who != event.who:
                self._tell(who, Told("news", what, event.task, self.now))

    def _tell(self, who: int, one: Told, *, decision: bool = False) -> None:
        """News: what was handed in, asked or completed waits for the agenda unless it is urgent."""
        waits = one.what in ("submitted", "asked", "completed") and self._urgency(one) == CALM
        if waits and not (decision and self._too_late(who, one.key)):
            self.waiting.setdefault(who, []).append(one)
        else:
            self._post(who, one.kind, [one])

    def _post(self, who: int, kind: str, parts: list[Told]) -> None:
        self.letters.append(Letter(who, kind, parts))
        heappush(self.heap, (self._allowed(who, parts), LETTER, len(self.letters) - 1, 0))

    def _allowed(self, who: int, parts: list[Told]) -> datetime:
        urgency, life = min(map(self._urgency, parts)), self.all.lives[who]
        return self.now if urgency == NOW else replace(life, waking=urgency == WAKING).next_allowed(self.now)

    def _leave(self, due: list[tuple[int, int]]) -> None:
        for number, _ in due:
            letter = self.letters[number]
            letter.parts = self._stay(letter.who, letter.parts)
            if not letter.parts:
                continue
            at = self._allowed(letter.who, letter.parts)
            says = frozenset(one.says for one in letter.parts if self._holds(letter.who, one))
            if at > self.now:
                heappush(self.heap, (at, LETTER, number, 0))
            elif says:
                self.messages.append(Message(letter.who, letter.kind, self.now, says))

    def _hand_on(self, people: Iterable[int]) -> None:
        """Steps that wait for the agenda of these people go to whoever hears them now."""
        for who in sorted(people):
            if self.waiting.get(who):
                mine, self.waiting[who] = self.waiting[who], []
                self.waiting[who] = self._stay(who, mine) + self.waiting[who]

    def _stay(self, who: int, parts: list[Told]) -> list[Told]:
        """What stays with its reader; the rest is given to whoever hears it now."""
        left = []
        moved: dict[int, list[Told]] = {}
        for one in parts:
            owner = self.all.jobs[one.key].stand.owner if one.kind == "step" else -1
            theirs = one.kind == "step" and owner == one.owner and one.what not in (*ASKED_OF_OWNER, *OF_OTHERS)
            meant = theirs and (one.stood or who == owner)
            hearer = self.all.hearer(owner, self.now) if meant else who
            if hearer == who:
                left.append(one)
            else:
                moved.setdefault(hearer, []).append(replace(one, stood=hearer != owner))
        for hearer, some in moved.items():
            self._give(hearer, some)
        return left

    def _holds(self, who: int, one: Told) -> bool:
        """Whether something is still true for its reader when it leaves."""
        if one.kind == "absence":
            return self.all.leaves[one.key].lasts(self.now) is (one.what != "over")
        job = self.all.jobs[one.key]
        if one.kind == "request":
            return one.what != "asked" or job.asked is not None
        if not self.all.reads(who, job, self.now):
            return False
        if one.kind == "news":
            mine = who in self.all.concerned(job.stand.owner, self.now)
            return (mine and job.stand.state != "completed") if one.what == "assigned" else job.stand.state == one.what
        return self._reminds(one, job)

    def _reminds(self, one: Told, job: Job) -> bool:
        stand = job.stand
        if stand.state not in WORKED_ON:
            return False
        if one.what in ("receive", "unreceived"):
            return stand.state == "assigned" and not self.all.away(stand.owner, self.now)
        if one.what == "update":
            return max(stand.news, stand.since) <= one.of and not self.all.away(stand.owner, self.now)
        return stand.due == one.of
