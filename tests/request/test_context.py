"""Where figures go: to the request that is meant, to the one that runs, or outside."""

import contextvars
from collections.abc import Iterator

import pytest

from telemetry.request.context import (
    CELL,
    bind,
    bind_apart,
    current_record,
    outside,
    record_of,
    send_outside_to,
    sink_of,
    unbind,
)
from telemetry.request.record import RequestRecord
from telemetry.request.sink import Nowhere
from telemetry.request.slots import current_slot


class Request:
    """Anything with a scope."""

    def __init__(self, record: object = None) -> None:
        self.scope = {} if record is None else {"candid.record": record}


@pytest.fixture
def elsewhere() -> Iterator[Nowhere]:
    before, sink = outside(), Nowhere()
    send_outside_to(sink)
    yield sink
    send_outside_to(before)


def test_the_request_that_is_named_comes_before_the_one_that_runs(elsewhere: Nowhere) -> None:
    named, running = RequestRecord(), RequestRecord()
    token = bind(running)
    assert sink_of() is running
    assert sink_of(Request(named)) is named
    unbind(token)
    assert sink_of() is elsewhere


def test_a_request_that_nobody_watches_is_outside_even_within_another_one(elsewhere: Nowhere) -> None:
    token = bind(RequestRecord())
    assert sink_of(Request()) is elsewhere
    assert sink_of(Request("of another package")) is elsewhere
    unbind(token)


def test_a_request_that_is_over_is_outside(elsewhere: Nowhere) -> None:
    record = RequestRecord()
    token = bind(record)
    record.close()
    assert current_record() is None
    assert record_of(Request(record)) is None
    assert sink_of() is elsewhere
    assert sink_of(Request(record)) is elsewhere
    unbind(token)


def test_each_context_has_its_own_request() -> None:
    record = RequestRecord()

    def bound() -> RequestRecord | None:
        bind(record)
        return current_record()

    assert contextvars.copy_context().run(bound) is record
    assert current_record() is None


def test_work_apart_from_requests_is_that_of_one_task_until_it_is_over() -> None:
    bound = bind_apart()
    cell = contextvars.copy_context()[CELL]
    assert cell is not None
    assert (cell.record, cell.apart_slot) == (None, current_slot())
    unbind(bound)
    assert cell.apart_slot is None
