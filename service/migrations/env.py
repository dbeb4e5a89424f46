"""Runs migrations on the connection of the caller, or on the configured database if Alembic's command is the caller."""

from alembic import context
from sqlalchemy import Connection

from service.database import make_engine
from service.models import Model
from service.settings import load_settings


def _run(connection: Connection) -> None:
    # SQLite alters a table by making it anew.
    context.configure(connection=connection, target_metadata=Model.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with make_engine(load_settings().database_urls().synchronous).begin() as own:
        _run(own)
