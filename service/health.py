"""Is the service alive, and what does it lack?"""

import asyncio
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from service.caches import store_of
from service.database import Database, DatabaseUnreachableError, database_of
from service.problems import Problem, problems
from service.revisions import current_revision, head_revision
from telemetry.cache import Store

router = APIRouter(tags=["health"])

_WAIT_SECONDS: Final = 2.0

DatabaseState = Literal["ok", "unreachable", "schema outdated"]
CacheState = Literal["ok", "unreachable"]


class Live(BaseModel):
    status: Literal["live"] = "live"


class Ready(BaseModel):
    """Requests are answered; without a cache all of them by the database."""

    status: Literal["ready", "degraded"]
    database: DatabaseState
    cache: CacheState


class NotReady(Problem):
    database: DatabaseState
    cache: CacheState


@router.get("/health", responses=problems())
async def live() -> Live:
    return Live()


@router.get("/health/ready", responses=problems(), response_model=Ready)
async def ready(
    database: Annotated[Database, Depends(database_of)], store: Annotated[Store, Depends(store_of)]
) -> Ready | Response:
    """A cache that is away leaves the service able to answer: 200, degraded. A database that is away does not: 503."""
    database_state, cache_state = await asyncio.gather(_database_state(database), _cache_state(store))
    if database_state == "ok":
        return Ready(status="ready" if cache_state == "ok" else "degraded", database=database_state, cache=cache_state)
    detail = "The database does not answer."
    if database_state == "schema outdated":
        detail = "The database lacks tables: run `python -m service migrate`."
    return NotReady.of(503, detail, database=database_state, cache=cache_state).response()


async def _database_state(database: Database) -> DatabaseState:
    try:
        async with asyncio.timeout(_WAIT_SECONDS), database.engine.connect() as connection:
            revision = await connection.run_sync(current_revision)
    except (SQLAlchemyError, DatabaseUnreachableError, TimeoutError):
        return "unreachable"
    return "ok" if revision == head_revision() else "schema outdated"


async def _cache_state(store: Store) -> CacheState:
    return "ok" if await store.ping() else "unreachable"
