"""Requests that go on until a test has seen enough."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import httpx

#: Routes of the service, each in a way of its own: what is found and what is not, what is kept and what fails.
PATHS: Final = (
    "/api/v1/brands/",
    "/api/v1/brands/1",
    "/api/v1/brands/2",
    "/api/v1/brands/999999",
    "/api/v1/locations/?page=1",
    "/nothing/here",
    "/demo/loop",
    "/demo/raw",
    "/demo/loop?fail=true",
)
_PAUSE_SECONDS: Final = 0.02


@contextmanager
def going_on(url: str, paths: Sequence[str] = PATHS) -> Iterator[None]:
    """Asks for one path after the other, again and again, while the block runs.

    Args:
        url: Of the service.
        paths: What to ask for.
    """
    enough = threading.Event()

    def ask() -> None:
        with httpx.Client(base_url=url, timeout=30) as client:
            while not enough.is_set():
                for path in paths:
                    client.get(path)
                    enough.wait(_PAUSE_SECONDS)

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        yield
    finally:
        enough.set()
        asking.join()
