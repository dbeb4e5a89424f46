"""The tally of statements: counted as they are sent, timed as they run, and compared."""

from hypothesis import given
from hypothesis import strategies as st

from telemetry.request.slots import Slot
from telemetry.request.statement import Statement
from telemetry.request.statements import _MAX_ANNOUNCED, _MAX_SLOTS, StatementTally

SELECT = Statement(is_query=True, is_select=True, fingerprint="select ?")
INSERT = Statement(is_query=True, is_select=False, fingerprint="insert ?")
SAVEPOINT = Statement(is_query=False, is_select=False, fingerprint="savepoint a")
HERE, THERE = 1, 2


def run(tally: StatementTally, statement: Statement, start: int, end: int, slot: Slot = HERE) -> None:
    tally.count(statement, slot)
    tally.begin(start, slot, start)
    tally.end(start, end)


def test_queries_are_counted_and_timed() -> None:
    tally = StatementTally()
    run(tally, SELECT, 10, 15)
    run(tally, INSERT, 20, 40)
    assert (tally.queries, tally.busy_ns(100), tally.sum_ns(100)) == (2, 25, 25)
    assert tally.agrees


def test_transaction_control_is_neither_counted_nor_timed_and_still_agrees() -> None:
    tally = StatementTally()
    run(tally, SAVEPOINT, 10, 90)
    assert (tally.queries, tally.busy_ns(100), tally.sum_ns(100)) == (0, 0, 0)
    assert tally.agrees


def test_statements_that_overlap_are_summed_once_in_wall_time() -> None:
    tally = StatementTally()
    for number, slot in ((10, HERE), (12, THERE)):
        tally.count(SELECT, slot)
        tally.begin(number, slot, number)
    tally.end(10, 20)
    tally.end(12, 30)
    assert (tally.busy_ns(100), tally.sum_ns(100)) == (20, 28)


def test_a_statement_in_flight_counts_up_to_now() -> None:
    tally = StatementTally()
    run(tally, SELECT, 10, 20)
    tally.count(SELECT, HERE)
    tally.begin(2, HERE, 50)
    assert (tally.busy_ns(75), tally.sum_ns(75)) == (35, 35)
    assert tally.queries == 2


def test_statements_in_flight_are_summed_each() -> None:
    tally = StatementTally()
    for number, slot in ((10, HERE), (12, THERE)):
        tally.count(SELECT, slot)
        tally.begin(number, slot, number)
    assert (tally.busy_ns(20), tally.sum_ns(20)) == (10, 18)


def test_transaction_control_in_flight_is_no_busy_time() -> None:
    tally = StatementTally()
    tally.count(SAVEPOINT, HERE)
    tally.begin(1, HERE, 10)
    assert (tally.busy_ns(90), tally.sum_ns(90)) == (0, 0)


def test_a_start_that_never_ends_is_replaced_by_the_next_one_of_its_slot() -> None:
    tally = StatementTally()
    for start in (10, 30):
        tally.count(SELECT, HERE)
        # An engine with two tracers begins twice what was announced once, and ends the second.
        assert tally.begin(start, HERE, start) is None
        assert tally.begin(start + 1, HERE, start + 1) == start
        tally.end(start + 1, start + 5)
    assert (tally.queries, tally.busy_ns(1000)) == (2, 8)
    assert tally.agrees


def test_a_start_that_never_ends_does_not_replace_one_of_another_slot() -> None:
    tally = StatementTally()
    for number, slot in ((1, HERE), (2, THERE)):
        tally.count(SELECT, slot)
        assert tally.begin(number, slot, number) is None
    assert tally.agrees


def test_a_statement_sent_while_another_is_being_prepared_is_timed_by_itself() -> None:
    tally = StatementTally()
    tally.count(SELECT, HERE)
    tally.begin(1, HERE, 10)
    run(tally, INSERT, 12, 20)
    tally.end(1, 40)
    assert (tally.queries, tally.busy_ns(1000), tally.sum_ns(1000)) == (2, 30, 38)
    assert tally.agrees


def test_an_end_that_nobody_began_changes_nothing() -> None:
    tally = StatementTally()
    run(tally, SELECT, 10, 20)
    for number in (10, 99):
        tally.end(number, 50)
    assert (tally.queries, tally.busy_ns(100)) == (1, 10)
    assert tally.agrees


def test_a_count_without_a_time_and_a_time_without_a_count_do_not_agree() -> None:
    counted, timed = StatementTally(), StatementTally()
    counted.count(SELECT, HERE)
    timed.begin(1, HERE, 10)
    timed.end(1, 20)
    assert not counted.agrees
    assert not timed.agrees
    assert (counted.is_surpassed, timed.is_surpassed) == (False, True)


def test_what_is_announced_and_never_begins_is_bounded_and_no_time_is_claimed_from_then_on() -> None:
    tally = StatementTally()
    for _ in range(10 * _MAX_ANNOUNCED):
        tally.count(SELECT, HERE)
    assert len(tally._announced[HERE]) <= _MAX_ANNOUNCED
    # Nor if as many are timed in the end as were counted.
    for number in range(10 * _MAX_ANNOUNCED):
        tally.begin(number, number, number)
        tally.end(number, number)
    assert tally.queries == 10 * _MAX_ANNOUNCED
    assert not tally.agrees


def test_the_slots_of_a_request_that_goes_on_are_bounded() -> None:
    tally = StatementTally()
    for slot in range(3 * _MAX_SLOTS):
        tally.count(SELECT, slot)
        tally.begin(slot, slot, 10 * slot)
        tally.end(slot, 10 * slot + 3)
    assert len(tally._announced) <= _MAX_SLOTS
    assert len(tally._running) <= _MAX_SLOTS
    assert tally.agrees
    assert tally.sum_ns(0) == 9 * _MAX_SLOTS


def test_slots_in_which_nothing_begins_are_bounded_too() -> None:
    tally = StatementTally()
    for slot in range(3 * _MAX_SLOTS):
        tally.count(SELECT, slot)
    assert len(tally._announced) <= _MAX_SLOTS
    assert tally.queries == 3 * _MAX_SLOTS
    assert not tally.agrees


def test_what_is_abandoned_is_named_once_and_no_longer_in_flight() -> None:
    tally = StatementTally()
    for number, slot in ((1, HERE), (2, THERE)):
        tally.count(SELECT, slot)
        tally.begin(number, slot, number)
    assert sorted(tally.abandon()) == [1, 2]
    assert list(tally.abandon()) == []
    assert tally.busy_ns(100) == 0


RUNS = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 20), st.sampled_from([SELECT, INSERT, SAVEPOINT])), max_size=12
)


@given(RUNS)
def test_concurrent_statements_add_up_to_the_moments_in_which_one_ran(runs: list[tuple[int, int, Statement]]) -> None:
    tally = StatementTally()
    events = [(start, 1, number) for number, (start, _, _) in enumerate(runs)]
    events += [(start + length, 2, number) for number, (start, length, _) in enumerate(runs)]
    for moment, kind, number in sorted(events):
        statement, slot = runs[number][2], number
        if kind == 1:
            tally.count(statement, slot)
            tally.begin(number, slot, moment)
        else:
            tally.end(number, moment)
    queries = [(start, start + length) for start, length, statement in runs if statement.is_query]
    assert tally.queries == len(queries)
    assert tally.busy_ns(1000) == len({moment for start, end in queries for moment in range(start, end)})
    assert tally.sum_ns(1000) == sum(end - start for start, end in queries)
    assert tally.agrees
