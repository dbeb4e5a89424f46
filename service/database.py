"""The database, by an asynchronous and by a synchronous engine, and their sessions for routes."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

from fastapi import Depends, Request
from sqlalchemy import URL, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, sessionmaker

_CONNECT_SECONDS: Final = 3
_POOL_SECONDS: Final = 5
_SQLITE_BUSY_MS: Final = 5_000


class DatabaseUnreachableError(Exception):
    """No connection to the database could be opened."""


@dataclass(frozen=True, slots=True)
class Database:
    """Both ways to one database; nothing is opened before the first statement.

    Attributes:
        sessions: For `async def` routes.
        sync_sessions: For `def` routes.
    """

    engine: AsyncEngine
    sync_engine: Engine
    sessions: async_sessionmaker[AsyncSession]
    sync_sessions: sessionmaker[Session]

    @classmethod
    def at(cls, asynchronous: URL, synchronous: URL) -> Self:
        engine = create_async_engine(asynchronous, **_options(asynchronous))
        sync_engine = make_engine(synchronous)
        _prepare(engine.sync_engine)
        return cls(
            engine=engine,
            sync_engine=sync_engine,
            # Objects stay readable after the commit, without another statement.
            sessions=async_sessionmaker(engine, expire_on_commit=False),
            sync_sessions=sessionmaker(sync_engine, expire_on_commit=False),
        )

    async def aclose(self) -> None:
        """Closes the connections of both pools."""
        await self.engine.dispose()
        self.sync_engine.dispose()


def make_engine(url: URL) -> Engine:
    """A synchronous engine as the service wants it, also for its commands."""
    engine = create_engine(url, **_options(url))
    _prepare(engine)
    return engine


def database_of(request: Request) -> Database:
    """The database of the application that serves *request*."""
    database: Database = request.app.state.database
    return database


async def _session(database: Annotated[Database, Depends(database_of)]) -> AsyncIterator[AsyncSession]:
    async with database.sessions() as session:
        yield session


def _sync_session(database: Annotated[Database, Depends(database_of)]) -> Iterator[Session]:
    with database.sync_sessions() as session:
        yield session


# "function": the connection goes back to the pool before the response is sent, not after the last byte.
# Handlers commit by themselves: a client that has its answer must find what it wrote.
DbSession = Annotated[AsyncSession, Depends(_session, scope="function")]
SyncDbSession = Annotated[Session, Depends(_sync_session, scope="function")]


def _options(url: URL) -> dict[str, Any]:
    """Arguments of an engine: waits are bounded, values stay out of logs, a restarted server is found again."""
    options: dict[str, Any] = {"pool_timeout": _POOL_SECONDS, "hide_parameters": True}
    timeout = {"asyncpg": "timeout", "psycopg": "connect_timeout"}.get(url.get_driver_name())
    if timeout is not None:
        options |= {"pool_pre_ping": True, "connect_args": {timeout: _CONNECT_SECONDS}}
    return options


def _prepare(engine: Engine) -> None:
    event.listen(engine, "do_connect", _connect)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_pragmas)


def _connect(dialect: Any, _record: Any, arguments: Any, options: Any) -> Any:
    # asyncpg raises what the operating system says, which SQLAlchemy does not translate; as it
    # is, it could not be told from any other OSError.
    try:
        return dialect.connect(*arguments, **options)
    except OSError as error:
        raise DatabaseUnreachableError(type(error).__name__) from error


def _set_pragmas(connection: Any, _record: Any) -> None:
    # On the driver's own cursor, since these are no queries of the request that happens to connect.
    cursor = connection.cursor()
    # First, because the change to WAL needs the lock.
    cursor.execute(f"PRAGMA busy_timeout = {_SQLITE_BUSY_MS}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()
