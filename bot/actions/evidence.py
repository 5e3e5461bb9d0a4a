"""Keeping what shows that work was done: part of the transaction of whatever it came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection

from bot.actions import people
from bot.policy.access import Actor, may
from bot.policy.workflow import offered, waits_for_owner
from handlers.ports import AWAITED, Piece, Refused
from storage import drafts, evidence, history, tasks
from storage.records import Action, Evidence, EvidenceKind, State, Task, links

MOST = 20  # pieces a task keeps
LONGEST_NOTE = 1000  # characters
LONGEST_LINK = 1000
HISTORY = ("kind", "name", "size", "sha256", "url")  # what the history says of a piece; how to fetch it is not told


def add(connection: Connection, actor: Actor, task: Task, pieces: Sequence[Piece], note: str, now: datetime) -> int:
    """Keep these pieces for a task that the actor can see; how many were new. Raises Refused."""
    if not may(actor, Action.ATTACH, task):
        raise Refused("forbidden.attach", code=task.code)
    if Action.ATTACH not in offered(actor, task, now):
        raise Refused(f"not_now.{task.state}", code=task.code)
    if len(note) > LONGEST_NOTE or any(len(piece.url) > LONGEST_LINK for piece in pieces):
        raise Refused("note.too_long", limit=LONGEST_NOTE)
    known = evidence.of_tasks(connection, [task.id]).get(task.id, ())
    fresh = _fresh(pieces, known)
    if len(known) + len(fresh) > MOST:
        raise Refused("evidence.many", code=task.code, limit=MOST)
    _write(connection, actor, task, fresh, note.strip(), now)
    _no_longer_awaited(connection, actor, task)
    if fresh and waits_for_owner(task) and not tasks.change(connection, task, updated_at=now):
        raise Refused("task.changed", code=task.code)
    return len(fresh)


def _fresh(pieces: Sequence[Piece], known: Sequence[Evidence]) -> list[Piece]:
    """The pieces that the task does not have: the same file or link sent again is one piece."""
    seen = {(one.unique_id, one.url) for one in known}
    fresh = {(piece.unique_id, piece.url): piece for piece in pieces}
    return [piece for key, piece in fresh.items() if key not in seen]


def _write(connection: Connection, actor: Actor, task: Task, pieces: Sequence[Piece], note: str, now: datetime) -> None:
    for piece in pieces:
        evidence.add(connection, task_id=task.id, member_id=actor.member.id, at=now, note=note, **asdict(piece))
        details = {name: value for name, value in asdict(piece).items() if name in HISTORY} | {"note": note}
        details |= people.in_whose_name(actor, Action.ATTACH, task)
        history.append(connection, now, "evidence", actor_id=actor.member.id, task_id=task.id, details=details)


def add_links(connection: Connection, actor: Actor, task: Task, note: str, now: datetime) -> None:
    """Keep the links in a report. Never a reason to refuse the report: what does not fit still stands in its words."""
    pieces = [Piece(EvidenceKind.LINK, url=url) for url in links(note) if len(url) <= LONGEST_LINK]
    known = evidence.of_tasks(connection, [task.id]).get(task.id, ())
    _write(connection, actor, task, _fresh(pieces, known)[: MOST - len(known)], "", now)
    if pieces:
        _no_longer_awaited(connection, actor, task)


def await_it(connection: Connection, actor: Actor, task: Task, now: datetime) -> None:
    """After a submission without evidence of a task with a product: let the next file be taken for it.

    Only where no other dialogue goes on: that one must not end because of a submission.
    """
    account = actor.member.account
    missing = task.state is State.SUBMITTED and task.product and task.id not in evidence.of_tasks(connection, [task.id])
    if account is not None and missing and drafts.get(connection, account) is None:
        drafts.save(connection, account, AWAITED, "", {"task": task.id}, now)


def _no_longer_awaited(connection: Connection, actor: Actor, task: Task) -> None:
    """A dialogue that waited for evidence of this task has it."""
    account = actor.member.account or 0
    draft = drafts.get(connection, account)
    if draft is not None and draft.kind == AWAITED and draft.data["task"] == task.id:
        drafts.drop(connection, account, AWAITED)
