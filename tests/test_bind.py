"""`telemetry.bind`: a thread started by hand works for the request that started it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from functools import partial

import pytest
from opentelemetry.trace import INVALID_SPAN_CONTEXT, NonRecordingSpan, get_current_span, use_span

import telemetry
from telemetry.request.context import bind, current_record, unbind
from telemetry.request.record import RequestRecord
from telemetry.spans.binding import ServerSpan, attach, current_server

pytestmark = pytest.mark.anyio
VARIABLE = ContextVar("VARIABLE", default="unset")


@pytest.fixture
def record() -> Iterator[RequestRecord]:
    record = RequestRecord()
    token = bind(record)
    yield record
    unbind(token)


def test_a_thread_works_for_the_request_in_which_its_function_was_bound(record: RequestRecord) -> None:
    seen: list[RequestRecord | None] = []

    def work(label: str, *, times: int) -> None:
        """Works."""
        seen.extend([current_record()] * times)

    bound = telemetry.bind(work)
    for function in (work, bound):
        thread = threading.Thread(target=function, args=("x",), kwargs={"times": 2})
        thread.start()
        thread.join()
    assert seen == [None, None, record, record]
    assert (bound.__name__, bound.__doc__) == ("work", "Works.")


async def test_a_coroutine_works_for_it_too_also_on_the_loop_of_another_thread(record: RequestRecord) -> None:
    async def work(value: int) -> tuple[RequestRecord | None, int]:
        await asyncio.sleep(0)
        return current_record(), value

    bound = telemetry.bind(work)
    with ThreadPoolExecutor(1) as executor:
        elsewhere = executor.submit(lambda: asyncio.run(bound(1)))
        assert await asyncio.wrap_future(elsewhere) == (record, 1)
    assert await bound(2) == (record, 2)
    assert await telemetry.bind(partial(work, 3))() == (record, 3)


def test_several_threads_may_call_it_at_once(record: RequestRecord) -> None:
    both = threading.Barrier(2, timeout=10)

    def work(_number: int) -> RequestRecord | None:
        both.wait()
        return current_record()

    with ThreadPoolExecutor(2) as executor:
        assert list(executor.map(telemetry.bind(work), range(2))) == [record, record]


async def test_variables_of_others_are_those_of_the_caller(record: RequestRecord) -> None:
    def work() -> str:
        before = VARIABLE.get()
        VARIABLE.set("by a call")
        return before

    async def works() -> str:
        return work()

    bound, bound_coroutine = telemetry.bind(work), telemetry.bind(works)
    VARIABLE.set("by the caller")
    assert [bound(), VARIABLE.get()] == ["by the caller", "by a call"]
    VARIABLE.set("by the caller")
    assert [await bound_coroutine(), VARIABLE.get()] == ["by the caller", "by a call"]


def test_the_caller_has_its_own_request_again(record: RequestRecord) -> None:
    bound = telemetry.bind(current_record)
    other = RequestRecord()
    token = bind(other)
    assert [bound(), current_record()] == [record, other]
    unbind(token)


def test_the_span_of_the_request_is_the_current_one(record: RequestRecord) -> None:
    span, server = NonRecordingSpan(INVALID_SPAN_CONTEXT), ServerSpan()
    detach = attach(record, server)
    with use_span(span):
        bound = telemetry.bind(lambda: (get_current_span(), current_server()))
    with ThreadPoolExecutor(1) as executor:
        assert executor.submit(bound).result() == (span, server)
    detach()


def test_errors_pass() -> None:
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError, match="x"):
        telemetry.bind(fails)()


async def test_a_coroutine_is_cancelled_with_its_caller() -> None:
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    task = asyncio.create_task(telemetry.bind(work)())
    await began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()


def test_what_runs_on_belongs_to_no_request(record: RequestRecord) -> None:
    bound = telemetry.bind(current_record)
    record.close()
    assert bound() is None


def test_without_a_request_it_is_the_function_itself() -> None:
    assert telemetry.bind(current_record) is current_record
