"""`telemetry.timing` in several tasks, threads and requests at once, and at its limits."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context

import pytest

import telemetry
from telemetry.request.context import bind
from telemetry.request.record import RequestRecord
from telemetry.request.timings import MAX_NAMES, Dropped
from tests.timing.clock import Clock, timed

pytestmark = pytest.mark.anyio


async def test_concurrent_tasks_add_up(record: RequestRecord, clock: Clock) -> None:
    both = asyncio.Barrier(2)
    render = telemetry.timing("render")

    async def work() -> None:
        async with render:
            await both.wait()
            clock.goes_on(5)
            await both.wait()

    await asyncio.gather(work(), work())
    assert timed(record) == {"render": 20}


def test_a_block_that_is_kept_serves_several_requests_at_once(clock: Clock) -> None:
    render = telemetry.timing("render")
    records = [RequestRecord(clock=clock) for _ in range(2)]
    contexts = [Context() for _ in records]
    for context, record in zip(contexts, records, strict=True):
        context.run(bind, record)
        context.run(render.__enter__)
        clock.goes_on(5)
    for context in contexts:
        context.run(render.__exit__, None, None, None)
        clock.goes_on(1)
    assert [timed(record) for record in records] == [{"render": 10}, {"render": 6}]


def test_a_generator_that_is_thrown_away_during_another_request_takes_nothing_from_it(
    record: RequestRecord, clock: Clock
) -> None:
    def rows() -> Iterator[int]:
        with telemetry.timing("render"):
            yield 1
            yield 2

    abandoned = RequestRecord(clock=clock)
    context = Context()
    context.run(bind, abandoned)
    generator = rows()
    context.run(next, generator)
    with telemetry.timing("render"):
        clock.goes_on(3)
        del generator
        gc.collect()
        clock.goes_on(4)
    assert timed(record) == {"render": 7}
    assert timed(abandoned) == {"render": 3}


def test_threads_lose_nothing(record: RequestRecord, clock: Clock) -> None:
    render, barrier = telemetry.timing("render"), threading.Barrier(4)

    def work() -> None:
        barrier.wait()
        for _ in range(500):
            with render:
                pass

    with ThreadPoolExecutor(4) as executor:
        for future in [executor.submit(telemetry.bind(work)) for _ in range(4)]:
            future.result()
    assert timed(record) == {"render": 0}
    clock.goes_on(1_000)
    assert timed(record) == {"render": 0}, "one is still running"


def test_a_request_has_room_for_ten_names_and_the_rest_is_counted(record: RequestRecord, clock: Clock) -> None:
    for number in range(MAX_NAMES + 2):
        with telemetry.timing(f"step{number}"):
            clock.goes_on(1)
    with telemetry.timing("step0"):
        clock.goes_on(1)
    assert len(timed(record)) == MAX_NAMES
    assert timed(record)["step0"] == 2
    assert record.timings_dropped == {Dropped.TOO_MANY: 2}


def test_what_begins_after_the_header_is_counted_as_too_late(record: RequestRecord) -> None:
    with telemetry.timing("before"):
        record.header_written(omitted=3)
    with telemetry.timing("after"):
        pass
    assert record.timings_dropped == {Dropped.NO_ROOM: 3, Dropped.TOO_LATE: 1}


def test_a_request_that_is_over_takes_no_more(record: RequestRecord, clock: Clock) -> None:
    with telemetry.timing("render"):
        clock.goes_on(1)
        record.close()
        with telemetry.timing("late"):
            clock.goes_on(1)
    assert set(timed(record)) == {"render"}


def test_an_end_that_nothing_began_changes_nothing(record: RequestRecord, clock: Clock) -> None:
    record.timing_ended("render")
    assert timed(record) == {}
    with telemetry.timing("render"):
        clock.goes_on(5)
    record.timing_ended("render")
    assert timed(record) == {"render": 5}
