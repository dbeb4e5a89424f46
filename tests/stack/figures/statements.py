"""Statements that are easily counted wrongly."""

import asyncio
from typing import Final

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.stack.figures.resources import ResourcesOf, run, run_async, send

router = APIRouter()
#: Fails while it runs; planners do not foresee it.
_FAILS: Final = "SELECT 1 / (random() * 0)::integer"
_BY_HAND: Final = (
    *("/* mine */ BEGIN", "SET TRANSACTION READ ONLY", "SELECT pg_sleep(0.05)", "-- done\nCOMMIT"),
    *("START TRANSACTION", "ROLLBACK"),
)


@router.get("/control/psycopg")
def control(resources: ResourcesOf) -> None:
    with resources.psycopg.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in _BY_HAND:
            connection.execute(text(statement))


@router.get("/control/sqlite")
def control_sqlite(resources: ResourcesOf) -> None:
    run(resources.sqlite, "BEGIN IMMEDIATE", "SELECT sleep(0.05)", "COMMIT")


@router.get("/savepoint")
async def savepoint(resources: ResourcesOf) -> None:
    async with resources.asyncpg.begin() as connection:
        async with connection.begin_nested():
            await send(connection, "SELECT pg_sleep(0.05)")
        nested = await connection.begin_nested()
        await send(connection, "SELECT 1")
        await nested.rollback()


@router.get("/executemany/psycopg")
def executemany(resources: ResourcesOf) -> None:
    with resources.psycopg.begin() as connection:
        connection.execute(text("UPDATE plain SET number = number + :by"), [{"by": number} for number in range(20)])


@router.get("/executemany/asyncpg")
async def executemany_asyncpg(resources: ResourcesOf) -> None:
    async with resources.asyncpg.begin() as connection:
        statement = text("UPDATE plain SET number = number + CAST(:by AS integer)")
        await connection.execute(statement, [{"by": number} for number in range(20)])


@router.get("/two-in-one")
def two_in_one(resources: ResourcesOf) -> None:
    run(resources.psycopg, "SELECT 1; SELECT pg_sleep(0.05)")


@router.get("/failed/psycopg")
def failed(resources: ResourcesOf) -> None:
    for statement in (_FAILS, "SELECT nothing FROM nowhere", "SELECT pg_sleep(0.05)"):
        try:
            run(resources.psycopg, statement)
        except DBAPIError:
            continue


@router.get("/failed/asyncpg")
async def failed_asyncpg(resources: ResourcesOf) -> None:
    for statement in (_FAILS, "SELECT nothing FROM nowhere", "SELECT pg_sleep(0.05)"):
        try:
            await run_async(resources.asyncpg, statement)
        except DBAPIError:
            continue


@router.get("/unhandled")
async def unhandled(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT pg_sleep(0.05)", _FAILS)


@router.get("/cancelled/asyncpg")
async def cancelled(resources: ResourcesOf) -> None:
    await _give_up(resources.asyncpg)


@router.get("/cancelled/psycopg")
async def cancelled_psycopg(resources: ResourcesOf) -> None:
    await _give_up(resources.psycopg_async)


@router.get("/timed-out")
def timed_out(resources: ResourcesOf) -> None:
    try:
        run(resources.psycopg, "SET LOCAL statement_timeout = 50", "SELECT pg_sleep(10)")
    except DBAPIError:
        run(resources.psycopg, "SELECT 1")


async def _give_up(engine: AsyncEngine) -> None:
    try:
        async with engine.connect() as connection:
            # The statement begins some milliseconds later on a busy machine; 100 are what is proved.
            async with asyncio.timeout(0.2):
                await send(connection, "SELECT pg_sleep(10)")
    except TimeoutError:
        await run_async(engine, "SELECT 1")
