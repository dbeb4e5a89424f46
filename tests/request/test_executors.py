"""A pool runs what it is given for the request of whoever gave it, unless it hands its work over as bytes."""

import pickle
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from telemetry.request import executors
from telemetry.request.context import bind, current_record, unbind
from telemetry.request.record import RequestRecord


class InterpreterPoolExecutor(ThreadPoolExecutor):
    """Stands in for that of Python 3.14: a thread pool by its class, whose work is pickled."""


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Iterator[RequestRecord]:
    monkeypatch.setattr(ThreadPoolExecutor, "submit", ThreadPoolExecutor.submit)
    executors.watch()
    record = RequestRecord()
    bound = bind(record)
    yield record
    unbind(bound)


def given(pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch) -> object:
    """What the pool's own `submit` gets for a function that is handed to the pool now."""
    found: list[object] = []

    def submit(_pool: ThreadPoolExecutor, function: object, /, *_args: object) -> None:
        found.append(function)

    monkeypatch.setattr(ThreadPoolExecutor, "submit", executors._carrying(submit))  # type: ignore[arg-type]
    pool.submit(len, "abc")
    return found[0]


@pytest.mark.usefixtures("record")
def test_a_pool_of_interpreters_gets_its_work_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType("concurrent.futures.interpreter")
    module.InterpreterPoolExecutor = InterpreterPoolExecutor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    with InterpreterPoolExecutor(1) as pool:
        assert pickle.loads(pickle.dumps(given(pool, monkeypatch))) is len
    with ThreadPoolExecutor(1) as pool:
        assert given(pool, monkeypatch) is not len


@pytest.mark.skipif(sys.version_info < (3, 14), reason="needs Python 3.14, the first with a pool of interpreters")
@pytest.mark.usefixtures("record")
def test_the_pool_of_interpreters_of_python_works_in_a_request() -> None:
    futures: Any = __import__("concurrent.futures").futures
    with futures.InterpreterPoolExecutor(1) as pool:
        assert pool.submit(len, "abc").result(30) == 3


def test_a_thread_pool_works_for_the_request(record: RequestRecord) -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(current_record).result(30) is record
