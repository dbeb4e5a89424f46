"""The statistics of the benchmark."""

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.spread import differences, quotients, spread_of

MEASUREMENTS = st.lists(st.floats(min_value=-1e6, max_value=1e6), min_size=1, max_size=50)


def test_the_median_and_the_middle_half_of_five_rounds() -> None:
    spread = spread_of([5.0, 1.0, 4.0, 2.0, 3.0])
    assert (spread.median, spread.low, spread.high) == (3.0, 2.0, 4.0)
    assert (spread.least, spread.most, spread.count) == (1.0, 5.0, 5)


def test_one_measurement_is_its_own_spread() -> None:
    spread = spread_of([7.5])
    assert {spread.median, spread.low, spread.high, spread.least, spread.most} == {7.5}


def test_one_round_that_something_else_disturbed_does_not_move_the_median() -> None:
    assert spread_of([10.0, 10.1, 9.9, 10.0, 500.0]).median == 10.0


def test_no_measurement_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="too busy"):
        spread_of([])


@given(MEASUREMENTS)
def test_the_parts_of_a_spread_are_in_order(values: list[float]) -> None:
    spread = spread_of(values)
    assert spread.least <= spread.low <= spread.median <= spread.high <= spread.most
    assert spread.median == median(values)


def test_differences_are_taken_within_each_round() -> None:
    assert differences([10.0, 30.0], [1.0, 20.0]) == [9.0, 10.0]


def test_rounds_whose_divisor_is_noise_are_left_out() -> None:
    assert quotients([1.0, 2.0, 3.0], [2.0, 0.0, -1.0]) == [0.5]


def test_lists_of_different_rounds_are_not_compared() -> None:
    with pytest.raises(ValueError, match="shorter"):
        differences([1.0, 2.0], [1.0])
