"""What a histogram knows: how many observations are above each of its bounds, and nothing between them."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple, Self


class Bound(NamedTuple):
    """Upper end of a bucket.

    Attributes:
        value: Included in the bucket, in the unit of the histogram.
        over: Share of the observations that are above it.
    """

    value: Decimal
    over: float


@dataclass(frozen=True, slots=True)
class Histogram:
    """Observations of one kind.

    Attributes:
        count: How many there are.
        bounds: Of the buckets, lowest first, without the one that has no upper end.
    """

    count: float
    bounds: tuple[Bound, ...]

    @classmethod
    def of(cls, buckets: Iterable[tuple[str, float]]) -> Self:
        """Reads the buckets of one or more Prometheus histograms; those with the same bound are added up.

        Source: https://prometheus.io/docs/concepts/metric_types/#histogram

        Args:
            buckets: Label `le` and cumulative count of each; others than finite counts, and labels that are no number,
                are left out.
        """
        at_most: dict[Decimal, float] = {}
        count = 0.0
        for label, number in buckets:
            bound = _bound(label)
            if bound is None or not math.isfinite(number):
                continue
            if bound.is_infinite():
                count += number
            else:
                at_most[bound] = at_most.get(bound, 0.0) + number
        return cls(count, tuple(_bounds(sorted(at_most.items()), count)) if count > 0 else ())

    def lowest(self, over: float) -> Bound | None:
        """The lowest bound with at most a share above it; None if that is above the last one.

        Args:
            over: Share of the observations, a ratio.
        """
        return next((bound for bound in self.bounds if bound.over <= over), None)

    def below(self, bound: Bound) -> Bound | None:
        """The bound before another, None if that is the first.

        Args:
            bound: One of this histogram.
        """
        number = self.bounds.index(bound)
        return self.bounds[number - 1] if number else None


def _bound(label: str) -> Decimal | None:
    try:
        bound = Decimal(label)
    except ArithmeticError:
        return None
    return None if bound.is_nan() or bound == Decimal("-Infinity") else bound


def _bounds(at_most: Iterable[tuple[Decimal, float]], count: float) -> Iterable[Bound]:
    most = 0.0
    for value, number in at_most:
        # Prometheus extrapolates each bucket by itself, so that a lower one may seem to hold more.
        most = max(most, min(number, count))
        yield Bound(value, (count - most) / count)
