"""Work that comes back, as those who assign it arrange it: begin, look, end."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from bot.actions import tasks as task_actions
from bot.office import Office
from bot.policy import recurrence as policy
from bot.policy.access import Actor, Deed, may_in, reach_of
from bot.policy.calendar import WorkCalendar
from handlers.ports import Refused, Routine
from storage import drafts, history, members, recurrences, units
from storage.records import Recurrence, RecurrenceCard, fold

MOST = 200  # going on at once in one unit


def begin(connection: Connection, office: Office, actor: Actor, wanted: Routine, now: datetime) -> RecurrenceCard:
    """Let work come back from now on; the planner gives out its first occurrence."""
    owner = task_actions.may_assign(connection, actor, wanted.owner_id)
    title, product = task_actions.checked(wanted.title, wanted.product)
    _refuse_twice(connection, wanted, title)
    tree = units.every(connection)
    rule, calendar = policy.parse_rule(wanted.rule), office.calendar_for(owner, tree)
    lead_days = policy.LEAD_DAYS[rule.period]
    coming = policy.first(rule, wanted.clock, lead_days, now, calendar, 1)[0]
    number = recurrences.add(
        connection,
        rule=str(rule),
        clock=wanted.clock,
        owner_id=owner.id,
        unit_id=owner.unit_id,
        assigner_id=actor.member.id,
        title=title,
        product=product,
        difficulty=wanted.difficulty.value,
        lead_days=lead_days,
        created_at=now,
        next_on=coming.day,
        check_at=coming.assign_at,
    )
    series = policy.series_of(task_actions.prefix_of(connection, tree[owner.unit_id]), number)
    recurrences.name_series(connection, number, series)
    details = {"recurrence": number, "series": series, "rule": str(rule), "clock": wanted.clock, "title": title}
    details |= {"unit": owner.unit_id, "product": product, "next": coming.day.isoformat()}
    history.append(connection, now, "recur_begin", actor_id=actor.member.id, member_id=owner.id, details=details)
    drafts.drop(connection, actor.member.account or 0, "recurring")
    return look(connection, office, actor, number, now)


def _refuse_twice(connection: Connection, wanted: Routine, title: str) -> None:
    """The same work for the same person on the same days is most likely a second press or a forgotten first one."""
    owner = members.some(connection, [wanted.owner_id])[wanted.owner_id]
    present = recurrences.going_on(connection, [owner.unit_id])
    if len(present) >= MOST:
        raise Refused("recurring.many", limit=MOST)
    for one in present:
        if (one.owner_id, one.rule, fold(one.title)) == (wanted.owner_id, wanted.rule, fold(title)):
            raise Refused("recurring.same", number=one.id)


def listing(connection: Connection, office: Office, actor: Actor, now: datetime) -> tuple[RecurrenceCard, ...]:
    """Everything that comes back in the units in which the actor may assign."""
    reach = reach_of(actor, Deed.ASSIGN)
    if not reach:
        raise Refused("forbidden.assign")
    return _cards(connection, office, recurrences.going_on(connection, reach), now)


def look(connection: Connection, office: Office, actor: Actor, number: int, now: datetime) -> RecurrenceCard:
    """One of them, an ended one too. A hidden one and one that does not exist get the same answer."""
    return _cards(connection, office, (_visible(connection, actor, number),), now)[0]


def _visible(connection: Connection, actor: Actor, number: int) -> Recurrence:
    found = recurrences.get(connection, number)
    if found is None or not may_in(actor, Deed.ASSIGN, found.unit_id):
        raise Refused("recurring.unknown", number=number)
    return found


def end(connection: Connection, actor: Actor, number: int, now: datetime) -> None:
    """Let nothing come of it any more; the tasks that came of it stay."""
    found = _visible(connection, actor, number)
    if not recurrences.end(connection, number, now):
        raise Refused("recurring.ended", number=number)
    details = {"recurrence": number, "series": found.series, "title": found.title}
    history.append(connection, now, "recur_end", actor_id=actor.member.id, member_id=found.owner_id, details=details)


def deadlines(rule: str, clock: str, lead_days: int, now: datetime, calendar: WorkCalendar) -> tuple[datetime, ...]:
    """The deadlines that come next."""
    found = policy.first(policy.parse_rule(rule), clock, lead_days, now, calendar, policy.SHOWN)
    return tuple(one.due_at for one in found)


def _cards(
    connection: Connection, office: Office, found: tuple[Recurrence, ...], now: datetime
) -> tuple[RecurrenceCard, ...]:
    tree = units.every(connection)
    people = members.some(connection, {one.owner_id for one in found})

    def card(one: Recurrence) -> RecurrenceCard:
        owner = people[one.owner_id]
        calendar = office.calendar_for(owner, tree)
        coming = () if one.ended_at else deadlines(one.rule, one.clock, one.lead_days, now, calendar)
        return RecurrenceCard(one, owner.name, tree[one.unit_id].name, calendar.zone, coming)

    return tuple(card(one) for one in found)
