"""Clients by event loop, thread and process, and the queue before them."""

import asyncio
import os
import threading
from concurrent.futures import ThreadPoolExecutor

import fakeredis
import pytest

from telemetry.cache import CacheManager, Limits, Store
from telemetry.cache.clients import AsyncClient, AsyncPipeline, SyncClient, SyncPipeline
from telemetry.cache.commands import Argument, Reply
from telemetry.request.lookups import CacheResult
from tests.cache.faces import PATIENT, Reports, connection_to, server_connection
from tests.servers.redis_server import RedisServer


class Counted:
    """A fake store, and how many clients were made for it."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.server = fakeredis.FakeServer()
        self.store = Store(async_client=self.make_async, sync_client=self.make_sync)
        self.numbers = CacheManager(int, namespace="n", store=self.store, ttl_seconds=60)

    def make_async(self) -> AsyncClient:
        self.made.append("async")
        return fakeredis.FakeAsyncRedis(server=self.server)

    def make_sync(self) -> SyncClient:
        self.made.append("sync")
        return fakeredis.FakeRedis(server=self.server)

    async def twice(self) -> None:
        await self.numbers.get("n:1")
        await self.numbers.get("n:1")


def test_nothing_is_made_until_it_is_used() -> None:
    assert Counted().made == []


def test_each_event_loop_has_one_client() -> None:
    counted = Counted()
    asyncio.run(counted.twice())
    asyncio.run(counted.twice())
    assert counted.made == ["async", "async"]


def test_clients_of_loops_that_are_closed_are_forgotten() -> None:
    counted = Counted()
    for _ in range(5):
        asyncio.run(counted.twice())
    assert len(counted.store._lanes._by_loop) == 1


def test_all_threads_share_one_client() -> None:
    counted = Counted()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(counted.numbers.sync.get, ["n:1"] * 100))
    assert counted.made == ["sync"]


def test_a_forked_child_makes_its_own_client_and_so_leaves_that_of_the_parent_alone(redis_server: RedisServer) -> None:
    store = Store.connect(server_connection(redis_server), application="forked")
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60).sync
    for number in range(100):
        numbers.set(f"n:{number}", number)
    child = os.fork()
    if child == 0:
        right = all(numbers.get(f"n:{number}") == number for number in range(100))
        os._exit(0 if right else 1)
    assert [numbers.get(f"n:{number}") for number in range(100)] == list(range(100))
    assert os.waitpid(child, 0)[1] == 0
    asyncio.run(store.aclose())


NARROW = Limits(connections=1, turn_seconds=0.01)
READ: Reply = [None, b"generation", None, None]


class Held:
    """A client of either kind that answers once it may."""

    def __init__(self) -> None:
        self.has_begun = threading.Event()
        self.may_end = threading.Event()

    def execute_command(self, *args: Argument) -> Reply:
        self.has_begun.set()
        self.may_end.wait(30)
        return READ

    def pipeline(self, *, transaction: bool) -> SyncPipeline:
        raise NotImplementedError

    def close(self) -> None: ...


class HeldAsync:
    """The same, to be awaited."""

    def __init__(self) -> None:
        self.may_end = asyncio.Event()

    async def execute_command(self, *args: Argument) -> Reply:
        await self.may_end.wait()
        return READ

    def pipeline(self, *, transaction: bool) -> AsyncPipeline:
        raise NotImplementedError

    async def aclose(self) -> None: ...


def test_a_thread_waits_only_so_long_for_its_turn_and_no_server_is_blamed() -> None:
    held = Held()
    store = Store(async_client=HeldAsync, sync_client=lambda: held, limits=NARROW)
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60).sync
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(numbers.get, "n:1")
        held.has_begun.wait(30)
        for _ in range(10):
            numbers.get("n:1")
        held.may_end.set()
        first.result()
    numbers.get("n:1")
    assert store.drops.reads_bypassed == 10


@pytest.mark.anyio
async def test_a_task_waits_only_so_long_for_its_turn_and_no_server_is_blamed() -> None:
    held = HeldAsync()
    store = Store(async_client=lambda: held, sync_client=Held, limits=NARROW)
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    first = asyncio.create_task(numbers.get("n:1"))
    await asyncio.gather(*(asyncio.create_task(numbers.get("n:1")) for _ in range(10)))
    held.may_end.set()
    await first
    await numbers.get("n:1")
    assert store.drops.reads_bypassed == 10


@pytest.mark.anyio
async def test_an_exchange_that_goes_on_and_on_is_given_up() -> None:
    held = HeldAsync()
    store = Store(async_client=lambda: held, sync_client=Held, limits=Limits(exchange_seconds=0.01))
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    assert await numbers.get("n:1") is None
    assert store.drops.reads_bypassed == 1


@pytest.mark.anyio
@pytest.mark.parametrize("kind", ["server", "cluster"])
async def test_500_look_ups_at_once_are_all_answered(
    kind: str, request: pytest.FixtureRequest, reports: Reports, application: str
) -> None:
    store = Store.connect(connection_to(kind, request), application=application, limits=PATIENT)
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    for number in range(50):
        await numbers.set(f"n:{number}", number)
    await store.aclose()
    read = await asyncio.gather(*(numbers.get(f"n:{number % 50}") for number in range(500)))
    assert read == [number % 50 for number in range(500)]
    assert reports.answers == [("n", CacheResult.HIT)] * 500
    await store.aclose()
