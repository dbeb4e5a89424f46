"""Routes that go on after their response has started, and applications inside the application."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Final

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, WebSocket
from starlette.responses import StreamingResponse

from tests.stack.figures.resources import ResourcesOf, run, run_async

router = APIRouter()
_SLEEP: Final = "SELECT pg_sleep(0.05)"


@router.get("/stream/async")
async def stream_async(resources: ResourcesOf) -> StreamingResponse:
    async def rows() -> AsyncIterator[str]:
        for _ in range(2):
            await run_async(resources.asyncpg, _SLEEP)
            yield "row\n"

    await run_async(resources.asyncpg, _SLEEP)
    return StreamingResponse(rows())


@router.get("/stream/sync")
def stream_sync(resources: ResourcesOf) -> StreamingResponse:
    def rows() -> Iterator[str]:
        for _ in range(2):
            run(resources.psycopg, _SLEEP)
            yield "row\n"

    run(resources.psycopg, _SLEEP)
    return StreamingResponse(rows())


@router.get("/stream/events")
async def events(resources: ResourcesOf) -> StreamingResponse:
    async def rows() -> AsyncIterator[str]:
        for _ in range(2):
            await run_async(resources.psycopg_async, _SLEEP)
            yield "data: row\n\n"

    await run_async(resources.psycopg_async, _SLEEP)
    return StreamingResponse(rows(), media_type="text/event-stream")


@router.get("/background/async")
async def background_async(resources: ResourcesOf, tasks: BackgroundTasks) -> None:
    tasks.add_task(run_async, resources.asyncpg, _SLEEP, "SELECT 1")
    await run_async(resources.asyncpg, "SELECT 1")


@router.get("/background/sync")
def background_sync(resources: ResourcesOf, tasks: BackgroundTasks) -> None:
    tasks.add_task(run, resources.psycopg, _SLEEP, "SELECT 1")
    run(resources.psycopg, "SELECT 1")


async def _before_and_after(resources: ResourcesOf) -> AsyncIterator[None]:
    await run_async(resources.asyncpg, "SELECT 1")
    yield
    await run_async(resources.asyncpg, _SLEEP, "SELECT 1")


@router.get("/dependency/request")
async def dependency_request(resources: ResourcesOf, _: Annotated[None, Depends(_before_and_after)]) -> None:
    await run_async(resources.asyncpg, "SELECT 1")


@router.get("/dependency/function")
async def dependency_function(
    resources: ResourcesOf, _: Annotated[None, Depends(_before_and_after, scope="function")]
) -> None:
    await run_async(resources.asyncpg, "SELECT 1")


@router.websocket("/socket")
async def socket(websocket: WebSocket, resources: ResourcesOf) -> None:
    await websocket.accept()
    async for _ in websocket.iter_text():
        await run_async(resources.asyncpg, "SELECT 1")
        await websocket.send_text("done")


def mounted() -> FastAPI:
    """An application of its own, to be mounted in another."""
    app = FastAPI()

    @app.get("/nested/{number}")
    async def nested(number: int, resources: ResourcesOf) -> None:
        await run_async(resources.asyncpg, _SLEEP, *["SELECT 1"] * number)

    return app
