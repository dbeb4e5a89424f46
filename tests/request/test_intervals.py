"""Busy time against a count of moments, one by one."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.request import intervals as module
from telemetry.request.intervals import MAX_DISJOINT, BusyTime, busy_ns

MOMENTS = st.integers(min_value=0, max_value=40)
INTERVALS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda pair: (min(pair), max(pair))), max_size=12)


def counted(intervals: list[tuple[int, int]]) -> int:
    """Moments that lie in at least one interval: slow, and plainly right."""
    return len({moment for start, end in intervals for moment in range(start, end)})


@given(INTERVALS)
def test_busy_time_is_the_number_of_busy_moments(intervals: list[tuple[int, int]]) -> None:
    assert busy_ns(intervals) == counted(intervals)


@given(INTERVALS.flatmap(st.permutations))
def test_the_order_of_the_intervals_does_not_matter(intervals: list[tuple[int, int]]) -> None:
    assert busy_ns(intervals) == busy_ns(sorted(intervals))


@given(INTERVALS)
def test_busy_time_is_right_after_each_arrival(intervals: list[tuple[int, int]]) -> None:
    busy, arrived = BusyTime(), sorted(intervals, key=lambda interval: interval[1])
    for index, (start_ns, end_ns) in enumerate(arrived):
        busy.add(start_ns, end_ns)
        assert busy.total_ns() == counted(arrived[: index + 1])


@given(INTERVALS, st.lists(MOMENTS, max_size=4))
def test_what_is_still_open_counts_up_to_now(ended: list[tuple[int, int]], opened: list[int]) -> None:
    now = max([*opened, *(end for _, end in ended)], default=0) + 3
    busy = BusyTime()
    for start_ns, end_ns in sorted(ended, key=lambda interval: interval[1]):
        busy.add(start_ns, end_ns)
    measured = busy.total_ns(min(opened, default=None), now)
    assert measured == counted(ended + [(start, now) for start in opened])
    assert busy.total_ns() == counted(ended)


def test_no_interval_is_no_time() -> None:
    assert busy_ns([]) == 0
    assert BusyTime().total_ns() == 0
    assert BusyTime().total_ns(open_since_ns=5, now_ns=12) == 7


def test_a_clock_that_seems_to_step_back_gives_no_negative_time() -> None:
    assert BusyTime().total_ns(open_since_ns=12, now_ns=5) == 0


@pytest.mark.parametrize("intervals", [[(2, 1)], [(0, 5), (9, 8)]])
def test_an_interval_that_ends_before_it_starts_is_refused(intervals: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="ends before it starts"):
        busy_ns(intervals)


def test_a_hundred_thousand_intervals_that_swallow_each_other_are_summed() -> None:
    starts = list(accumulate(range(1, 100_001)))
    assert busy_ns((0, start) for start in starts) == starts[-1]
    assert busy_ns((start, start + 1) for start in starts) == len(starts)


def test_what_is_kept_of_a_request_that_goes_on_is_bounded_and_its_sum_is_right() -> None:
    busy = BusyTime()
    for n in range(10 * MAX_DISJOINT):
        busy.add(10 * n, 10 * n + 3)
    assert len(busy._disjoint) == MAX_DISJOINT
    assert busy.total_ns() == 30 * MAX_DISJOINT
    assert busy.total_ns(100 * MAX_DISJOINT, 100 * MAX_DISJOINT + 7) == 30 * MAX_DISJOINT + 7
    # One that was open through all of them, and one that was open since before half of those that are kept.
    half = 100 * MAX_DISJOINT - 5 * MAX_DISJOINT
    assert busy.total_ns(half, 100 * MAX_DISJOINT) == 3 * (10 * MAX_DISJOINT - MAX_DISJOINT // 2) + 5 * MAX_DISJOINT
    busy.add(0, 100 * MAX_DISJOINT)
    assert busy.total_ns() == 100 * MAX_DISJOINT


@given(INTERVALS)
def test_beyond_the_bound_the_sum_is_never_too_high_and_at_least_the_longest(intervals: list[tuple[int, int]]) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "MAX_DISJOINT", 2)
        measured = busy_ns(intervals)
    assert max((end - start for start, end in intervals), default=0) <= measured <= counted(intervals)
