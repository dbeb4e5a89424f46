"""The handle says whether what waited was exported, and neither raises nor waits for ever."""

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from opentelemetry.sdk.trace import TracerProvider

import telemetry


class Provider(TracerProvider):
    """Flushes as it is told."""

    def __init__(self, flush: Callable[[], bool]) -> None:
        super().__init__(shutdown_on_exit=False)
        self._flush = flush
        self.asked_ms: list[int] = []

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        self.asked_ms.append(timeout_millis)
        return self._flush()


def test_a_flush_that_was_done_is_done() -> None:
    provider = Provider(lambda: True)
    assert telemetry.Telemetry(provider, flush_seconds=2).flush()
    assert provider.asked_ms == [2_000]


def test_a_flush_that_the_exporters_gave_up_is_not_done() -> None:
    assert not telemetry.Telemetry(Provider(lambda: False), flush_seconds=2).flush()


def test_a_flush_that_fails_is_not_done_and_raises_nothing() -> None:
    def fail() -> bool:
        raise OSError("no route to the Collector")

    assert not telemetry.Telemetry(Provider(fail), flush_seconds=2).flush()


def test_a_handle_without_spans_has_nothing_to_do() -> None:
    assert telemetry.Telemetry(None, flush_seconds=0).flush()


@pytest.mark.anyio
@pytest.mark.parametrize("asynchronous", [True, False])
async def test_an_exporter_that_hangs_is_not_waited_for(asynchronous: bool) -> None:
    released = threading.Event()
    handle = telemetry.Telemetry(Provider(released.wait), flush_seconds=0.05)
    began = time.monotonic()
    done = await handle.aflush() if asynchronous else handle.flush()
    took = time.monotonic() - began
    released.set()
    assert not done
    assert took < 2


@pytest.mark.anyio
async def test_the_event_loop_runs_on_while_flushing() -> None:
    looped = threading.Event()
    flushing = asyncio.create_task(telemetry.Telemetry(Provider(lambda: looped.wait(10)), flush_seconds=10).aflush())
    await asyncio.sleep(0)
    looped.set()
    assert await flushing
