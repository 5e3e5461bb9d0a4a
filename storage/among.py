"""Any number of ids, or of rows of numbers, as one parameter of one statement.

An ordinary IN list ends at 32,766 on SQLite, 65,535 on PostgreSQL, and a summary of a whole organisation looks at more
tasks than that. A statement that is run once for each row costs the client 40 µs a row on PostgreSQL.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    Subquery,
    Text,
    bindparam,
    cast,
    column,
    func,
    select,
)
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


def rows_given(dialect: str, name: str, *columns: str) -> Subquery:
    """A table of whole numbers; its rows are given by that name when the statement runs, each as a list."""
    given = bindparam(name, type_=JSON)
    if dialect == "postgresql":
        row = func.json_array_elements(given).table_valued(column("value", JSON)).c.value
        fields: list[ColumnElement[Any]] = [cast(row.op("->>")(place), BigInteger) for place in range(len(columns))]
    else:
        row = func.json_each(given).table_valued("value").c.value
        fields = [func.json_extract(row, f"$[{place}]") for place in range(len(columns))]
    return select(*(field.label(key) for key, field in zip(columns, fields, strict=True))).subquery(name)


@compiles(_Listed)
def _of_json(element: _Listed, compiler: Any, **how: Any) -> str:
    return f"(SELECT value FROM json_each({compiler.process(element.clauses, **how)}))"  # noqa: S608 - the compiler's own words


@compiles(_Listed, "postgresql")
def _of_array(element: _Listed, compiler: Any, **how: Any) -> str:
    return f"(SELECT unnest({compiler.process(element.clauses, **how)}))"
