"""Stores of every kind, and both faces of a cache manager."""

import gc
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

import pytest

from telemetry.cache import CacheManager, Store
from telemetry.request.context import send_outside_to
from telemetry.request.sink import Nowhere
from tests.cache.faces import PATIENT, Face, FacesOf, Reports, SyncFace, connection_to, fake_store

T = TypeVar("T")


@pytest.fixture
def application() -> str:
    """A name of its own for each test, so that tests can share a server."""
    return f"test-{secrets.token_hex(4)}"


@pytest.fixture(scope="module")
def tls_leftovers() -> Iterator[None]:
    """Collects TLS connections that failed and whose loop was gone before they could say goodbye.

    asyncio waits up to 30 s for that; without this, a later test is blamed for them.
    """
    yield
    gc.collect()


@pytest.fixture
def reports() -> Iterator[Reports]:
    """What is reported outside of any request."""
    sink = Reports()
    send_outside_to(sink)
    yield sink
    send_outside_to(Nowhere())


@pytest.fixture(params=["fakeredis", "server", "cluster"])
async def store(request: pytest.FixtureRequest, application: str) -> AsyncIterator[Store]:
    """Every kind of store in turn."""
    if request.param == "fakeredis":
        made = fake_store(application)
    else:
        made = Store.connect(connection_to(request.param, request), application=application, limits=PATIENT)
    yield made
    await made.aclose()


@pytest.fixture(params=["async", "sync"])
def face(request: pytest.FixtureRequest, store: Store) -> FacesOf:
    """Both faces in turn, on every kind of store."""

    def make(value_type: type[T], namespace: str = "brand", ttl_seconds: int = 60) -> Face[T]:
        manager = CacheManager(value_type, namespace=namespace, store=store, ttl_seconds=ttl_seconds)
        return manager if request.param == "async" else SyncFace(manager)

    return make
