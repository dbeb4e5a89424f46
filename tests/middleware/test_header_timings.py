"""Custom entries in the header of the request that took them, and of no other."""

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Annotated
from urllib.parse import urlencode

import pytest
from fastapi import BackgroundTasks, Depends, FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client import CollectorRegistry

import telemetry
from tests.apps import call, called, header_of, samples
from tests.server_timing import parse

pytestmark = pytest.mark.anyio
DROPPED = "telemetry_dropped_timings_total"


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def app(registry: CollectorRegistry) -> FastAPI:
    app = FastAPI()
    telemetry.instrument(app, registry=registry)
    return app


def custom(header: str) -> list[str]:
    """Names of the entries that are not ours."""
    return [metric.name for metric in parse(header) if metric.name not in {"db", "cache", "queries", "total"}]


def test_an_entry_says_name_duration_and_description(app: FastAPI) -> None:
    @app.get("/")
    async def page() -> None:
        async with telemetry.timing("render", description='The "page"'):
            await asyncio.sleep(0.02)

    header = header_of(called(app, "/"))
    (render,) = [metric for metric in parse(header) if metric.name == "render"]
    (total,) = [metric for metric in parse(header) if metric.name == "total"]
    assert render.desc == 'The "page"'
    assert 20 <= float(render.dur or 0) <= float(total.dur or 0)


def test_it_is_seen_in_routes_and_dependencies_of_every_kind(app: FastAPI) -> None:
    def generated() -> Iterator[None]:
        with telemetry.timing("yielding"):
            yield

    async def generated_too() -> AsyncIterator[None]:
        async with telemetry.timing("yielding-async"):
            yield

    @telemetry.timing("dependency")
    def dependency(n: int) -> int:
        return n

    @telemetry.timing("thread")
    def in_a_thread() -> None: ...

    @telemetry.timing("by-hand")
    def by_hand() -> None: ...

    @app.get("/sync")
    @telemetry.timing("route")
    def sync_route(n: Annotated[int, Depends(dependency)], one: Annotated[None, Depends(generated)]) -> int:
        return n

    @app.get("/async")
    @telemetry.timing("route")
    async def async_route(n: Annotated[int, Depends(dependency)], one: Annotated[None, Depends(generated_too)]) -> int:
        await asyncio.to_thread(in_a_thread)
        thread = threading.Thread(target=telemetry.bind(by_hand))
        thread.start()
        await asyncio.to_thread(thread.join)
        return n

    for path, names in (
        ("/sync?n=7", {"dependency", "yielding", "route"}),
        ("/async?n=7", {"dependency", "yielding-async", "route", "thread", "by-hand"}),
    ):
        response = called(app, path)
        assert response.json() == 7
        assert set(custom(header_of(response))) == names


async def test_concurrent_requests_keep_their_entries_apart(app: FastAPI) -> None:
    @app.get("/{number}")
    async def route(number: int) -> None:
        for step in range(number):
            with telemetry.timing(f"step{step}"):
                await asyncio.sleep(0)

    responses = await asyncio.gather(*(call(app, f"/{number}") for number in range(8)))
    for number, response in enumerate(responses):
        assert custom(header_of(response)) == [f"step{step}" for step in range(number)]


def test_input_in_names_breaks_nothing(app: FastAPI) -> None:
    @app.get("/")
    def route(name: str) -> None:
        with telemetry.timing(name, description=name):
            pass

    response = called(app, "/?" + urlencode({"name": 'a\r\nSet-Cookie: x=1,", db;dur=9'}))
    assert "set-cookie" not in response.headers
    *_, last = parse(header_of(response))
    assert (last.name, last.desc) == ("a--Set-Cookie--x-1----db-dur-9", 'a??Set-Cookie: x=1,", db;dur=9')


def test_what_the_header_leaves_out_is_counted_by_reason(app: FastAPI, registry: CollectorRegistry) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(3):
            with telemetry.timing("chunk"):
                yield b"x"

    def clean_up() -> None:
        with telemetry.timing("clean-up"):
            pass

    @app.get("/late")
    def late(tasks: BackgroundTasks) -> StreamingResponse:
        tasks.add_task(clean_up)
        with telemetry.timing("query"):
            pass
        return StreamingResponse(chunks(), background=tasks)

    @app.get("/many")
    def many() -> None:
        for number in range(12):
            with telemetry.timing(f"step{number}", description="x" * 64):
                pass

    assert samples(registry, DROPPED) == {}
    assert custom(header_of(called(app, "/late"))) == ["query"]
    assert samples(registry, DROPPED) == {("too_late",): 4}
    header = header_of(called(app, "/many"))
    assert len(header) <= 512
    shown = len(custom(header))
    assert samples(registry, DROPPED) == {("too_late",): 4, ("too_many",): 2, ("no_room",): 10 - shown}


def test_with_telemetry_off_it_does_nothing() -> None:
    app = FastAPI()
    telemetry.instrument(app, settings=telemetry.Settings(enabled=False))

    @app.get("/")
    @telemetry.timing("route")
    async def route() -> str:
        with telemetry.timing("render"):
            return await telemetry.bind(answer)()

    async def answer() -> str:
        return "ok"

    response = called(app, "/")
    assert response.json() == "ok"
    assert "server-timing" not in response.headers
