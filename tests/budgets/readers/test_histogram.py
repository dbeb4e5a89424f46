"""Histograms: what they know, and readable numbers."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.histogram import Bound, Histogram
from telemetry.budgets.readable import readable_above, shortened

_NUMBERS = st.decimals("1e-9", "1e9", places=9)


def test_a_bound_is_the_upper_end_of_its_bucket() -> None:
    histogram = Histogram.of([("0.1", 90), ("0.5", 99), ("+Inf", 100)])
    assert histogram.lowest(0.05) == (Decimal("0.5"), 0.01)
    assert histogram.lowest(0.001) is None
    assert histogram.below(histogram.bounds[1]) == histogram.bounds[0]


def test_buckets_of_several_series_are_added_up_by_the_value_of_their_bound() -> None:
    histogram = Histogram.of([("1", 5), ("+Inf", 10), ("1.0", 10), ("+Inf", 10)])
    assert histogram.bounds == (Bound(Decimal(1), 0.25),)


def test_labels_and_counts_that_are_none_are_left_out() -> None:
    histogram = Histogram.of([("x", 5), ("NaN", 5), ("1", float("nan")), ("2", 1), ("+Inf", 1)])
    assert [bound.value for bound in histogram.bounds] == [2]


@given(st.dictionaries(st.integers(1, 50), st.floats(0, 1e6), min_size=1), st.floats(0, 1e6))
def test_shares_over_fall_from_bound_to_bound_and_are_ratios(buckets: dict[int, float], count: float) -> None:
    histogram = Histogram.of([*((str(bound), number) for bound, number in buckets.items()), ("+Inf", count)])
    shares = [bound.over for bound in histogram.bounds]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)


@given(_NUMBERS.filter(bool))
def test_a_readable_number_is_not_below_and_at_most_half_above(number: Decimal) -> None:
    assert number <= readable_above(number) <= number * Decimal("1.5")


@given(_NUMBERS.filter(bool))
def test_a_shortened_number_has_three_digits_and_is_hardly_above(number: Decimal) -> None:
    short = shortened(number)
    assert number <= short <= number * Decimal("1.01")
    assert len(short.as_tuple().digits) <= 3
