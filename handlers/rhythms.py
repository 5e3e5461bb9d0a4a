"""How fast something may happen: so many in any second or minute, or one after another in a steady step."""

import math
from collections import deque
from enum import StrEnum
from typing import Final

BURST: Final = 3  # answers to one private chat at once


class Lane(StrEnum):
    """Who is waiting. Values are truthy: PTB drops a falsy `rate_limit_args`."""

    ANSWER = "answer"  # a person, for the reply to what they just did
    LETTER = "letter"  # nobody: the bot speaks by itself
    GRANTED = "granted"  # nobody any more: it has had its turn


class Window:
    """At most `count` stamps in any `seconds`."""

    def __init__(self, rate: float, per: float) -> None:
        """`rate` events in `per` seconds; below one it becomes one event in a longer time."""
        count = max(1, math.floor(rate))
        self.seconds = per * count / rate
        self._stamps: deque[float] = deque(maxlen=count)

    def opens(self) -> float:
        """The moment from which one more fits."""
        return self._stamps[0] + self.seconds if len(self._stamps) == self._stamps.maxlen else -math.inf

    def stamp(self, now: float) -> None:
        """It happens now."""
        self._stamps.append(now)


class Rhythm:
    """Something every `step` seconds. `due` is when the steady rhythm would next have one (GCRA)."""

    def __init__(self, step: float) -> None:
        self.step, self.due = step, -math.inf

    def opens(self, burst: int = 1) -> float:
        """The moment from which one more fits, when so many may come at once."""
        return self.due - (burst - 1) * self.step

    def stamp(self, now: float) -> None:
        """It happens now."""
        self.due = max(now, self.due) + self.step


class Chat(Rhythm):
    """What one chat was sent lately."""

    def __init__(self, step: float, group: float | None) -> None:
        super().__init__(step)
        self.minute = None if group is None else Window(group, 60.0)

    def allows(self, lane: Lane) -> float:
        """The moment from which this chat takes one more of that lane."""
        if self.minute is not None:
            return max(self.due, self.minute.opens())
        return self.opens(BURST if lane is Lane.ANSWER else 1)

    def stamp(self, now: float) -> None:
        """It happens now."""
        super().stamp(now)
        if self.minute is not None:
            self.minute.stamp(now)
