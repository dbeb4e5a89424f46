"""Work that may hang is waited for no longer than was set."""

import threading
import time

from telemetry.spans.provider import bounded


def test_work_that_ends_in_time_is_done() -> None:
    done = threading.Event()
    assert bounded(done.set, 10)
    assert done.is_set()


def test_work_that_hangs_is_given_up() -> None:
    released = threading.Event()
    began = time.monotonic()
    assert not bounded(released.wait, 0.05)
    assert time.monotonic() - began < 5
    released.set()


def test_work_that_hangs_does_not_keep_the_process_alive() -> None:
    released, threads = threading.Event(), list[threading.Thread]()

    def hang() -> None:
        threads.append(threading.current_thread())
        released.wait()

    bounded(hang, 0.05)
    assert threads[0].daemon
    released.set()
