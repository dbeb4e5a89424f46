"""In a cluster one node may hang while the others answer."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest

from telemetry.cache import CacheManager, Store
from telemetry.cache.keys import KeyScheme
from tests.cache.faces import HASTY, Face, SyncFace, cluster_connection
from tests.servers.redis_cluster import RedisCluster

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.usefixtures("tls_leftovers"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]


@pytest.fixture
async def store(redis_cluster_tls: RedisCluster, application: str) -> AsyncIterator[Store]:
    made = Store.connect(cluster_connection(redis_cluster_tls), application=application, limits=HASTY)
    yield made
    await made.aclose()


@pytest.fixture(params=["async", "sync"])
def numbers(request: pytest.FixtureRequest, store: Store) -> Face[int]:
    manager = CacheManager(int, namespace="n", store=store, ttl_seconds=60)
    return manager if request.param == "async" else SyncFace(manager)


@contextmanager
def hung_node(cluster: RedisCluster, store: Store, keys: list[str]) -> Iterator[list[str]]:
    """Stops the node that holds the first of *keys*; gives those that it holds."""
    scheme = KeyScheme(store.application, "n")
    nodes = {key: store.circuit.shard_of(scheme.entry(key).tag) for key in keys}
    hung = nodes[keys[0]]
    pid = cluster.pids[cluster.ports.index(int(hung.rpartition(":")[2]))]
    os.kill(pid, signal.SIGSTOP)
    try:
        yield [key for key in keys if nodes[key] == hung]
    finally:
        os.kill(pid, signal.SIGCONT)


async def test_a_node_that_hangs_costs_three_time_outs_and_leaves_the_others_in_use(
    redis_cluster_tls: RedisCluster, numbers: Face[int], store: Store
) -> None:
    keys = [f"n:{number}" for number in range(30)]
    for key in keys:
        await numbers.set(key, 7)
    slow = 0
    with hung_node(redis_cluster_tls, store, keys) as lost:
        assert 0 < len(lost) < len(keys)
        for key in keys * 5:
            began = time.perf_counter()
            assert await numbers.get(key) == (None if key in lost else 7)
            slow += key in lost and time.perf_counter() - began > HASTY.response_seconds / 2
    # A slow machine needs so long for the others that the breaker has rested and probes.
    assert HASTY.failures <= slow <= HASTY.failures + 2
    assert store.drops.reads_bypassed == 5 * len(lost)


async def test_a_prefix_is_invalidated_where_it_can_be_and_elsewhere_before_the_next_read(
    redis_cluster_tls: RedisCluster, numbers: Face[int], store: Store
) -> None:
    keys = [f"n:{number}" for number in range(30)]
    for key in keys:
        await numbers.set(key, 7)
    with hung_node(redis_cluster_tls, store, keys) as lost:
        await numbers.invalidate_by_prefix("n:")
        others = [key for key in keys if key not in lost]
        assert [await numbers.get(key) for key in others] == [None] * len(others)
        assert 0 < store.drops.invalidations_deferred < 16
    async with asyncio.timeout(10):
        while store.circuit.backlog:
            await numbers.get(keys[0])
            await asyncio.sleep(0.02)
    assert [await numbers.get(key) for key in keys] == [None] * len(keys)
