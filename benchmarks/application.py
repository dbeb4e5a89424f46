"""The application under test, as people write it; nothing in it knows of any telemetry."""

from collections.abc import Callable
from dataclasses import dataclass

import redis.asyncio
from fastapi import FastAPI, Request
from sqlalchemy import Column, Engine, Integer, MetaData, String, Table, bindparam, create_engine, insert, select
from sqlalchemy.pool import StaticPool

Answered = Callable[[Request, bool], None]

_ITEMS = 100
_KEY = "brand:12"
_ASKED = 2
_table = Table("items", MetaData(), Column("id", Integer, primary_key=True), Column("name", String))
_name_of = select(_table.c.name).where(_table.c.id == bindparam("id"))


@dataclass(frozen=True, slots=True)
class Backends:
    """What the application talks to.

    Attributes:
        engine: A database of which all statements run in the calling thread.
        cache: Client of a cache that holds what is looked up.
    """

    engine: Engine
    cache: redis.asyncio.Redis


def memory_database() -> Engine:
    """A SQLite database in memory: its queries are cheap, so telemetry's share is the largest there is."""
    return create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


async def fill(backends: Backends) -> None:
    """Puts into *backends* what the application looks up."""
    with backends.engine.begin() as connection:
        _table.create(connection)
        connection.execute(insert(_table), [{"id": number, "name": f"item {number}"} for number in range(_ITEMS)])
    await backends.cache.set(_KEY, '{"id": 12, "name": "Fjord Works"}')


def build(backends: Backends, routes: int, answered: Answered) -> FastAPI:
    """The application.

    Args:
        backends: What it talks to.
        routes: How many routes it has; those that are asked for come last, where matching them costs most.
        answered: Told of each answer of the cache.
    """
    app = FastAPI()
    for number in range(routes - _ASKED):
        app.add_api_route(f"/others/{number}/{{item_id}}", _other)

    @app.get("/hit")
    async def hit(request: Request) -> dict[str, str]:
        value = await backends.cache.get(_KEY)
        answered(request, value is not None)
        return {"value": str(value)}

    @app.get("/queries/{number}")
    async def queries(number: int) -> dict[str, int]:
        if not number:
            return {"rows": 0}
        with backends.engine.connect() as connection:
            names = [connection.execute(_name_of, {"id": at % _ITEMS}).scalar_one() for at in range(number)]
        return {"rows": len(names)}

    return app


async def _other(item_id: int) -> dict[str, int]:
    return {"id": item_id}
