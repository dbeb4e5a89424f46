"""Sends requests to an application without a server, as a server would: each in a task of its own."""

import asyncio
from collections.abc import MutableMapping
from typing import Any, Final

from starlette.types import ASGIApp, Message

_HEADERS: Final = [
    (b"host", b"shop.example"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"),
    (b"accept", b"application/json"),
    (b"accept-language", b"en-US,en;q=0.5"),
    (b"accept-encoding", b"gzip, deflate, br, zstd"),
    (b"authorization", b"Bearer 3c5f9a"),
    (b"x-request-id", b"0f3a5b77"),
    (b"connection", b"keep-alive"),
]


class RequestError(Exception):
    """The application did not answer 200: what was measured is not what was meant."""


async def serve(app: ASGIApp, path: str, requests: int) -> None:
    """Sends the same GET several times, one after another.

    Args:
        app: The application.
        path: What is asked for.
        requests: How often.

    Raises:
        RequestError: An answer was not 200.
    """
    loop = asyncio.get_running_loop()
    for _ in range(requests):
        status = 0

        async def send(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]

        await loop.create_task(_call(app, path, send))
        if status != 200:
            raise RequestError(f"GET {path} was answered {status}")


async def headers_of(app: ASGIApp, path: str) -> dict[str, str]:
    """Headers of the answer to one GET."""
    headers: list[tuple[bytes, bytes]] = []

    async def send(message: Message) -> None:
        headers.extend(message.get("headers", ()))

    await _call(app, path, send)
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}


async def _call(app: ASGIApp, path: str, send: Any) -> None:
    await app(_scope(path), _receive, send)


def _scope(path: str) -> MutableMapping[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8000),
        "client": ("127.0.0.1", 52_000),
        "scheme": "http",
        "method": "GET",
        "root_path": "",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": list(_HEADERS),
        "state": {},
    }


async def _receive() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}
