"""Routes that clients leave early, and one that says what is left of them."""

import asyncio
import gc
import re
from collections.abc import AsyncIterator
from pathlib import Path

from fastapi import APIRouter, BackgroundTasks
from sqlalchemy import text
from starlette.responses import StreamingResponse

from telemetry.request.record import RequestRecord
from telemetry.spans.processor import FigureProcessor
from tests.stack.figures.resources import ResourcesOf, run, run_async

router = APIRouter()


@router.get("/soak/async")
async def soak_async(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT 1")


@router.get("/soak/sync")
def soak_sync(resources: ResourcesOf) -> None:
    run(resources.psycopg, "SELECT 1")


@router.get("/soak/slow")
async def slow(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT pg_sleep(0.02)")
    await asyncio.sleep(0.02)


@router.get("/soak/stream")
async def stream(resources: ResourcesOf) -> StreamingResponse:
    async def rows() -> AsyncIterator[bytes]:
        async with resources.asyncpg.connect() as connection:
            for _ in range(5):
                await connection.execute(text("SELECT 1"))
                yield b"row\n" * 1_000
                await asyncio.sleep(0.005)

    return StreamingResponse(rows())


@router.get("/soak/time-out")
async def time_out(resources: ResourcesOf) -> None:
    try:
        async with asyncio.timeout(0.02):
            await run_async(resources.psycopg_async, "SELECT pg_sleep(1)")
    except TimeoutError:
        return


@router.get("/soak/background")
async def background(resources: ResourcesOf, tasks: BackgroundTasks) -> None:
    tasks.add_task(run_async, resources.asyncpg, "SELECT 1")


@router.get("/soak/fails")
async def fails(resources: ResourcesOf) -> None:
    await run_async(resources.asyncpg, "SELECT 1")
    raise RuntimeError("not handled")


@router.get("/state")
def state() -> dict[str, int]:
    """What telemetry keeps, this request itself left out."""
    gc.collect()
    objects = gc.get_objects()
    processors = [each for each in objects if type(each) is FigureProcessor]
    records = [each for each in objects if type(each) is RequestRecord]
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found is not None
    return {
        "processors": len(processors),
        "open_spans": sum(processor.open_spans for processor in processors),
        "records": len(records) - 1,
        "rss_kb": int(found[1]),
    }
