"""Statistics of repeated measurements: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles


@dataclass(frozen=True, slots=True)
class Spread:
    """What repeated measurements of one thing gave.

    Attributes:
        median: Half of them are below.
        low: A quarter of them is below.
        high: A quarter of them is above.
        least: The smallest.
        most: The largest.
        count: How many there are.
    """

    median: float
    low: float
    high: float
    least: float
    most: float
    count: int


def spread_of(values: Sequence[float]) -> Spread:
    """Median, quartiles and extremes.

    Args:
        values: Measurements, at least one.

    Raises:
        ValueError: There is none.

    >>> spread_of([1.0, 2.0, 3.0, 4.0, 100.0]).median
    3.0
    """
    if not values:
        raise ValueError("no measurement can be used: the machine is too busy for this many rounds")
    low, high = (values[0], values[0])
    if len(values) > 1:
        low, _, high = quantiles(values, n=4, method="inclusive")
    return Spread(median(values), low, high, min(values), max(values), len(values))


def differences(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Each value less the other one of the same round."""
    return [value - other for value, other in zip(values, others, strict=True)]


def quotients(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Each value divided by the other one of the same round.

    Rounds in which the divisor is not positive are left out: noise was larger than what was measured.
    """
    return [value / other for value, other in zip(values, others, strict=True) if other > 0]
