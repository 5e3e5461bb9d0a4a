"""Absences in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handlers.buttons import Row, button, keyboard, stamp
from handlers.commands import local_name
from handlers.views import dates
from handlers.views.message import Message, lines, paragraphs
from handlers.views.reader import Reader
from handlers.views.requests import cancel_row, person_rows
from storage.records import Away, Person


def ask_until(ends: Sequence[datetime], token: str, reader: Reader) -> Message:
    """Until when? The coming working days as buttons; an end is the first moment after that day."""
    t = reader.texts
    text = lines([t("away.until"), t("away.one_line", command=local_name("away", reader.language))])
    return Message(text, keyboard([*_days(ends, token, reader), cancel_row(t)]), ask=True)


def ask_which_day(ends: Sequence[datetime], token: str, reader: Reader) -> Message:
    """What was typed can mean these days."""
    t = reader.texts
    return Message(t("away.which"), keyboard([*_days(ends, token, reader), cancel_row(t)]), ask=True)


def _days(ends: Sequence[datetime], token: str, reader: Reader) -> list[Row]:
    picks = [
        button(
            dates.day(end - timedelta(seconds=1), reader.zone, reader.language), "absent", token, "until", stamp(end)
        )
        for end in ends
    ]
    return [picks[i : i + 3] for i in range(0, len(picks), 3)]


def ask_substitute(until: datetime, people: Sequence[Person], token: str, reader: Reader) -> Message:
    """Who stands in? With the last day away as it was understood; `until` is its end."""
    t = reader.texts
    day = dates.date_of((until - timedelta(seconds=1)).astimezone(ZoneInfo(reader.zone)).date(), reader.language)
    return Message(
        t("away.who", day=day), keyboard([*person_rows(people, token, "absent", "who"), cancel_row(t)]), ask=True
    )


def away_message(away: Away, reader: Reader) -> Message:
    """The own absence, with the way back."""
    t = reader.texts
    text = t("away.set", day=_day(away, reader), substitute=away.substitute)
    typed = t("away.typed", back=local_name("back", reader.language), away=local_name("away", reader.language))
    return Message(paragraphs(text, typed), keyboard([[button(t.plain("button.back_again"), "back")]]))


def back_message(away: Away, reader: Reader) -> Message:
    """Back again."""
    return Message(reader.texts("away.back", substitute=away.substitute, n=away.open))


def news_message(event: str, away: Away, reader: Reader) -> Message:
    """To the substitute and to the superiors."""
    t, day = reader.texts, _day(away, reader)
    if event == "over":
        return Message(t("letter.away.over", name=away.name))
    if event == "head":
        return Message(t("letter.away.head", name=away.name, day=day, substitute=away.substitute, n=away.open))
    rows = [[button(t.plain("button.my_tasks"), "list", "tasks", 0)]]
    return Message(t("letter.away.substitute", name=away.name, day=day, n=away.open), keyboard(rows))


def _day(away: Away, reader: Reader) -> str:
    return dates.day(away.last_day, reader.zone, reader.language)
