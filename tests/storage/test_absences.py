"""What storage remembers of absences, of batches, and of somebody who leaves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection

from bot.policy.requests import ABOUT_THE_WORK
from storage import absences, invites, members, outbox, requests, tasks, units
from storage.notices import Reminders, Step
from storage.records import RequestState

AT = datetime(2026, 12, 7, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def people(connection: Connection) -> tuple[int, int]:
    unit = units.add(connection, "Unit A")
    return members.add(connection, "Mai", unit, language="vi"), members.add(connection, "Jan", unit, language="pl")


def away(connection: Connection, who: int, by: int, since: datetime = AT, days: int = 7) -> int:
    values = {"member_id": who, "substitute_id": by, "made_by": who, "at": since}
    return absences.add(connection, **values, since=since, until=since + days * DAY)


def test_an_absence_is_present_until_its_end_and_found_from_both_sides(connection: Connection, people) -> None:
    mai, jan = people
    absence_id = away(connection, mai, jan)
    for now, found in ((AT - DAY, ()), (AT, (absence_id,)), (AT + 6 * DAY, (absence_id,)), (AT + 7 * DAY, ())):
        assert tuple(one.id for one in absences.present(connection, now)) == found
        assert tuple(one.id for one in absences.present_of(connection, [mai], now)) == found
        assert tuple(one.id for one in absences.stood_in_by(connection, jan, now)) == found
        assert absences.present_of(connection, [jan], now) == absences.stood_in_by(connection, mai, now) == ()
    assert absences.get(connection, absence_id) == absences.of_members(connection, [mai])[0]
    assert absences.get(connection, 99) is None


def test_ending_twice_ends_once_and_leaves_what_has_passed(connection: Connection, people) -> None:
    mai, jan = people
    past = away(connection, mai, jan, AT - 30 * DAY)
    present = away(connection, mai, jan)
    assert [one.id for one in absences.end(connection, mai, AT + DAY)] == [present]
    assert absences.end(connection, mai, AT + DAY) == ()
    assert absences.get(connection, past).ended_at is None
    assert absences.get(connection, present).ended_at == AT + DAY
    assert absences.present(connection, AT + 2 * DAY) == ()


def a_task(connection: Connection, owner: int, code: str) -> int:
    basic = {"titles": {}, "difficulty": "normal", "assigned_at": AT, "created_at": AT, "state": "assigned"}
    return tasks.add(connection, code=code, title="x", unit_id=1, owner_id=owner, percent=0, **basic)


def asked(connection: Connection, task_id: int, by: int, heir: int | None = None) -> int:
    values = {"kind": "handover", "at": AT, "reason": "x", "state": "open", "level": 2, "late": 0}
    return requests.add(connection, task_id=task_id, member_id=by, new_owner_id=heir, **values)


def test_a_batch_carries_the_id_of_its_first_request(connection: Connection, people) -> None:
    mai, jan = people
    ids = [asked(connection, a_task(connection, mai, f"UA-{n}"), jan) for n in (1, 2)]
    alone = asked(connection, 1, mai)
    requests.start_batch(connection, ids)
    assert [one.id for one in requests.of_batch(connection, ids[0])] == ids
    assert requests.get(connection, alone).batch_id is None
    assert requests.withdraw_of(connection, 1, AT, ABOUT_THE_WORK, batches=False) == 1
    assert requests.get(connection, ids[0]).state is RequestState.OPEN
    assert requests.withdraw_of(connection, 1, AT, ABOUT_THE_WORK) == 1
    assert requests.get(connection, ids[1]).state is RequestState.OPEN


def test_what_a_person_asked_for_or_would_get_is_withdrawn_together(connection: Connection, people) -> None:
    mai, jan = people
    task_id = a_task(connection, mai, "UA-1")
    by, for_ = asked(connection, task_id, jan), asked(connection, task_id, mai, jan)
    other = asked(connection, task_id, mai)
    assert requests.withdraw_with(connection, jan, AT) == 2
    assert {requests.get(connection, key).state for key in (by, for_)} == {RequestState.WITHDRAWN}
    assert requests.get(connection, other).state is RequestState.OPEN


def test_letters_codes_and_mentions_of_one_person_go_and_those_of_others_stay(connection: Connection, people) -> None:
    mai, jan = people
    notice = Reminders((Step(1, "due-day", AT.isoformat(), owner_id=jan),))
    for number, member in enumerate(people):
        outbox.post(connection, f"k{number}", notice, AT, AT, member_id=member)
        invites.add(connection, "member", f"code{number}", member, AT, AT + DAY)
    task_id = a_task(connection, mai, "UA-1")
    tasks.mention(connection, 7, 1, [task_id], AT)
    tasks.mention(connection, 8, 1, [task_id], AT)
    assert outbox.drop_for(connection, mai, AT, "left") == 1
    invites.void(connection, mai, AT)
    assert tasks.forget_mentions_of(connection, 7) == 1
    assert [row.state for row in outbox.every(connection)] == ["dropped", "waiting"]
    assert invites.by_code(connection, "member", "code0", AT) is None
    assert invites.by_code(connection, "member", "code1", AT) is not None
    assert tasks.mentioned(connection, 8, 1) == (task_id,)


def test_only_whoever_holds_the_lease_writes_a_letter_anew(connection: Connection, people) -> None:
    steps = tuple(Step(number, "due-day", AT.isoformat()) for number in (1, 2))
    outbox.post(connection, "k", Reminders(steps), AT, AT, member_id=people[0])
    letter = outbox.lease(connection, AT, AT + DAY, 9)[0]
    assert outbox.rewrite(connection, letter, Reminders(steps[:1]))
    assert not outbox.rewrite(connection, letter, Reminders(steps))  # it was put back
    row = outbox.every(connection)[0]
    assert (row.state, len(row.content["steps"])) == ("waiting", 1)
