"""A condition over any number of ids as one parameter: an ordinary IN list ends at 32,766 on SQLite, 65,535 on
PostgreSQL, and a summary of a whole organisation looks at more tasks than that.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Text, bindparam
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, UserDefinedType


class _Array(UserDefinedType[str]):
    """An array of PostgreSQL that is given as text: as a list the driver would look at each number by itself."""

    cache_ok = True
    render_bind_cast = True

    def get_col_spec(self, **_: Any) -> str:
        return "BIGINT[]"


class _Ids(TypeDecorator[list[int]]):
    """The ids as the database takes them in one value."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else _Array())

    def process_bind_param(self, value: list[int] | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        return json.dumps(value) if dialect.name == "sqlite" else f"{{{','.join(map(str, value))}}}"


class _Listed(FunctionElement[int]):
    """One value as a list of rows."""

    inherit_cache = True
    type = BigInteger()


def among(column: ColumnElement[int], ids: Iterable[int]) -> ColumnElement[bool]:
    """Whether the column holds one of these ids."""
    return _in(column, bindparam(None, sorted(set(ids)), type_=_Ids(), unique=True))


def among_given(column: ColumnElement[int], name: str) -> ColumnElement[bool]:
    """The same for a list that is given by that name when the statement runs: it can be made once and for all."""
    return _in(column, bindparam(name, type_=_Ids()))


def _in(column: ColumnElement[int], ids: BindParameter[list[int]]) -> ColumnElement[bool]:
    return column.bool_op("IN")(_Listed(ids))


@compiles(_Listed)
def _of_json(element: _Listed, compiler: Any, **how: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **how)}))"  # noqa: S608 - the compiler's own words


@compiles(_Listed, "postgresql")
def _of_array(element: _Listed, compiler: Any, **how: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **how)}))"
