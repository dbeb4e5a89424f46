"""The plainest routes: three statements by each driver, one of which sleeps for 50 ms."""

import asyncio
from typing import Final

from fastapi import APIRouter
from sqlalchemy import Engine, text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.stack.figures.resources import ResourcesOf, run, run_async, send

router = APIRouter()
_SLEEP: Final = "SELECT pg_sleep(0.05)"
# More than any route uses at once; threads that wait for each other must not use up the pool of threads.
_WARM: Final = 8


@router.get("/psycopg/sync")
def psycopg_sync(resources: ResourcesOf) -> None:
    run(resources.psycopg, "SELECT 1", _SLEEP, "SELECT 2")


@router.get("/psycopg/async")
async def psycopg_async(resources: ResourcesOf) -> None:
    await run_async(resources.psycopg_async, "SELECT 1", _SLEEP, "SELECT 2")


@router.get("/asyncpg/async")
async def asyncpg_async(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT 1", _SLEEP, "SELECT 2")


@router.get("/sqlite/sync")
def sqlite_sync(resources: ResourcesOf) -> None:
    run(resources.sqlite, "SELECT 1", "SELECT sleep(0.05)", "SELECT 2")


@router.get("/sqlite/async")
async def sqlite_async(resources: ResourcesOf) -> None:
    await run_async(resources.aiosqlite, "SELECT 1", "SELECT sleep(0.05)", "SELECT 2")


@router.get("/none")
async def none() -> None:
    return


@router.get("/first-connection")
async def first_connection(resources: ResourcesOf) -> None:
    engine = resources.new_asyncpg()
    await run_async(engine, _SLEEP)
    await engine.dispose()


@router.get("/checked-connection")
def checked_connection(resources: ResourcesOf) -> None:
    run(resources.sqlite_checked, "SELECT 2")
    run(resources.sqlite_checked, "SELECT sleep(0.05)")


@router.get("/warm")
async def warm(resources: ResourcesOf) -> None:
    """Opens the connections that the other routes need; on each, the driver asks for types once."""
    together = asyncio.Barrier(3 * _WARM)
    await asyncio.gather(
        *(_open_one(resources.asyncpg, together) for _ in range(_WARM)),
        *(_open_one(resources.psycopg_async, together) for _ in range(_WARM)),
        *(_open_one_sync(resources.psycopg, together) for _ in range(_WARM)),
    )
    await run_async(resources.asyncpg_single, "SELECT 1")
    await run_async(resources.aiosqlite, "SELECT 1")


async def _open_one(engine: AsyncEngine, together: asyncio.Barrier) -> None:
    async with engine.connect() as connection:
        await send(connection, "SELECT 1")
        await together.wait()


async def _open_one_sync(engine: Engine, together: asyncio.Barrier) -> None:
    connection = await asyncio.to_thread(engine.connect)
    await together.wait()
    await asyncio.to_thread(connection.close)


@router.get("/marked/{kind}/{count}")
async def marked(kind: str, count: int, mark: str, resources: ResourcesOf) -> None:
    """Sends *count* statements that say in a comment for which request they are sent."""
    for number in range(count):
        statement = f"SELECT pg_sleep(0.00{number % 5}) /* {mark} */"
        if kind == "psycopg":
            await run_async(resources.psycopg_async, statement)
        else:
            await run_async(resources.asyncpg, statement)
        await asyncio.sleep(0)


@router.get("/marked-sync/{count}")
def marked_sync(count: int, mark: str, resources: ResourcesOf) -> None:
    with resources.psycopg.connect() as connection:
        for _ in range(count):
            connection.execute(text(f"SELECT 1 /* {mark} */"))
