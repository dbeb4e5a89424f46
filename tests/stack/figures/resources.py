"""The engines and clients of the application, by every driver that is supported."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Final

import redis.asyncio
from fastapi import Depends
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from starlette.requests import HTTPConnection

from telemetry.cache import CacheManager, RedisConnection, Store
from telemetry.cache.limits import Limits

#: More connections than any route uses at once; fifty requests at once have to wait for each other's.
_POOL: Final[dict[str, Any]] = {"pool_size": 15, "max_overflow": 0}


@dataclass(frozen=True, slots=True)
class Makers:
    """The functions by which engines are made; by which name an application got them is what modes are about."""

    create_engine: Callable[..., Engine]
    create_async_engine: Callable[..., AsyncEngine]


#: Names that were imported before anything was instrumented.
IMPORTED_EARLY: Final = Makers(create_engine, create_async_engine)


class Resources:
    """Engines and clients, each made when it is first asked for.

    Args:
        makers: Make the engines.
    """

    def __init__(self, makers: Makers) -> None:
        self.makers = makers
        #: As drivers take it.
        self.url = os.environ["POSTGRES_URL"]
        self.sqlite_file = Path(os.environ["SQLITE_FILE"])

    @cached_property
    def psycopg(self) -> Engine:
        return self.makers.create_engine(self._at("psycopg"), **_POOL)

    @cached_property
    def psycopg_async(self) -> AsyncEngine:
        return self.makers.create_async_engine(self._at("psycopg"), **_POOL)

    @cached_property
    def asyncpg(self) -> AsyncEngine:
        return self.makers.create_async_engine(self._at("asyncpg"), **_POOL)

    @cached_property
    def asyncpg_single(self) -> AsyncEngine:
        """One connection, for which users have to wait."""
        return self.makers.create_async_engine(self._at("asyncpg"), pool_size=1, max_overflow=0)

    def new_asyncpg(self) -> AsyncEngine:
        """Another engine, which has no connection yet."""
        return self.makers.create_async_engine(self._at("asyncpg"))

    @cached_property
    def sqlite(self) -> Engine:
        engine = self.makers.create_engine(f"sqlite:///{self.sqlite_file}")
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    @cached_property
    def sqlite_checked(self) -> Engine:
        """As `sqlite`, with a pool that checks a connection before it hands it out again."""
        engine = self.makers.create_engine(f"sqlite:///{self.sqlite_file}", pool_pre_ping=True)
        event.listen(engine, "connect", _prepare_sqlite)
        return engine

    @cached_property
    def sqlite_raw(self) -> Engine:
        """As `sqlite`, without a log: a connection reports to one listener only."""
        return self.makers.create_engine(f"sqlite:///{self.sqlite_file}")

    @cached_property
    def sqlite_listened(self) -> Engine:
        """As `sqlite_raw`, with a listener that sends a statement on a raw cursor."""
        engine = self.makers.create_engine(f"sqlite:///{self.sqlite_file}")
        event.listen(engine, "checkout", _insert)
        return engine

    @cached_property
    def sqlite_listened_new(self) -> Engine:
        """As `sqlite_listened`, with a listener that is told of new connections, of which every user gets one."""
        engine = self.makers.create_engine(f"sqlite:///{self.sqlite_file}", poolclass=NullPool)
        event.listen(engine, "connect", _insert)
        return engine

    @cached_property
    def aiosqlite(self) -> AsyncEngine:
        engine = self.makers.create_async_engine(f"sqlite+aiosqlite:///{self.sqlite_file}")
        event.listen(engine.sync_engine, "connect", _prepare_aiosqlite)
        return engine

    @cached_property
    def redis(self) -> "redis.asyncio.Redis":
        return redis.asyncio.Redis(port=int(os.environ["REDIS_PORT"]))

    @cached_property
    def numbers(self) -> CacheManager[int]:
        """A cache in Redis."""
        return _numbers(int(os.environ["REDIS_PORT"]))

    @cached_property
    def numbers_away(self) -> CacheManager[int]:
        """A cache whose Redis is away."""
        return _numbers(1)

    def make_all(self) -> list[Engine | AsyncEngine]:
        """Makes every engine now; returns them."""
        return [
            *(self.psycopg, self.psycopg_async, self.asyncpg, self.asyncpg_single),
            *(self.sqlite, self.sqlite_raw, self.aiosqlite),
        ]

    def _at(self, driver: str) -> str:
        return self.url.replace("postgresql:", f"postgresql+{driver}:")


def _resources(connection: HTTPConnection) -> Resources:
    resources: Resources = connection.app.state.resources
    return resources


ResourcesOf = Annotated[Resources, Depends(_resources)]


def run(engine: Engine, *statements: str) -> None:
    """Sends statements over one connection."""
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))


async def run_async(engine: AsyncEngine, *statements: str) -> None:
    """As `run`."""
    async with engine.connect() as connection:
        await send(connection, *statements)


async def send(connection: AsyncConnection, *statements: str) -> None:
    """Sends statements over a connection that is open."""
    for statement in statements:
        await connection.execute(text(statement))


def _numbers(port: int) -> CacheManager[int]:
    # Patient, because a bypass on a busy machine is no finding.
    limits = Limits(response_seconds=5, connect_seconds=5, exchange_seconds=10)
    store = Store.connect(RedisConnection(host="127.0.0.1", port=port), application="figures", limits=limits)
    return CacheManager(int, namespace="n", store=store, ttl_seconds=60)


def _insert(connection: Any, *_more: Any) -> None:
    connection.execute("INSERT INTO asked DEFAULT VALUES")
    connection.commit()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.create_function("sleep", 1, time.sleep)
    connection.set_trace_callback(_log)


def _prepare_aiosqlite(connection: Any, _record: Any) -> None:
    async def prepare(driver: Any) -> None:
        await driver.create_function("sleep", 1, time.sleep)
        await driver.set_trace_callback(_log)

    connection.run_async(prepare)


def _log(statement: str) -> None:
    # SQLite has no server that could log; it tells its own connections what it runs.
    with Path(os.environ["SQLITE_LOG"]).open("a") as log:
        log.write(f"{statement}\n")
