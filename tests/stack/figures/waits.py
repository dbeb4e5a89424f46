"""Routes that wait for other things than the execution of statements."""

import asyncio

from fastapi import APIRouter
from sqlalchemy import text

from tests.stack.figures.resources import ResourcesOf, run_async, send

router = APIRouter()
_ROWS = "SELECT pg_sleep(0.1) FROM generate_series(1, 4)"
_SLOW_COMMIT = "INSERT INTO slow_at_commit VALUES (1)"


@router.get("/wait/pool")
async def pool(resources: ResourcesOf) -> None:
    async def keep() -> None:
        async with resources.asyncpg_single.connect() as connection:
            await send(connection, "SELECT 1")
            taken.set()
            # The other one comes a little later; 400 ms of its wait are what is proved.
            await asyncio.sleep(0.45)

    async with asyncio.TaskGroup() as group:
        taken = asyncio.Event()
        group.create_task(keep())
        await taken.wait()
        await run_async(resources.asyncpg_single, "SELECT 2")


@router.get("/wait/fetch/sqlite")
def fetch_sqlite(resources: ResourcesOf) -> None:
    # SQLite works out a row when it is asked for it: the first as the statement is executed.
    with resources.sqlite.connect() as connection:
        connection.execute(text("SELECT sleep(0.1) FROM (VALUES (1), (2), (3), (4), (5))")).all()


@router.get("/wait/fetch/psycopg")
def fetch_psycopg(resources: ResourcesOf) -> None:
    with resources.psycopg.connect().execution_options(stream_results=True) as connection:
        connection.execute(text(_ROWS)).all()


@router.get("/wait/fetch/asyncpg")
async def fetch_asyncpg(resources: ResourcesOf) -> None:
    async with resources.asyncpg.connect() as connection, connection.stream(text(_ROWS)) as rows:
        async for _ in rows:
            pass


@router.get("/wait/commit/psycopg")
def commit_psycopg(resources: ResourcesOf) -> None:
    with resources.psycopg.begin() as connection:
        connection.execute(text(_SLOW_COMMIT))


@router.get("/wait/commit/asyncpg")
async def commit_asyncpg(resources: ResourcesOf) -> None:
    async with resources.asyncpg.begin() as connection:
        await send(connection, _SLOW_COMMIT)


@router.get("/redis/no-look-ups")
async def no_look_ups(resources: ResourcesOf) -> None:
    await resources.redis.incr("limiter:1")
    await resources.redis.exists("limiter:1")
    await resources.redis.get("job:1")
    await resources.redis.blpop(["queue:1"], timeout=0.2)
