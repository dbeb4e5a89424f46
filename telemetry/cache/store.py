"""Store: a Redis that several cache managers share."""

import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Self, TypeVar

from telemetry.cache import clients, operations
from telemetry.cache.circuit import Circuit
from telemetry.cache.clients import AsyncClient, SyncClient
from telemetry.cache.commands import Command, Reply
from telemetry.cache.connection import RedisConnection
from telemetry.cache.drops import Drops
from telemetry.cache.keys import BUCKETS, checked_word
from telemetry.cache.lanes import Lanes
from telemetry.cache.limits import Limits
from telemetry.cache.operations import Operation

R = TypeVar("R")

_logger = logging.getLogger("telemetry.cache")


class Store:
    """A Redis that answers quickly or is bypassed; opens nothing until it is used.

    Args:
        async_client: Returns a new `redis.asyncio` client; called once for each event loop.
        sync_client: Returns a new `redis` client; called once for each process.
        application: Keeps apart applications that share a Redis; part of every key.
        limits: What the store may cost a request.
        clock: Monotonic, in seconds.

    Attributes:
        application: As given.
        drops: Counters of what was dropped.
        circuit: What its managers share; not for other use.

    Raises:
        ConfigurationError: The name of the application cannot be part of a key.
    """

    def __init__(
        self,
        *,
        async_client: Callable[[], AsyncClient],
        sync_client: Callable[[], SyncClient],
        application: str = "candid",
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = limits or Limits()
        self.application = checked_word("application", application)
        self._lanes = Lanes(async_client, sync_client, limits)
        self.circuit = Circuit(limits, self._lanes.shard_of, clock)

    @classmethod
    def connect(cls, connection: RedisConnection, *, application: str = "candid", limits: Limits | None = None) -> Self:
        """A store on the server of *connection*, which need not be up yet."""
        limits = limits or Limits()
        if connection.tls is not None and connection.tls.cert_reqs == "none":
            _logger.warning("cache: TLS does not check who the Redis server is (cert_reqs none)")
        return cls(
            async_client=partial(clients.async_client, connection, limits),
            sync_client=partial(clients.sync_client, connection, limits),
            application=application,
            limits=limits,
        )

    @property
    def drops(self) -> Drops:
        return self.circuit.drops

    async def ping(self) -> bool:
        """Whether Redis answers now; in a cluster, its nodes."""
        tags = [f"{{{self.application}:ping.{bucket}}}" for bucket in range(BUCKETS)]
        return await self.run(operations.ping(self.circuit, tags))

    async def aclose(self) -> None:
        """Closes the connections of the running event loop and of the threads; later use opens new ones."""
        await self._lanes.aclose()

    async def run(self, operation: Operation[R]) -> R:
        """Drives *operation* in the running event loop."""
        try:
            commands = next(operation)
            while True:
                commands = operation.send(await self._exchange(commands))
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            operation.close()

    def run_sync(self, operation: Operation[R]) -> R:
        """Drives *operation* in the calling thread."""
        try:
            commands = next(operation)
            while True:
                commands = operation.send(self._exchange_sync(commands))
        except StopIteration as stop:
            result: R = stop.value
            return result
        finally:
            operation.close()

    # A cache must never be why a request fails, and redis-py raises much that has no common base:
    # RedisClusterException and SlotNotCoveredError are no RedisError, a closed loop is a RuntimeError,
    # a socket an OSError. So whatever it raises is a reply that says "failed".
    async def _exchange(self, commands: list[Command]) -> Sequence[Reply]:
        try:
            return await self._lanes.of_loop().exchange(commands)
        except Exception as error:  # noqa: BLE001
            return [error] * len(commands)

    def _exchange_sync(self, commands: list[Command]) -> Sequence[Reply]:
        try:
            return self._lanes.of_threads().exchange(commands)
        except Exception as error:  # noqa: BLE001
            return [error] * len(commands)
