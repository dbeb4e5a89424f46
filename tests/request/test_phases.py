"""Time beside the execution of statements, by kind."""

from telemetry.request.phases import Phase, PhaseTally, PhaseTime


def test_a_phase_that_did_not_occur_is_not_there() -> None:
    assert PhaseTally().times() == {}


def test_phases_of_one_kind_that_overlap_are_busy_once_and_summed_each() -> None:
    tally = PhaseTally()
    tally.add(Phase.REDIS, 0, 10)
    tally.add(Phase.REDIS, 5, 20)
    tally.add(Phase.FETCH, 0, 20)
    assert tally.times() == {Phase.REDIS: PhaseTime(20, 25, 2), Phase.FETCH: PhaseTime(20, 20, 1)}


def test_rows_fetched_one_by_one_are_part_of_fetching() -> None:
    tally = PhaseTally()
    assert tally.times(row_fetch_ns=7) == {Phase.FETCH: PhaseTime(7, 7, 1)}
    tally.add(Phase.FETCH, 0, 10)
    assert tally.times(row_fetch_ns=7)[Phase.FETCH].busy_ns == 17
