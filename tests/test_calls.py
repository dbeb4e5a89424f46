"""The calls for user code never fail the request, whatever they are given."""

from collections.abc import Iterator
from typing import Any

import pytest

import telemetry
from telemetry.errors import internal_errors
from telemetry.request.context import outside, send_outside_to
from telemetry.request.lookups import LookupTally
from telemetry.request.record import RequestRecord
from telemetry.request.sink import Nowhere
from telemetry.request.statements import StatementTally


class Request:
    """Anything with a scope."""

    def __init__(self, record: RequestRecord | None = None) -> None:
        self.scope: dict[str, object] = {} if record is None else {"candid.record": record}


class Installed(Nowhere):
    """Stands in for the metrics that `instrument` makes the sink for work outside requests."""


@pytest.fixture(autouse=True)
def installed() -> Iterator[None]:
    before = outside()
    send_outside_to(Installed())
    yield
    send_outside_to(before)


@pytest.fixture
def record() -> RequestRecord:
    return RequestRecord(StatementTally())


def test_look_ups_are_added_to_the_request(record: RequestRecord) -> None:
    for hit in (True, False, True):
        telemetry.update_cache_status(Request(record), hit=hit)
    assert record.figures().lookups == {"manual": LookupTally(hits=2, misses=1)}


def test_queries_are_added_to_the_request(record: RequestRecord) -> None:
    telemetry.increment_query_count(Request(record))
    telemetry.increment_query_count(Request(record), 0)
    telemetry.increment_query_count(Request(record), n=4)
    assert record.figures().db_queries == 5


@pytest.mark.parametrize("request_", [Request(), None, object()])
@pytest.mark.parametrize("number", [3, -1, "many"])
def test_without_telemetry_they_do_nothing_whatever_they_are_given(request_: Any, number: Any) -> None:
    send_outside_to(Nowhere())
    telemetry.update_cache_status(request_, hit=True)
    telemetry.increment_query_count(request_, number)


def test_with_telemetry_a_wrong_argument_cannot_hide_in_a_test() -> None:
    with pytest.raises(AttributeError):
        telemetry.update_cache_status(object(), hit=True)  # type: ignore[arg-type]


def test_a_negative_number_is_refused_and_changes_nothing(
    record: RequestRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="negative"):
        telemetry.increment_query_count(Request(record), -1)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    before = internal_errors().get("calls", 0)
    telemetry.increment_query_count(Request(record), -1)
    assert record.figures().db_queries == 0
    assert internal_errors()["calls"] == before + 1


def test_something_that_is_no_request_does_not_fail_the_one_that_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    telemetry.update_cache_status(None, hit=True)  # type: ignore[arg-type]
    telemetry.increment_query_count(object(), "many")  # type: ignore[arg-type]
