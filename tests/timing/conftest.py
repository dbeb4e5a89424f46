"""A request that is being served, by a clock that stands still."""

from collections.abc import Iterator

import pytest

from telemetry.request.context import bind, unbind
from telemetry.request.record import RequestRecord
from tests.timing.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(clock: Clock) -> Iterator[RequestRecord]:
    record = RequestRecord(clock=clock)
    token = bind(record)
    yield record
    unbind(token)
