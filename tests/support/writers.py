"""Who orders a transaction: the functions of the program, read from its text and seen at work."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).parents[2]


def writer(frame: FrameType | None) -> str:
    """Who ordered a transaction; of an effect: whose effect it is."""
    while frame is not None and frame.f_code.co_name == "_effect":
        frame = frame.f_back
    assert frame is not None
    return f"{frame.f_globals['__name__']}:{frame.f_code.co_qualname.split('.<locals>')[0]}"


def every_writer(*folders: str) -> set[str]:
    """All functions of these folders that order a transaction, read from the text of the program."""
    found: set[str] = set()
    for path in sorted(file for folder in folders for file in (ROOT / folder).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found |= {f"{module}:{name}" for name in _writers_in(ast.parse(path.read_text()), "")}
    return found


def _writers_in(node: ast.AST, inside: str) -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", "")
        if isinstance(child, ast.ClassDef):
            yield from _writers_in(child, f"{inside}{name}.")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and name != "_effect" and _orders_within(child):
            yield f"{inside}{name}"


def _orders_within(function: ast.AST) -> bool:
    return any(_orders(one) for one in ast.walk(function))


def _orders(node: ast.AST) -> bool:
    """Whether this is a call of `store.write`, `transaction` or `_effect`."""
    if not isinstance(node, ast.Call):
        return False
    called = node.func
    if isinstance(called, ast.Attribute) and called.attr == "write":
        owner = called.value
        return getattr(owner, "attr", getattr(owner, "id", "")).endswith("store")
    return getattr(called, "attr", getattr(called, "id", "")) in ("transaction", "_effect")
