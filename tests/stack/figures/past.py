"""What goes past SQLAlchemy: raw cursors, COPY, drivers used directly."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import aiosqlite
import asyncpg
import psycopg
from fastapi import APIRouter

from tests.stack.figures.resources import Resources, ResourcesOf

router = APIRouter()
_SLEEP = "SELECT pg_sleep(0.05)"
_INSERT = "INSERT INTO asked DEFAULT VALUES"


@router.get("/past/psycopg/cursor")
def psycopg_cursor(resources: ResourcesOf) -> None:
    with resources.psycopg.connect() as connection, closing(connection.connection.cursor()) as cursor:
        cursor.execute(_SLEEP)
        cursor.execute("SELECT 1")


@router.get("/past/psycopg/raw")
def psycopg_raw(resources: ResourcesOf) -> None:
    with closing(resources.psycopg.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(_SLEEP)
        cursor.execute("SELECT 1")


@router.get("/past/psycopg/pool")
def psycopg_pool(resources: ResourcesOf) -> None:
    with closing(resources.psycopg.pool.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(_SLEEP)
        cursor.execute("SELECT 1")


@router.get("/past/psycopg/driver")
def psycopg_driver(resources: ResourcesOf) -> None:
    with psycopg.connect(resources.url) as connection:
        connection.execute(_SLEEP)
        connection.execute("SELECT %s::integer", (1,))


@router.get("/past/psycopg/driver-async")
async def psycopg_driver_async(resources: ResourcesOf) -> None:
    async with await psycopg.AsyncConnection.connect(resources.url) as connection:
        await connection.execute(_SLEEP)
        await connection.execute("SELECT %s::integer", (1,))


@router.get("/past/psycopg/copy")
def psycopg_copy(resources: ResourcesOf) -> None:
    with resources.psycopg.connect() as connection:
        driver: Any = connection.connection.driver_connection
        with driver.cursor().copy("COPY plain (number) FROM STDIN") as copy:
            copy.write_row((1,))


@router.get("/past/psycopg/stream")
def psycopg_stream(resources: ResourcesOf) -> None:
    with psycopg.connect(resources.url) as connection:
        for _ in connection.cursor().stream("SELECT generate_series(1, 5)"):
            pass


@router.get("/past/asyncpg/driver")
async def asyncpg_driver(resources: ResourcesOf) -> None:
    connection = await asyncpg.connect(resources.url)
    await connection.fetch(_SLEEP)
    await connection.execute("SELECT 1")
    await connection.close()


@router.get("/past/asyncpg/pool")
async def asyncpg_pool(resources: ResourcesOf) -> None:
    async with asyncpg.create_pool(resources.url, min_size=1, max_size=1) as pool:
        await pool.fetchval(_SLEEP)
        async with pool.acquire() as connection:
            await connection.execute("SELECT 1")


@router.get("/past/asyncpg/raw")
async def asyncpg_raw(resources: ResourcesOf) -> None:
    async with _asyncpg(resources) as connection:
        await connection.fetchval(_SLEEP)
        await connection.fetchrow("SELECT 1")


@router.get("/past/asyncpg/adapted")
async def asyncpg_adapted(resources: ResourcesOf) -> None:
    async with resources.asyncpg.connect() as connection:
        raw = await connection.get_raw_connection()
        await connection.run_sync(lambda _: _adapted(raw))


@router.get("/past/asyncpg/copy")
async def asyncpg_copy(resources: ResourcesOf) -> None:
    async with _asyncpg(resources) as connection:
        await connection.copy_records_to_table("plain", records=[(1,)], columns=["number"])


@router.get("/past/asyncpg/cursor")
async def asyncpg_cursor(resources: ResourcesOf) -> None:
    async with _asyncpg(resources) as connection, connection.transaction():
        async for _ in connection.cursor("SELECT generate_series(1, 5)"):
            pass


@router.get("/past/sqlite/driver")
def sqlite_driver(resources: ResourcesOf) -> None:
    with closing(sqlite3.connect(resources.sqlite_file)) as connection:
        connection.execute(_INSERT)
        connection.execute(_INSERT)
        connection.commit()


@router.get("/past/sqlite/cursor")
def sqlite_cursor(resources: ResourcesOf) -> None:
    with closing(resources.sqlite_raw.raw_connection()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(_INSERT)
        cursor.execute(_INSERT)
        connection.commit()


@router.get("/past/sqlite/pool")
def sqlite_pool(resources: ResourcesOf) -> None:
    with closing(resources.sqlite_raw.pool.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute(_INSERT)
        cursor.execute(_INSERT)
        connection.commit()


@router.get("/past/sqlite/listener")
def sqlite_listener(resources: ResourcesOf) -> None:
    with resources.sqlite_listened.connect():
        pass


@router.get("/past/sqlite/listener-new")
def sqlite_listener_new(resources: ResourcesOf) -> None:
    with resources.sqlite_listened_new.connect():
        pass


@router.get("/past/aiosqlite/driver")
async def aiosqlite_driver(resources: ResourcesOf) -> None:
    async with aiosqlite.connect(resources.sqlite_file) as connection:
        await connection.execute(_INSERT)
        await connection.execute(_INSERT)
        await connection.commit()


@asynccontextmanager
async def _asyncpg(resources: Resources) -> AsyncIterator[Any]:
    async with resources.asyncpg.connect() as connection:
        raw = await connection.get_raw_connection()
        yield raw.driver_connection


def _adapted(raw: Any) -> None:
    cursor = raw.cursor()
    cursor.execute("SELECT 1", ())
    cursor.close()
