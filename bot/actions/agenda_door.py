"""An agenda at the door: what of it still holds, and the facts of the moment that it is written from."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import absences as absence_actions
from bot.actions import agendas, cases, deciders, gathering, people, recurring, teams
from bot.actions.cards import Loaded
from bot.office import Office
from bot.policy import absence as absence_policy
from bot.policy import agenda as policy
from bot.policy.access import Actor, may
from handlers.ports import Refused
from storage import absences, agenda, members, outbox, units
from storage.notices import AbsenceNews, Agenda, Facts, RecurrenceNews, RequestNews, TaskNews
from storage.records import Absence, Action, Letter, Member, Person, RecurrenceCard, RequestCard, Task, Tree

MOST_REQUESTS = 20  # loaded for one agenda; /requests shows them all


def look(
    connection: Connection,
    office: Office,
    letter: Letter,
    actor: Actor,
    notice: Agenda,
    known: Mapping[int, Task],
    loaded: Loaded,
    away: Mapping[int, Absence],
    now: datetime,
) -> tuple[Agenda, Facts] | None:
    """What of the agenda is to be sent, with the facts it speaks about; None when nothing is left that speaks.

    `known` are the tasks it speaks about (`task_ids`), `loaded` is what their cards are made of.
    """
    member, tree = actor.member, loaded.tree
    calendar = loaded.calendars.of(member)
    found = {key: known[key] for key in task_ids(notice) if key in known}
    asked = _requests(connection, office, actor, notice, now)
    told = _answers(connection, office, actor, notice, now)
    back = _recurrences(connection, office, actor, notice, now)
    gone = _absences(connection, notice)
    lost = _unreachable(connection, notice, now)
    door = policy.Door(
        reader=member,
        calendar=calendar,
        now=now,
        tasks=found,
        may_view=lambda task: people.may_view(actor, task),
        may_accept=lambda task: may(actor, Action.ACCEPT, task),
        answerable=asked,
        lost=lost,
        lasting={key for key, one in gone.items() if absence_policy.lasts(one, now)},
        away=away,
        stands_for=actor.stands_for,
        answered=told,
        recurring=back,
        ended={key for key, one in gone.items() if not absence_policy.lasts(one, now)},
    )
    late = notice.late or now - letter.created_at > policy.LATE_AFTER
    left = policy.still_true(replace(notice, late=late), door)
    if left is None:
        return None
    shown = [found[key] for key in task_ids(left)]
    made = [loaded.card(actor, task, notes=len(shown) == 1) for task in shown]
    return left, Facts(
        now=now,
        zone=calendar.zone,
        language=member.language,
        cards={card.task.id: card for card in made},
        people=_people(connection, left, lost, tree),
        units=tree,
        requests=told | asked,
        recurrences=back,
        absences={key: absence_actions.shown(connection, office, one, tree) for key, one in gone.items()},
    )


def task_ids(notice: Agenda) -> tuple[int, ...]:
    """The tasks an agenda speaks about, each once, in its order."""
    told = (one.task_id for one in notice.news if isinstance(one, TaskNews))
    return tuple(dict.fromkeys([*notice.own, *(step.task_id for step in notice.steps), *notice.submitted, *told]))


def _requests(
    connection: Connection, office: Office, actor: Actor, notice: Agenda, now: datetime
) -> dict[int, RequestCard]:
    """The requests that the reader can still answer."""
    found = {}
    for key in notice.requests[:MOST_REQUESTS]:
        try:
            one = cases.look(connection, office, actor, key, now)
        except Refused:
            continue
        if one.may_decide or one.may_consent:
            found[key] = one
    return found


def _answers(
    connection: Connection, office: Office, actor: Actor, notice: Agenda, now: datetime
) -> dict[int, RequestCard]:
    """The requests that news of the agenda speak about, as far as the reader may see them."""
    found = {}
    for key in dict.fromkeys(one.request_id for one in notice.news if isinstance(one, RequestNews)):
        with suppress(Refused):
            found[key] = cases.look(connection, office, actor, key, now)
    return found


def _recurrences(
    connection: Connection, office: Office, actor: Actor, notice: Agenda, now: datetime
) -> dict[int, RecurrenceCard]:
    found = {}
    for key in dict.fromkeys(one.recurrence_id for one in notice.news if isinstance(one, RecurrenceNews)):
        with suppress(Refused):
            found[key] = recurring.look(connection, office, actor, key, now)
    return found


def _absences(connection: Connection, notice: Agenda) -> dict[int, Absence]:
    told = [absences.get(connection, one.absence_id) for one in notice.news if isinstance(one, AbsenceNews)]
    return {one.id: one for one in told if one is not None}


def _unreachable(connection: Connection, notice: Agenda, now: datetime) -> dict[int, Person]:
    """Those of the named people whom the bot still cannot reach, with their work."""
    if not notice.lost:
        return {}
    units_of = {one.unit_id for one in members.some(connection, notice.lost).values()}
    roster = teams.roster(connection, units_of, now)
    named = set(notice.lost)
    return {one.member.id: one for one in roster if one.member.id in named and not (one.member.reachable or one.away)}


def _people(connection: Connection, left: Agenda, lost: dict[int, Person], tree: Tree) -> dict[int, Person]:
    actors = {one.actor_id for one in left.news if isinstance(one, TaskNews) and one.actor_id}
    known = members.some(connection, actors) if actors else {}
    return {key: Person(one, tree[one.unit_id].name) for key, one in known.items()} | lost


def moved(
    connection: Connection,
    letter: Letter,
    reader: Member,
    notice: Agenda,
    tree: Tree,
    away: Mapping[int, Absence],
    now: datetime,
) -> agendas.Moved:
    """The steps of a waiting agenda that somebody else must hear now; one that may have arrived stays as it is."""
    if letter.copies or not (reader.id in away or any(step.owner_id is not None for step in notice.steps)):
        return []
    place = deciders.place(connection, tree, away, now)
    return agendas.misdirected(connection, place, [(reader.id, step) for step in notice.steps])


def forward(connection: Connection, office: Office, letter: Letter, notice: Agenda, now: datetime) -> None:
    """Give the misdirected steps of an agenda to those who hear them now; the rest of it stays.

    Of a late one first what is urgent goes apart, if the rest may not leave at this hour.
    """
    reader = members.some(connection, [letter.member_id or 0])[letter.member_id or 0]
    tree = units.every(connection)
    calendar = office.calendar_for(reader, tree)
    if (urgent := gathering.hurried(connection, letter, notice, calendar, now)) is not None:
        gathering.part(connection, letter, notice, urgent, now)
        return
    found = moved(connection, letter, reader, notice, tree, absence_actions.away_now(connection, now), now)
    gone = {step for _, step, _, _ in found}
    rest = replace(notice, steps=tuple(step for step in notice.steps if step not in gone))
    if outbox.rewrite(connection, letter, rest):
        agendas.hand_on(connection, office, found, tree, now)


def sent(connection: Connection, office: Office, member_ids: Collection[int], now: datetime) -> None:
    """Note on which local day these had theirs: one that was late is the agenda of the day on which it came."""
    if not member_ids:
        return
    tree = units.every(connection)
    for member in members.some(connection, member_ids).values():
        agenda.note_sent(connection, member, office.calendar_for(member, tree).local(now).date())


def mentioned(notice: Agenda) -> tuple[int, ...]:
    """The tasks that a reply to an agenda can be a note on."""
    told = (one.task_id for one in notice.news if isinstance(one, TaskNews) and one.event in policy.OWNERS_NEWS)
    return tuple(dict.fromkeys([*notice.own, *(step.task_id for step in notice.steps), *told]))
