"""Which catalogue keys the code asks for, read from its syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("handlers", "bot")
SPEAKERS = {"t", "words"}  # the names under which the code keeps its Texts


@dataclass(frozen=True, slots=True)
class Said:
    """One place where a message is asked for. `key` has a {} for each part that is known only at run time."""

    place: str
    key: str
    plain: bool
    values: frozenset[str] | None  # names of the values given there; None when some are given by **


@lru_cache(maxsize=1)
def trees() -> tuple[tuple[str, ast.Module], ...]:
    """Every source file below handlers/ and bot/."""
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
    )


@lru_cache(maxsize=1)
def calls() -> tuple[tuple[str, ast.Call], ...]:
    """Every call with at least one positional argument."""
    return tuple(
        (name, node) for name, tree in trees() for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args
    )


def keys_of(node: ast.expr) -> Iterator[str]:
    """The strings an argument can be: a literal, a choice of literals, or an f-string with {} for its parts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from keys_of(node.body)
        yield from keys_of(node.orelse)
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _given(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def _speaks(function: ast.expr) -> bool | None:
    """Whether a called thing is a Texts: False as HTML, True for its `plain`; None for anything else."""
    if isinstance(function, ast.Attribute) and function.attr == "plain":
        return True
    if isinstance(function, ast.Name) and function.id in SPEAKERS:
        return False
    if isinstance(function, ast.Attribute) and function.attr == "texts":
        return False
    if isinstance(function, ast.Call) and isinstance(function.func, ast.Name) and function.func.id == "texts":
        return False
    return False if isinstance(function, ast.Await) else None


@lru_cache(maxsize=1)
def said() -> tuple[Said, ...]:
    """Every message asked for by t("..."), t.plain("..."), texts(...)("...") or words("...")."""
    found = []
    for name, call in calls():
        plain = _speaks(call.func)
        if plain is not None:
            place = f"{name}:{call.lineno}"
            found += [Said(place, key, plain, _given(call)) for key in keys_of(call.args[0])]
    return tuple(found)


@lru_cache(maxsize=1)
def refused() -> tuple[Said, ...]:
    """Every Refused("..."), as the message it becomes."""
    found = []
    for name, call in calls():
        if isinstance(call.func, ast.Name) and call.func.id == "Refused":
            given = _given(call)
            values = None if given is None else given | {"example"}
            for reason in keys_of(call.args[0]):
                key = reason if reason == "stranger" else f"refused.{reason}"
                found.append(Said(f"{name}:{call.lineno}", key, True, values))
    return tuple(found)


def first_arguments(function: str, *, position: int = 0) -> set[str]:
    """The literal arguments at this position of all calls of a function or method of this name."""
    return {
        key
        for _, call in calls()
        if len(call.args) > position
        and (getattr(call.func, "id", None) == function or getattr(call.func, "attr", None) == function)
        for key in keys_of(call.args[position])
        if "{}" not in key
    }


def strings(*, docstrings: bool) -> Iterator[tuple[str, int, str]]:
    """Every string constant with its file and line."""
    for name, tree in trees():
        skipped = set() if docstrings else set(_docstrings(tree))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in skipped:
                yield name, node.lineno, node.value


def _docstrings(tree: ast.Module) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield id(first.value)
