"""A look-up reports how long its caller waited, whatever came of it."""

import time
from collections.abc import Iterator

import pytest

from telemetry.cache.commands import Reply
from telemetry.cache.keys import KeyScheme
from telemetry.cache.typed_operations import TypedOperations
from telemetry.request.context import outside, send_outside_to
from telemetry.request.lookups import CacheResult
from telemetry.request.sink import Nowhere
from tests.cache.faces import fake_store

WAITED_NS = 2_000_000


class Timed(Nowhere):
    """Sink that keeps what look-ups answered, and when."""

    def __init__(self) -> None:
        self.lookups: list[tuple[CacheResult, int | None]] = []

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        self.lookups.append((result, duration_ns))


@pytest.fixture
def timed() -> Iterator[Timed]:
    before, sink = outside(), Timed()
    send_outside_to(sink)
    yield sink
    send_outside_to(before)


@pytest.mark.parametrize(
    ("reply", "result"), [([None, b"token", None], CacheResult.MISS), (OSError("away"), CacheResult.BYPASS)]
)
def test_the_wait_for_the_store_is_in_it(timed: Timed, reply: Reply, result: CacheResult) -> None:
    operations = TypedOperations(str, KeyScheme("tests", "brand"), fake_store("tests").circuit, 60)
    began_ns = time.perf_counter_ns()
    look_up = operations.get("brand:1", None)
    next(look_up)
    asked_ns = time.perf_counter_ns()
    while time.perf_counter_ns() - asked_ns < WAITED_NS:
        time.sleep(0)
    with pytest.raises(StopIteration):
        look_up.send([reply])
    took_ns = time.perf_counter_ns() - began_ns
    ((answered, duration_ns),) = timed.lookups
    assert answered is result
    assert duration_ns is not None
    assert WAITED_NS <= duration_ns <= took_ns
