"""Routes with a cache in Redis, whose values come from the database."""

from fastapi import APIRouter, Request

import telemetry
from telemetry.cache import CacheManager
from tests.stack.figures.resources import Resources, ResourcesOf, run, run_async

router = APIRouter()
_SLEEP = "SELECT pg_sleep(0.05)"


@router.get("/cached/async/{number}")
async def cached(number: int, request: Request, resources: ResourcesOf) -> None:
    await _read(resources.numbers, number, request, resources)


@router.get("/cached/sync/{number}")
def cached_sync(number: int, request: Request, resources: ResourcesOf) -> None:
    numbers = resources.numbers.sync
    if numbers.get(f"n:{number}", request) is None:
        run(resources.psycopg, _SLEEP)
        numbers.set(f"n:{number}", number, request)


@router.get("/cached/two/{first}/{second}")
async def two(first: int, second: int, request: Request, resources: ResourcesOf) -> None:
    await _read(resources.numbers, first, request, resources)
    await _read(resources.numbers, second, request, resources)


@router.get("/cached/away")
async def away(request: Request, resources: ResourcesOf) -> None:
    await _read(resources.numbers_away, 1, request, resources)


@router.get("/by-hand/{hit}")
async def by_hand(hit: bool, request: Request) -> None:
    telemetry.update_cache_status(request, hit)
    telemetry.increment_query_count(request, 2)


async def _read(numbers: CacheManager[int], number: int, request: Request, resources: Resources) -> None:
    if await numbers.get(f"n:{number}", request) is None:
        await run_async(resources.asyncpg, _SLEEP)
        await numbers.set(f"n:{number}", number, request)
