"""What tests of the cache share: stores, and both faces of a manager behind one interface."""

from typing import Any, Generic, Protocol, TypeVar

import fakeredis
import pytest

from telemetry.cache import CacheManager, Limits, RedisConnection, Store, TlsFiles
from telemetry.cache.commands import Argument
from telemetry.cache.operations import Operation
from telemetry.request.context import HasScope
from telemetry.request.lookups import CacheResult
from telemetry.request.sink import Nowhere
from tests.servers.redis_cluster import RedisCluster
from tests.servers.redis_server import RedisServer

T = TypeVar("T")


# For tests that are not about time: on a busy machine an answer may take long.
PATIENT = Limits(response_seconds=30, connect_seconds=30, connect_tls_seconds=30, exchange_seconds=60, turn_seconds=60)

# For tests that are: as the defaults, with some room for a busy machine.
HASTY = Limits(response_seconds=0.5, connect_tls_seconds=1, exchange_seconds=3)


class Face(Protocol, Generic[T]):
    """What `CacheManager` and `CacheManager.sync` have in common, to be awaited."""

    async def get(self, key: str, request: HasScope | None = None) -> T | None: ...
    async def set(self, key: str, value: T, request: HasScope | None = None) -> None: ...
    async def invalidate(self, key: str) -> None: ...
    async def invalidate_by_prefix(self, prefix: str) -> None: ...


class SyncFace(Generic[T]):
    """`CacheManager.sync`, called in the thread of the test so that it sees the context of the test."""

    def __init__(self, manager: CacheManager[T]) -> None:
        self._sync = manager.sync

    async def get(self, key: str, request: HasScope | None = None) -> T | None:
        return self._sync.get(key, request)

    async def set(self, key: str, value: T, request: HasScope | None = None) -> None:
        self._sync.set(key, value, request)

    async def invalidate(self, key: str) -> None:
        self._sync.invalidate(key)

    async def invalidate_by_prefix(self, prefix: str) -> None:
        self._sync.invalidate_by_prefix(prefix)


class FacesOf(Protocol):
    """Makes a manager and shows one of its faces."""

    def __call__(self, value_type: type[T], namespace: str = "brand", ttl_seconds: int = 60) -> Face[T]: ...


class Reports(Nowhere):
    """Sink that keeps what look-ups answered."""

    def __init__(self) -> None:
        self.answers: list[tuple[str, CacheResult]] = []

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        self.answers.append((namespace, result))


class Request:
    """A request as far as the cache looks at it."""

    def __init__(self) -> None:
        self.scope: dict[str, Any] = {}


def fake_store(application: str) -> Store:
    """A store on an embedded server of its own."""
    server = fakeredis.FakeServer()
    return Store(
        async_client=lambda: fakeredis.FakeAsyncRedis(server=server),
        sync_client=lambda: fakeredis.FakeRedis(server=server),
        application=application,
    )


def server_connection(server: RedisServer) -> RedisConnection:
    return RedisConnection(host=server.host, port=server.port)


def cluster_connection(cluster: RedisCluster) -> RedisConnection:
    return RedisConnection(
        host=cluster.host,
        port=cluster.port,
        username=cluster.username,
        password=cluster.password,
        cluster_mode=True,
        tls=TlsFiles(ca_file=cluster.ca_file, cert_file=cluster.cert_file, key_file=cluster.key_file),
    )


def connection_to(kind: str, request: pytest.FixtureRequest) -> RedisConnection:
    """Where the server or the cluster of the fixtures is."""
    if kind == "server":
        return server_connection(request.getfixturevalue("redis_server"))
    return cluster_connection(request.getfixturevalue("redis_cluster_tls"))


def one(*command: Argument) -> Operation[Any]:
    """An operation that sends one command and returns its reply."""
    replies = yield [command]
    return replies[0]
