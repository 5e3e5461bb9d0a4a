"""The six clears: work, person, responsibility, authority, time, product (R2).

Four are required before a task is accepted; the other two may stay open, and the card says so.
"""

from __future__ import annotations

from storage.records import Task

ALL = ("work", "person", "responsibility", "authority", "time", "product")


def label_name(name: str, language: str) -> str:
    """Under which name an organisation keeps its own wording of one of the six (R3)."""
    return f"clear.{name}.{language}"


def missing(task: Task) -> tuple[str, ...]:
    """Which of the six are not clear. An explicit "no deadline" is clear about time."""
    filled = {
        "work": bool(task.title),
        "person": True,  # the database refuses a task without an owner
        "responsibility": task.leader_id is not None,
        "authority": bool(task.authority),
        "time": True,  # a deadline, or explicitly none
        "product": bool(task.product),
    }
    return tuple(name for name in ALL if not filled[name])
