"""Time beside the execution of statements, by kind."""

from telemetry.request.intervals import MAX_DISJOINT
from telemetry.request.phases import Phase, PhaseTally, PhaseTime


def test_a_phase_that_did_not_occur_is_not_there() -> None:
    assert PhaseTally().times(elapsed_ns=9) == {}


def test_phases_of_one_kind_that_overlap_are_busy_once_and_summed_each() -> None:
    tally = PhaseTally()
    tally.add(Phase.REDIS, 0, 10)
    tally.add(Phase.REDIS, 5, 20)
    tally.add(Phase.FETCH, 0, 20)
    assert tally.times(elapsed_ns=30) == {Phase.REDIS: PhaseTime(20, 25, 2), Phase.FETCH: PhaseTime(20, 20, 1)}


def test_rows_fetched_one_by_one_are_part_of_fetching() -> None:
    tally = PhaseTally()
    assert tally.times(elapsed_ns=30, row_fetch_ns=7) == {Phase.FETCH: PhaseTime(7, 7, 1)}
    tally.add(Phase.FETCH, 0, 10)
    assert tally.times(elapsed_ns=30, row_fetch_ns=7)[Phase.FETCH].busy_ns == 17


def test_fetching_takes_no_longer_than_the_request() -> None:
    tally = PhaseTally()
    tally.add(Phase.FETCH, 0, 10)
    assert tally.times(elapsed_ns=12, row_fetch_ns=7)[Phase.FETCH].busy_ns == 12


def test_what_is_kept_of_a_request_that_goes_on_is_bounded() -> None:
    tally = PhaseTally()
    for n in range(10 * MAX_DISJOINT):
        tally.add(Phase.REDIS, 10 * n, 10 * n + 3)
    assert len(tally._busy[Phase.REDIS]._disjoint) == MAX_DISJOINT
    count = 10 * MAX_DISJOINT
    assert tally.times(elapsed_ns=10 * count) == {Phase.REDIS: PhaseTime(3 * count, 3 * count, count)}
