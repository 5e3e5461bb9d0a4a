"""Bring a database to the present schema. Runs by itself at every start."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, inspect, text

from storage.database import reading, transaction

if TYPE_CHECKING:
    from alembic.config import Config

FOLDER = files("storage") / "migrations"


class Newer(Exception):
    """A later version of the program has changed this database; `there` is its schema, `here` the one we know."""

    def __init__(self, there: str, here: str) -> None:
        super().__init__(there, here)
        self.there, self.here = there, here


def present_revision(engine: Engine) -> str | None:
    """The revision the database is at; None for an empty one."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return found


def newest_revision() -> str:
    """The revision this version of the program wants: the files are numbered in their order, from r0001 on."""
    return max(file.name[1:5] for file in (FOLDER / "versions").iterdir() if file.name.startswith("r"))


def is_current(engine: Engine) -> bool:
    """Whether the database has the present schema. Raises Newer."""
    there, here = present_revision(engine), newest_revision()
    if there is not None and there > here:
        raise Newer(there, here)
    return there == here


def migrate(engine: Engine) -> bool:
    """Upgrade to the newest revision; True when something was changed. Raises Newer."""
    if is_current(engine):
        return False
    from alembic import command  # only here: loading Alembic would be a tenth of every start  # noqa: PLC0415

    with transaction(engine) as connection:
        command.upgrade(config_on(connection), "head")
    return True


def config_on(connection: Connection) -> Config:
    """What Alembic needs to know, to work inside the transaction of this connection."""
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
