"""Logs without secrets: every line passes a filter that takes tokens out, whoever wrote it.

Nor do they repeat what people wrote: an error that complains of a value quotes it, so its words are left out. Where it
happened and what kind it is remains.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime
from typing import Any

_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}")
LOUD = ("httpx", "httpcore", "telegram", "telegram.ext", "aiohttp.access", "alembic")


def redact(text: str) -> str:
    """The text with bot tokens replaced."""
    return _TOKEN.sub("[token]", text)


QUOTING = (ValueError, LookupError, TypeError, AttributeError, AssertionError)  # their words repeat values


def told(error: BaseException, seen: set[int] | None = None) -> str:
    """An error with its causes, the first cause first, in the form of Python; the words of some are left out."""
    seen = set() if seen is None else seen  # a chain of causes may run in a ring
    chain: list[BaseException] = []
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        chain.append(link)
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "".join(_link(each, seen) for each in reversed(chain))


def _link(error: BaseException, seen: set[int]) -> str:
    # The first line only: PostgreSQL says in the second which values were wrong.
    words = "" if isinstance(error, QUOTING) else f": {str(error).partition(chr(10))[0]}"
    parts = [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}{words}\n"]
    if isinstance(error, BaseExceptionGroup):
        parts += [told(each, seen) for each in error.exceptions]
    return "".join(parts)


class Formatter(logging.Formatter):
    """What both forms of a line have in common."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is that of the library
        return told(ei[1]).rstrip()


class TextFormatter(Formatter):
    """One line a record, for people."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(Formatter):
    """One JSON object a record, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False))


def configure(form: str, level: str) -> None:
    """Log to stderr. The libraries that print URLs (tokens included) or bot objects are quieter than ours."""
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a ring that falls into a long round is no news
    for name in LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
