"""What should arrive at whom and when: the rules in words, walked through in time order, without the product."""

from __future__ import annotations

from heapq import heappop, heappush

from tests.simulation.invented import UNIT_LADDER, ZONES
from tests.simulation.mornings import Mornings
from tests.simulation.organisation import Job, Leave
from tests.simulation.script import Event, Message
from tests.simulation.steps import Stand
from tests.simulation.telling import EVENT, Told

USUAL = "3,1 2h 2x3"


class Expectation(Mornings):
    """Walks a script from the beginning to its end; `messages` is what should have arrived."""

    def walk(self) -> list[Message]:
        """Everything that should arrive, in time order."""
        for number, event in enumerate(self.script.events):
            heappush(self.heap, (event.at, EVENT, number, 0))
        for who in range(len(self.script.people)):
            self._look_again(who)
        while self.heap and self.heap[0][0] <= self.script.end:
            self.now, order = self.heap[0][:2]
            due = []
            while self.heap and self.heap[0][:2] == (self.now, order):
                due.append(heappop(self.heap)[2:])
            (self._events, self._steps, self._agendas, self._leave)[order](due)
        return self.messages

    def _events(self, due: list[tuple[int, int]]) -> None:
        for number, _ in due:
            event = self.script.events[number]
            getattr(self, f"_{event.kind}")(event)

    def _zone(self, event: Event) -> None:
        self.all.resettle(event.who, zone=event.text)
        self._resettled(event.who)

    def _clock(self, event: Event) -> None:
        self.all.resettle(event.who, clock=event.text)
        self._resettled(event.who)

    def _resettled(self, who: int) -> None:
        for key in sorted(self.all.mine.get(who, ())):
            self._change(key)
        self._look_again(who)

    def _away(self, event: Event) -> None:
        assert event.until is not None
        leave = Leave(len(self.all.leaves), event.who, event.at, event.until, event.other)
        self.all.leaves.append(leave)
        self.all.last_leave[event.who] = leave
        self._resettled(event.who)
        self._hand_on({event.who} | self.all.involved(self.now))
        self._post(event.other, "absence", [Told("absence", "substitute", leave.number, self.now)])
        unit = self.script.people[event.who].unit
        for head in self.all.superiors(unit, {event.who, event.other}):
            self.waiting.setdefault(head, []).append(Told("absence", "head", leave.number, self.now))

    def _back(self, event: Event) -> None:
        leave = self.all.last_leave[event.who]
        leave.until = self.now
        self._resettled(event.who)
        self._hand_on({leave.other} | self.all.involved(self.now))
        self._post(leave.other, "absence", [Told("absence", "over", leave.number, self.now)])

    def _assign(self, event: Event) -> None:
        zone = ZONES[UNIT_LADDER[0]][0]
        place = self.script.places[self.script.people[event.other].unit]
        ladder = event.text or (UNIT_LADDER[1] if place.zone == zone else USUAL)
        stand = Stand(event.other, event.at, event.at, event.until, ladder, event.urgent)
        assert event.task == len(self.all.jobs)
        self.all.jobs.append(Job(event.who, stand))
        self.all.given.setdefault(event.who, set()).add(event.task)
        self._change(event.task)
        self._tell_owner(event, "assigned")

    def _receive(self, event: Event) -> None:
        state = self.all.jobs[event.task].stand.state
        self._change(event.task, state="in_progress" if state == "returned" else "received", news=self.now)

    def _report(self, event: Event) -> None:
        self._change(event.task, state="in_progress", news=self.now)

    def _submit(self, event: Event) -> None:
        job = self.all.jobs[event.task]
        job.asked = None
        self._change(event.task, state="submitted", news=self.now)
        self._tell(job.boss, Told("news", "submitted", event.task, self.now), decision=True)

    def _return(self, event: Event) -> None:
        self._change(event.task, state="returned", news=self.now, since=self.now)
        self._tell_owner(event, "returned")

    def _accept(self, event: Event) -> None:
        job = self.all.jobs[event.task]
        job.asked = None
        self.all.given[job.boss].discard(event.task)
        self._change(event.task, state="completed", news=self.now)
        self._tell_owner(event, "completed")

    def _ask(self, event: Event) -> None:
        job = self.all.jobs[event.task]
        job.asked, job.wanted = event.who, event.until
        self._change(event.task, news=self.now)
        self._tell(job.boss, Told("request", "asked", event.task, self.now), decision=True)

    def _approve(self, event: Event) -> None:
        job = self.all.jobs[event.task]
        asker, job.asked = job.asked, None
        assert asker is not None
        self._change(event.task, due=job.wanted, since=self.now)
        self._tell(asker, Told("request", "approved", event.task, self.now))

    def _reassign(self, event: Event) -> None:
        job = self.all.jobs[event.task]
        old, job.asked = job.stand.owner, None
        self._change(event.task, owner=event.other, state="assigned", since=self.now)
        self._tell_owner(event, "assigned")
        self._tell(old, Told("request", "moved", event.task, self.now))
