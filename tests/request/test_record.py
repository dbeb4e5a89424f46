"""The record of a request says what it cost up to a moment, and nothing that it does not know."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from telemetry.request.breakdown import Unknown
from telemetry.request.elsewhere import query_sent
from telemetry.request.lookups import CacheResult, CacheStatus, LookupTally
from telemetry.request.phases import Phase, PhaseTime
from telemetry.request.record import RequestRecord
from telemetry.request.slots import current_slot
from telemetry.request.statement import Statement
from telemetry.request.statements import StatementTally

SELECT = Statement(is_query=True, is_select=True, fingerprint="select ?")


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_ns = 1_000

    def __call__(self) -> int:
        return self.now_ns


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def record(clock: Clock) -> RequestRecord:
    return RequestRecord(StatementTally(), clock)


def run(record: RequestRecord, clock: Clock, number: int, nanoseconds: int) -> None:
    record.statement_counted(SELECT, number)
    record.statement_began(number, number)
    clock.now_ns += nanoseconds
    record.statement_ended(number)


def test_a_request_that_did_nothing_has_zeros_that_are_known(record: RequestRecord, clock: Clock) -> None:
    clock.now_ns += 40
    figures = record.figures()
    assert (figures.elapsed_ns, figures.db_busy_ns, figures.db_queries) == (40, 0, 0)
    assert figures.cache_status() is None
    assert figures.unknown == ()


def test_a_zero_is_not_known_once_a_query_was_sent_for_nobody(record: RequestRecord) -> None:
    assert record.figures().db_queries == 0
    query_sent()
    figures = record.figures()
    assert (figures.db_busy_ns, figures.db_queries) == (None, None)
    assert figures.unknown == (Unknown.STATEMENTS_ELSEWHERE,)


def test_a_query_that_was_sent_for_nobody_before_the_request_is_not_its_own(clock: Clock) -> None:
    query_sent()
    assert RequestRecord(StatementTally(), clock).figures().db_queries == 0


def test_a_count_stands_whatever_is_sent_for_nobody(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    query_sent()
    assert record.figures().db_queries == 1


def test_a_zero_is_not_known_where_something_unseen_may_send(record: RequestRecord) -> None:
    record.query_possible()
    assert record.figures().db_queries is None
    assert record.figures().unknown == (Unknown.DRIVER_NOT_SEEN,)


def test_a_zero_is_not_known_where_more_was_timed_than_counted(record: RequestRecord) -> None:
    record.statement_began(1, 1)
    record.statement_ended(1)
    figures = record.figures()
    assert (figures.db_busy_ns, figures.db_queries) == (None, None)
    assert figures.unknown == (Unknown.STATEMENTS_ELSEWHERE,)


def test_a_statement_that_never_ends_is_in_the_sum_up_to_the_end(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    record.statement_counted(SELECT, 2)
    record.statement_began(2, 2)
    for _ in range(2):
        clock.now_ns += 100
        figures = record.figures()
        assert figures.db_sum_ns == figures.db_busy_ns == figures.elapsed_ns


def test_statements_are_counted_and_timed(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    clock.now_ns += 10
    run(record, clock, 2, 5)
    figures = record.figures()
    assert (figures.elapsed_ns, figures.db_busy_ns, figures.db_queries) == (45, 35, 2)


def test_figures_taken_twice_are_two_moments_and_the_first_stays_as_it_was(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    record.lookup_answered("brand", CacheResult.HIT)
    first = record.figures()
    run(record, clock, 2, 30)
    record.lookup_answered("brand", CacheResult.MISS)
    second = record.figures()
    assert (first.db_queries, second.db_queries) == (1, 2)
    assert (first.cache_status(), second.cache_status()) == (CacheStatus.HIT, CacheStatus.PARTIAL)
    assert second.queries_since(first) == 1
    assert second.lookups_since(first) == {"brand": LookupTally(misses=1)}


def test_queries_that_are_added_add_to_those_that_were_measured(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    record.queries_added(3)
    assert (record.figures().db_queries, record.figures().db_busy_ns) == (4, 30)


def test_a_statement_that_was_not_timed_takes_the_time_away_and_leaves_the_count(
    record: RequestRecord, clock: Clock
) -> None:
    run(record, clock, 1, 30)
    record.statement_counted(SELECT, 1)
    figures = record.figures()
    assert (figures.db_busy_ns, figures.db_queries) == (None, 2)
    assert figures.unknown == (Unknown.STATEMENTS_NOT_TIMED,)


def test_a_database_that_is_not_seen_is_not_at_rest(clock: Clock) -> None:
    record = RequestRecord(None, clock)
    run(record, clock, 1, 30)
    figures = record.figures()
    assert (figures.db_busy_ns, figures.db_queries) == (None, None)
    assert figures.unknown == (Unknown.DATABASE_NOT_SEEN,)


def test_what_was_counted_by_hand_is_known_without_seeing_the_database(clock: Clock) -> None:
    record = RequestRecord(None, clock)
    record.queries_added(2)
    assert record.figures().db_queries == 2


def test_a_driver_used_directly_takes_count_and_time_away(record: RequestRecord, clock: Clock) -> None:
    run(record, clock, 1, 30)
    record.database_unseen()
    figures = record.figures()
    assert (figures.db_busy_ns, figures.db_queries) == (None, None)
    assert figures.unknown == (Unknown.DRIVER_NOT_SEEN,)


def test_phases_are_told_apart_from_statements(record: RequestRecord, clock: Clock) -> None:
    began_ns = record.now_ns()
    clock.now_ns += 20
    record.phase_ended(Phase.POOL_WAIT, began_ns)
    run(record, clock, 1, 30)
    figures = record.figures()
    assert figures.phases == {Phase.POOL_WAIT: PhaseTime(busy_ns=20, sum_ns=20, count=1)}
    assert figures.db_busy_ns == 30


def test_a_closed_record_names_what_never_ended_and_says_that_it_is_closed(record: RequestRecord) -> None:
    record.statement_counted(SELECT, 7)
    record.statement_began(7, 7)
    assert not record.is_closed
    assert list(record.close()) == [7]
    assert record.is_closed


@pytest.mark.parametrize("statements", [StatementTally, lambda: None])
def test_a_closed_record_takes_whatever_comes_late(statements: Callable[[], StatementTally | None]) -> None:
    record = RequestRecord(statements())
    record.close()
    record.statement_ended(1)
    record.statement_counted(SELECT, 1)
    record.statement_began(1, 1)
    record.statement_ended(1)
    record.lookup_answered("brand", CacheResult.HIT)
    record.phase_ended(Phase.REDIS, record.now_ns())
    assert list(record.close()) in ([], [1])


def test_no_report_of_many_threads_is_lost() -> None:
    record, together = RequestRecord(StatementTally()), threading.Barrier(8)

    def work(thread: int) -> None:
        together.wait()
        for n in range(500):
            number = thread * 1000 + n
            record.statement_counted(SELECT, current_slot())
            record.statement_began(number, current_slot())
            record.lookup_answered("brand", CacheResult.HIT)
            record.queries_added(1)
            record.statement_ended(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    figures = record.figures()
    assert figures.db_queries == 8_000
    assert figures.lookups == {"brand": LookupTally(hits=4_000)}
    assert figures.db_busy_ns is not None
    assert 0 < figures.db_busy_ns <= figures.elapsed_ns
