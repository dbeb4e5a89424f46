"""Routes that do several things at once."""

import asyncio
import contextvars
import threading
from collections.abc import Callable

from fastapi import APIRouter

import telemetry
from tests.stack.figures.resources import Resources, ResourcesOf, run, run_async

router = APIRouter()
_SLEEP = "SELECT pg_sleep(0.2)"


@router.get("/gather/asyncpg")
async def gather_asyncpg(resources: ResourcesOf) -> None:
    await asyncio.gather(*(run_async(resources.asyncpg, _SLEEP) for _ in range(3)))


@router.get("/gather/psycopg")
async def gather_psycopg(resources: ResourcesOf) -> None:
    await asyncio.gather(*(run_async(resources.psycopg_async, _SLEEP) for _ in range(3)))


@router.get("/task-group")
async def task_group(resources: ResourcesOf) -> None:
    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(run_async(resources.asyncpg, _SLEEP))


@router.get("/to-thread")
async def to_thread(resources: ResourcesOf) -> None:
    await asyncio.gather(*(asyncio.to_thread(run, resources.psycopg, _SLEEP) for _ in range(3)))


@router.get("/thread/bound")
def thread_bound(resources: ResourcesOf) -> None:
    bound = telemetry.bind(_three)
    _in_threads(lambda: bound(resources), 2)


@router.get("/thread/bare")
def thread_bare(resources: ResourcesOf) -> None:
    run(resources.psycopg, "SELECT 1")
    _in_threads(lambda: _three(resources), 1)


@router.get("/thread/alone")
def thread_alone(resources: ResourcesOf) -> None:
    _in_threads(lambda: _three(resources), 1)


@router.get("/executor")
async def executor(resources: ResourcesOf) -> None:
    await asyncio.get_running_loop().run_in_executor(None, _three, resources)


@router.get("/worker")
async def worker(resources: ResourcesOf) -> None:
    done = asyncio.Event()

    async def work() -> None:
        await run_async(resources.asyncpg, "SELECT 1")
        done.set()

    # In a context of its own, as that of a task which was there before the request.
    task = asyncio.get_running_loop().create_task(work(), context=contextvars.Context())
    await done.wait()
    await task


@router.get("/engines/several")
async def several(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT 1")
    await run_async(resources.psycopg_async, "SELECT 1")
    await run_async(resources.aiosqlite, "SELECT 1")
    await asyncio.to_thread(run, resources.psycopg, "SELECT 1")
    await asyncio.to_thread(run, resources.sqlite, "SELECT sleep(0.05)")


def _three(resources: Resources) -> None:
    run(resources.psycopg, "SELECT 1", "SELECT pg_sleep(0.05)", "SELECT 2")


def _in_threads(work: Callable[[], None], count: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
