"""The schema of a database, by the revisions in `migrations/`."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_INI = Path(__file__).with_name("alembic.ini")


def upgrade(connection: Connection) -> None:
    """Brings the schema to the newest revision; the caller commits."""
    config = Config(_INI)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def current_revision(connection: Connection) -> str | None:
    """Revision of the schema that is there; None if there is none."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def head_revision() -> str | None:
    """The newest revision."""
    return ScriptDirectory.from_config(Config(_INI)).get_current_head()
