"""A Redis that is gone, hung or refuses: no request fails or waits long, and no stale value is served afterwards."""

import asyncio
import os
import signal
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from telemetry.cache import CacheManager, RedisConnection, Store, TlsFiles
from telemetry.request.lookups import CacheResult
from tests.cache.faces import HASTY, Face, Reports, SyncFace, cluster_connection, server_connection
from tests.servers.redis_cluster import RedisCluster
from tests.servers.redis_server import RedisServer

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("tls_leftovers"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@contextmanager
def hung(pid: int) -> Iterator[None]:
    """The process does not answer, but its connections stand."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextmanager
def killed(server: RedisServer) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


@pytest.fixture
async def store(redis_server: RedisServer, application: str) -> AsyncIterator[Store]:
    made = Store.connect(server_connection(redis_server), application=application, limits=HASTY)
    yield made
    await made.aclose()


@pytest.fixture(params=["async", "sync"])
def numbers(request: pytest.FixtureRequest, store: Store) -> Face[int]:
    manager = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    return manager if request.param == "async" else SyncFace(manager)


async def answered_again(store: Store) -> None:
    """Waits until Redis answers, as a readiness probe does."""
    async with asyncio.timeout(10):
        while not await store.ping():  # noqa: ASYNC110 - another process has no event to wait for
            await asyncio.sleep(0.02)


async def seconds_of(numbers: Face[int], times: int) -> list[float]:
    """How long look-ups take that Redis does not answer."""
    spent = []
    for _ in range(times):
        began = time.perf_counter()
        assert await numbers.get("n:1") is None
        spent.append(time.perf_counter() - began)
    return spent


async def test_a_killed_server_costs_requests_nothing_and_fails_none(
    redis_server: RedisServer, store: Store, numbers: Face[int], reports: Reports
) -> None:
    await numbers.set("n:1", 1)
    with killed(redis_server):
        spent = await seconds_of(numbers, 200)
        await numbers.set("n:1", 2)
        await numbers.invalidate("n:1")
        await numbers.invalidate_by_prefix("n:")
    assert statistics.median(spent) < 0.002
    assert max(spent) < 2
    assert reports.answers == [("n", CacheResult.BYPASS)] * 200
    assert store.drops.reads_bypassed == 200
    assert store.drops.sets_without_ticket == 1


async def test_a_hung_server_costs_three_time_outs_and_then_nothing(
    redis_server: RedisServer, numbers: Face[int], reports: Reports
) -> None:
    await numbers.set("n:1", 1)
    with hung(redis_server.pid):
        spent = await seconds_of(numbers, 200)
    assert sum(seconds > HASTY.response_seconds / 2 for seconds in spent) == HASTY.failures
    assert max(spent) < 2
    assert statistics.median(spent) < 0.002
    assert {result for _, result in reports.answers} == {CacheResult.BYPASS}


async def test_a_server_that_comes_back_is_used_again(
    redis_server: RedisServer, store: Store, numbers: Face[int], caplog: pytest.LogCaptureFixture
) -> None:
    await numbers.get("n:1")
    with killed(redis_server):
        await seconds_of(numbers, 5)
    await answered_again(store)
    await numbers.set("n:2", 2)
    assert await numbers.get("n:2") == 2
    assert len(caplog.records) == 2


async def test_without_a_ping_look_ups_find_the_server_again(redis_server: RedisServer, numbers: Face[int]) -> None:
    await numbers.set("n:1", 1)
    with hung(redis_server.pid):
        await seconds_of(numbers, 5)
    async with asyncio.timeout(HASTY.rest_seconds + 1):
        while await numbers.get("n:1") is None:  # noqa: ASYNC110 - a breaker tells nobody that it has rested
            await asyncio.sleep(0.02)


async def test_what_was_loaded_while_redis_did_not_answer_is_not_stored(
    redis_server: RedisServer, store: Store, numbers: Face[int]
) -> None:
    with hung(redis_server.pid):
        assert await numbers.get("n:1") is None
    await answered_again(store)
    await numbers.set("n:1", 1)
    assert await numbers.get("n:1") is None
    assert store.drops.sets_without_ticket == 1


@pytest.mark.parametrize("prefix", ["n:", "n:5:"])
async def test_an_invalidation_that_redis_missed_is_made_good_before_the_next_read(
    redis_server: RedisServer, store: Store, numbers: Face[int], prefix: str
) -> None:
    await numbers.set("n:5:1", 1)
    await numbers.set("n:5:2", 2)
    with hung(redis_server.pid):
        await numbers.invalidate("n:5:1")
        await numbers.invalidate_by_prefix(prefix)
        assert store.drops.invalidations_deferred == 17
    await answered_again(store)
    assert await numbers.get("n:5:1") is None
    assert await numbers.get("n:5:2") is None
    await numbers.set("n:5:2", 3)
    assert await numbers.get("n:5:2") == 3


async def test_an_invalidation_whose_caller_goes_away_is_made_good(redis_server: RedisServer, store: Store) -> None:
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    await numbers.set("n:1", 1)
    with hung(redis_server.pid):
        invalidation = asyncio.create_task(numbers.invalidate("n:1"))
        await asyncio.wait({invalidation}, timeout=HASTY.response_seconds / 5)
        invalidation.cancel()
        with pytest.raises(asyncio.CancelledError):
            await invalidation
        assert store.drops.invalidations_deferred == 1
    await answered_again(store)
    assert await numbers.get("n:1") is None
    assert len(store.circuit.backlog) == 0


async def test_a_value_that_redis_does_not_take_is_counted(
    redis_server: RedisServer, store: Store, numbers: Face[int]
) -> None:
    assert await numbers.get("n:1") is None
    with hung(redis_server.pid):
        await numbers.set("n:1", 1)
    assert store.drops.sets_unreachable == 1


async def test_50_requests_at_once_on_a_hung_server_all_end_soon(redis_server: RedisServer, store: Store) -> None:
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    await numbers.set("n:1", 1)
    with hung(redis_server.pid):
        began = time.perf_counter()
        assert await asyncio.gather(*(numbers.get("n:1") for _ in range(50))) == [None] * 50
        assert time.perf_counter() - began < 2


REFUSED = ["wrong password", "no such user", "no authority for the certificate", "nobody listens"]


@pytest.mark.parametrize("reason", REFUSED)
async def test_a_cluster_that_lets_nobody_in_is_bypassed_and_logged_without_secrets(
    redis_cluster_tls: RedisCluster, reason: str, application: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = cluster_connection(redis_cluster_tls)
    connection = {
        "wrong password": lambda: changed(good, password="wr0ng-s3cret"),
        "no such user": lambda: changed(good, username="nobody"),
        "no authority for the certificate": lambda: changed(good, tls=TlsFiles()),
        "nobody listens": lambda: changed(good, port=1),
    }[reason]()
    store = Store.connect(connection, application=application)
    manager = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    for face in (manager, SyncFace(manager)):
        for _ in range(4):
            assert await face.get("n:1") is None
            await face.set("n:1", 1)
            await face.invalidate("n:1")
    assert await store.ping() is False
    assert store.drops.reads_bypassed == 8
    assert len(caplog.records) == 1
    for secret in (connection.password, connection.username, connection.host, str(connection.port)):
        assert str(secret) not in caplog.text
    await store.aclose()


def changed(connection: RedisConnection, **fields: object) -> RedisConnection:
    names = ("host", "port", "username", "password", "cluster_mode", "tls")
    return RedisConnection(**{name: getattr(connection, name) for name in names} | fields)


@pytest.mark.parametrize("cert_reqs", ["none", "optional", "required"])
async def test_each_way_of_checking_certificates_connects(
    redis_cluster_tls: RedisCluster, cert_reqs: str, application: str
) -> None:
    good = cluster_connection(redis_cluster_tls)
    tls = TlsFiles(cert_reqs, None if cert_reqs == "none" else redis_cluster_tls.ca_file)  # type: ignore[arg-type]
    store = Store.connect(changed(good, tls=tls), application=application)
    numbers = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    await numbers.set("n:1", 1)
    assert await numbers.get("n:1") == numbers.sync.get("n:1") == 1
    await store.aclose()
