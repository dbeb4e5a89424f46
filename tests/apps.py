"""Small applications with a database, and what they answered."""

import asyncio
from collections.abc import Callable, Mapping

import httpx
from prometheus_client import CollectorRegistry
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.pool import StaticPool
from starlette.types import ASGIApp


def memory_engine(make: Callable[..., Engine] = create_engine) -> Engine:
    """An engine on one SQLite database in memory, shared by all threads.

    Args:
        make: The function that makes it. This module took its own by name, before anything could instrument it.
    """
    return make("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})


def select(engine: Engine, times: int = 1) -> None:
    """Sends *times* SELECTs over one connection."""
    with engine.connect() as connection:
        for _ in range(times):
            connection.execute(text("SELECT 1"))


async def call(
    app: ASGIApp, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, root_path: str = ""
) -> httpx.Response:
    """One request over ASGI; an exception that the application lets out is dropped, as a server does."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, root_path=root_path)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        return await client.request(method, path, headers=headers)


def called(
    app: ASGIApp, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, root_path: str = ""
) -> httpx.Response:
    """As `call`, from code that is not asynchronous."""
    return asyncio.run(call(app, path, method, headers, root_path))


def header_of(response: httpx.Response) -> str:
    """The one `Server-Timing` line of a response."""
    lines = response.headers.get_list("server-timing")
    assert len(lines) == 1, lines
    return str(lines[0])


def samples(registry: CollectorRegistry, name: str) -> Mapping[tuple[str, ...], float]:
    """Samples of one name by the values of their labels, in the order of the labels' names."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in registry.collect()
        for sample in family.samples
        if sample.name == name
    }
