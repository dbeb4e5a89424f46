"""How a part shows that it is ready."""

import http.client
from collections.abc import Awaitable, Callable

import anyio
import psycopg
from anyio.to_thread import run_sync

from service.stack.settings import HOST

Ready = Callable[[], Awaitable[bool]]

_SECONDS = 2


def answers(port: int, path: str) -> Ready:
    """Ready when *path* is answered with 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return lambda: run_sync(ask)


def accepts(port: int) -> Ready:
    """Ready when it takes connections."""

    async def connect() -> bool:
        try:
            with anyio.fail_after(_SECONDS):
                await (await anyio.connect_tcp(HOST, port)).aclose()
        except (OSError, TimeoutError):
            return False
        return True

    return connect


def takes_queries(url: str) -> Ready:
    """Ready when a session of PostgreSQL begins."""

    def connect() -> bool:
        try:
            psycopg.connect(url, connect_timeout=_SECONDS).close()
        except psycopg.OperationalError:
            return False
        return True

    return lambda: run_sync(connect)


async def at_once() -> bool:
    """Ready when it runs."""
    return True
