"""Logs without secrets: every line passes a filter that takes tokens out, whoever wrote it."""

from __future__ import annotations

import json
import logging
import re
import sys
import traceback
from datetime import UTC, datetime

_TOKEN = re.compile(r"\d{6,}:[A-Za-z0-9_-]{20,}")
_LOUD = ("httpx", "httpcore", "telegram", "telegram.ext", "aiohttp.access", "alembic")


def redact(text: str) -> str:
    """The text with bot tokens replaced."""
    return _TOKEN.sub("[token]", text)


class TextFormatter(logging.Formatter):
    """One line a record, for people."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JsonFormatter(logging.Formatter):
    """One JSON object a record, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = "".join(traceback.format_exception(*record.exc_info))
        return redact(json.dumps(line, ensure_ascii=False))


def configure(form: str, level: str) -> None:
    """Log to stderr. The libraries that print URLs (tokens included) or bot objects are quieter than ours."""
    handler = logging.StreamHandler(sys.stderr)
    text = TextFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a ring that falls into a long round is no news
    for name in _LOUD:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))
