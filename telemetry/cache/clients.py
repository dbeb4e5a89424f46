"""redis-py clients for a connection, asynchronous and synchronous, single server and cluster."""

from collections.abc import Sequence
from typing import Any, Protocol

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from telemetry.cache.commands import Argument, Reply
from telemetry.cache.connection import RedisConnection
from telemetry.cache.limits import Limits


class AsyncPipeline(Protocol):
    """What the cache needs of a pipeline of an `AsyncClient`."""

    def execute_command(self, *args: Argument) -> object: ...
    async def execute(self, *, raise_on_error: bool) -> Sequence[Reply]: ...


class SyncPipeline(Protocol):
    """What the cache needs of a pipeline of a `SyncClient`."""

    def execute_command(self, *args: Argument) -> object: ...
    def execute(self, *, raise_on_error: bool) -> Sequence[Reply]: ...


class AsyncClient(Protocol):
    """What the cache needs of `redis.asyncio.Redis`, `RedisCluster` or a fake of them."""

    async def execute_command(self, *args: Argument) -> Reply: ...
    def pipeline(self, *, transaction: bool) -> AsyncPipeline: ...
    async def aclose(self) -> None: ...


class SyncClient(Protocol):
    """What the cache needs of `redis.Redis`, `RedisCluster` or a fake of them."""

    def execute_command(self, *args: Argument) -> Reply: ...
    def pipeline(self, *, transaction: bool) -> SyncPipeline: ...
    def close(self) -> None: ...


def async_client(connection: RedisConnection, limits: Limits) -> AsyncClient:
    """An asynchronous client; it connects when it is first used."""
    retry = AsyncRetry(NoBackoff(), 0)
    options = _options(connection, limits)
    if connection.cluster_mode:
        # By default it closes all connections, those in use too, at every fifth slot that has moved.
        return redis.asyncio.RedisCluster(retry=retry, require_full_coverage=False, reinitialize_steps=0, **options)
    return redis.asyncio.Redis(retry=retry, **options)


def sync_client(connection: RedisConnection, limits: Limits) -> SyncClient:
    """A synchronous client; that of a cluster connects here and may fail."""
    retry = Retry(NoBackoff(), 0)
    options = _options(connection, limits)
    if connection.cluster_mode:
        return redis.RedisCluster(retry=retry, require_full_coverage=False, **options)
    return redis.Redis(retry=retry, **options)


def _options(connection: RedisConnection, limits: Limits) -> dict[str, Any]:
    """Arguments that all four clients take.

    RESP2, because the handshake of RESP3 asks for maintenance notifications, which
    restricted users and other servers than Redis refuse.
    """
    options: dict[str, Any] = {
        "host": connection.host,
        "port": connection.port,
        "username": connection.username,
        "password": connection.password,
        "socket_timeout": limits.response_seconds,
        "socket_connect_timeout": limits.connect_seconds if connection.tls is None else limits.connect_tls_seconds,
        "max_connections": limits.connections,
        "protocol": 2,
    }
    if connection.tls is not None:
        options |= {
            "ssl": True,
            "ssl_cert_reqs": connection.tls.cert_reqs,
            "ssl_check_hostname": connection.tls.cert_reqs != "none",
            "ssl_ca_certs": connection.tls.ca_file,
            "ssl_certfile": connection.tls.cert_file,
            "ssl_keyfile": connection.tls.key_file,
        }
    return options
