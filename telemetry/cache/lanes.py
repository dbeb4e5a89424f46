"""Ways to Redis: a client for each event loop and one for the threads of a process, with a bounded queue before it.

An asynchronous client belongs to the loop in which it was first used, and no client survives a fork.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Sequence

from telemetry.cache.circuit import BusyError
from telemetry.cache.clients import AsyncClient, SyncClient
from telemetry.cache.commands import Command, Reply
from telemetry.cache.limits import Limits
from telemetry.cache.pipelines import node_of, send, send_sync


class AsyncLane:
    """Sends commands from one event loop.

    Args:
        client: Made in that loop.
        limits: How many batches at once, and how long to wait for a turn.
    """

    def __init__(self, client: AsyncClient, limits: Limits) -> None:
        self.client = client
        self._turns = asyncio.Semaphore(limits.connections)
        self._turn_seconds = limits.turn_seconds
        self._exchange_seconds = limits.exchange_seconds

    async def exchange(self, commands: Sequence[Command]) -> Sequence[Reply]:
        """Replies to *commands*, exceptions among them."""
        if self._turns.locked():
            await self._wait()
        else:
            await self._turns.acquire()
        try:
            # redis-py bounds each read and each connect, not their sum.
            async with asyncio.timeout(self._exchange_seconds):
                return await send(self.client, commands)
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(self._turn_seconds):
                await self._turns.acquire()
        except TimeoutError as error:
            raise BusyError from error


class SyncLane:
    """Sends commands from any thread of one process.

    Args:
        connect: Makes the client; may connect, and fail.
        limits: How many batches at once, and how long to wait for a turn.
    """

    def __init__(self, connect: Callable[[], SyncClient], limits: Limits) -> None:
        self.client: SyncClient | None = None
        self._connect = connect
        self._connecting = threading.Lock()
        self._turns = threading.BoundedSemaphore(limits.connections)
        self._turn_seconds = limits.turn_seconds

    def exchange(self, commands: Sequence[Command]) -> Sequence[Reply]:
        """Replies to *commands*, exceptions among them."""
        if not self._turns.acquire(timeout=self._turn_seconds):
            raise BusyError
        try:
            return send_sync(self.client or self._connected(), commands)
        finally:
            self._turns.release()

    def _connected(self) -> SyncClient:
        if not self._connecting.acquire(timeout=self._turn_seconds):
            raise BusyError
        try:
            self.client = self.client or self._connect()
            return self.client
        finally:
            self._connecting.release()


class Lanes:
    """The lanes of this process, each made when it is first used.

    Args:
        async_client: Makes an asynchronous client.
        sync_client: Makes a synchronous client.
        limits: Of each lane.
    """

    def __init__(
        self, async_client: Callable[[], AsyncClient], sync_client: Callable[[], SyncClient], limits: Limits
    ) -> None:
        self._async_client = async_client
        self._sync_client = sync_client
        self._limits = limits
        self._pid = os.getpid()
        self._by_loop: dict[asyncio.AbstractEventLoop, AsyncLane] = {}
        self._of_threads = SyncLane(sync_client, limits)

    def of_threads(self) -> SyncLane:
        """The lane of synchronous callers."""
        self._forget_parent()
        return self._of_threads

    def of_loop(self) -> AsyncLane:
        """The lane of the running event loop."""
        self._forget_parent()
        loop = asyncio.get_running_loop()
        lane = self._by_loop.get(loop)
        if lane is None:
            for closed in [other for other in list(self._by_loop) if other.is_closed()]:
                self._by_loop.pop(closed, None)
            lane = self._by_loop[loop] = AsyncLane(self._async_client(), self._limits)
        return lane

    def shard_of(self, tag: str) -> str:
        """Name of the server that holds *tag*, as the clients know it now."""
        lane = next(iter(list(self._by_loop.values())), None)
        client = self._of_threads.client if lane is None else lane.client
        return "" if client is None else node_of(client, tag)

    async def aclose(self) -> None:
        """Closes the clients of the running loop and of the threads."""
        lane = self._by_loop.pop(asyncio.get_running_loop(), None)
        if lane is not None:
            await lane.client.aclose()
        client = self._of_threads.client
        if client is not None:
            self._of_threads = SyncLane(self._sync_client, self._limits)
            await asyncio.to_thread(client.close)

    def _forget_parent(self) -> None:
        """Drops clients that were inherited by a fork: parent and child would read each other's replies."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self._by_loop = {}
            self._of_threads = SyncLane(self._sync_client, self._limits)
