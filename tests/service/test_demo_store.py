"""The demo store is bounded and says that it is one."""

import logging

import anyio
import pytest

from service import demo_store
from service.caches import make_store
from service.settings import Settings
from telemetry.cache import CacheManager


def test_the_demo_store_is_announced(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "service"):
        make_store(Settings())

    assert [record.message for record in caplog.records] == [
        "REDIS_HOST is empty: the cache is the demo store, inside this process and gone with it"
    ]


def test_a_full_demo_store_is_emptied_and_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo_store, "MAX_KEYS", 50)
    cache = CacheManager(int, namespace="n", store=demo_store.demo_store("demo"), ttl_seconds=60)

    def kept(numbers: range) -> list[int]:
        return [number for number in numbers if cache.sync.get(f"n:{number}") == number]

    for number in range(200):
        cache.sync.set(f"n:{number}", number)

    assert 0 < len(kept(range(200))) <= 50
    cache.sync.set("n:200", 200)
    assert cache.sync.get("n:200") == 200


def test_both_kinds_of_routes_see_one_demo_store() -> None:
    cache = CacheManager(int, namespace="n", store=demo_store.demo_store("both"), ttl_seconds=60)

    async def scenario() -> int | None:
        await cache.set("n:1", 1)
        return await anyio.to_thread.run_sync(cache.sync.get, "n:1")

    assert anyio.run(scenario) == 1
