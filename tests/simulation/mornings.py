"""The morning agendas of the expectation: one a working day at the reader's hour, when something speaks."""

from __future__ import annotations

from heapq import heappush

from tests.simulation.script import Message
from tests.simulation.steps import WORKED_ON
from tests.simulation.telling import AGENDA, Telling


class Mornings(Telling):
    """Adds the agendas to what is told."""

    def _look_again(self, who: int) -> None:
        self.all.look[who] = self.all.next_look(who, self.now)
        heappush(self.heap, (self.all.look[who], AGENDA, who, 0))

    def _agendas(self, due: list[tuple[int, int]]) -> None:
        readers = sorted({who for who, _ in due if self.all.look[who] == self.now})
        if readers:
            self._hand_on({*readers, *self.all.involved(self.now)})
        for who in readers:
            self._agenda(who)

    def _agenda(self, who: int) -> None:
        life = self.all.lives[who]
        today, before = life.day_of(self.now), self.all.had.get(who)
        own, urgent = self._own(who)
        items = self.waiting.pop(who, [])
        decisions = set() if self.all.away(who, self.now) else self._decisions(who)
        if items or decisions or urgent:
            self.all.had[who] = today
            told = {one.says for one in items if self._holds(who, one)}
            told |= {("decide", key) for kind, key, what in told if what in ("submitted", "asked")}
            told = {one for one in told if one[-1] != "asked"} | decisions
            if told or urgent:
                self.messages.append(Message(who, "agenda", self.now, frozenset(told | own)))
        had = self.all.had.get(who)
        self.all.had[who] = today
        self._look_again(who)
        if had is None:
            del self.all.had[who]
        else:
            self.all.had[who] = had
        assert before is None or before < today

    def _own(self, who: int) -> tuple[set[tuple[object, ...]], bool]:
        """Own work that is overdue, due today or in the next three working days; whether some is due today."""
        if self.all.away(who, self.now):
            return set(), False
        life = self.all.lives[who]
        today = life.day_of(self.now)
        last = life.moved(today, 3)
        stands = {key: self.all.jobs[key].stand for key in self.all.mine.get(who, ())}
        days = {k: life.day_of(one.due) for k, one in stands.items() if one.due and one.state in WORKED_ON}
        return {("own", key) for key, day in days.items() if day <= last}, today in days.values()

    def _decisions(self, who: int) -> set[tuple[object, ...]]:
        found: set[tuple[object, ...]] = set()
        for key in self.all.given.get(who, ()):
            job = self.all.jobs[key]
            if job.stand.state == "submitted" or job.asked is not None:
                found.add(("decide", key))
        return found
