"""The guard keeps a defect of telemetry away from the application, and shows it in a test."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from telemetry.errors import Guard, internal_errors, tell_failures_to


@pytest.fixture
def part(request: pytest.FixtureRequest) -> str:
    """A part of telemetry of which no other test knows."""
    return request.node.name  # type: ignore[no-any-return]


def in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """Makes it as it is where no test runs; pytest sets the variable anew after each fixture."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")


def test_an_error_inside_goes_no_further(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_production(monkeypatch)
    reached = False
    with Guard(part):
        raise KeyError("a defect")
    reached = True
    assert reached


def test_in_a_test_it_is_raised(part: str) -> None:
    with pytest.raises(KeyError), Guard(part):
        raise KeyError("a defect")


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, asyncio.CancelledError, GeneratorExit])
def test_what_ends_a_program_or_a_task_is_never_held_back(
    part: str, error: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    in_production(monkeypatch)
    with pytest.raises(error), Guard(part):
        raise error
    assert part not in internal_errors()


def test_each_error_is_counted_and_the_first_of_a_part_is_logged_with_its_traceback(
    part: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_production(monkeypatch)
    for name in (part, part, part, part + " of another"):
        with Guard(name):
            raise KeyError("a defect")
    assert (internal_errors()[part], internal_errors()[part + " of another"]) == (3, 1)
    assert [(record.name, record.levelno) for record in caplog.records] == [("telemetry", logging.ERROR)] * 2
    assert all(record.exc_info for record in caplog.records)
    assert part in caplog.records[0].getMessage()


def test_no_error_of_many_threads_is_lost(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    in_production(monkeypatch)
    guard, together = Guard(part), threading.Barrier(8)

    def fail() -> None:
        together.wait()
        for _ in range(200):
            with guard:
                raise KeyError("a defect")

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(fail) for _ in range(8)]:
            future.result()
    assert internal_errors()[part] == 1_600


def test_nothing_is_counted_where_nothing_fails(part: str) -> None:
    with Guard(part):
        pass
    assert part not in internal_errors()


def test_the_counts_that_are_given_out_are_a_copy(part: str) -> None:
    dict(internal_errors())[part] = 9
    assert part not in internal_errors()


class Listener:
    """Keeps what it is told, and may fail itself."""

    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[str] = []
        self._error = error

    def failed(self, part: str) -> None:
        self.told.append(part)
        if self._error is not None:
            raise self._error


def test_a_listener_learns_what_was_before_and_is_told_of_each_failure_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    part, listener = "heard", Listener()
    Guard(part).took(RuntimeError("before"))
    assert tell_failures_to(listener)[part] == 1
    with Guard(part):
        raise RuntimeError("after")
    assert listener.told == [part]


def test_a_listener_that_fails_keeps_neither_the_request_nor_the_other_listeners_from_going_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    listeners = [Listener(OSError("disk full")), Listener(), Listener(OSError("disk full"))]
    for listener in listeners:
        tell_failures_to(listener)
    with Guard("listened to"):
        raise RuntimeError("once")
    assert [listener.told for listener in listeners] == [["listened to"]] * 3
    assert internal_errors()["listened to"] == 1
