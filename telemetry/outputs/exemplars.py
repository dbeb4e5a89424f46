"""How often a histogram is given the trace behind a value: a scrape keeps the last one of each bucket."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from time import monotonic
from typing import Final

_PACE_SECONDS: Final = 1.0


class ExemplarPace:
    """Says when a bucket is due for another exemplar: one a second, and each bucket's first at once.

    An exemplar costs as much as the observation, and Prometheus scrapes every few seconds.

    Args:
        bounds: Upper bounds of the buckets, ascending.
        clock: Monotonic, in seconds.
    """

    __slots__ = ("_bounds", "_clock", "_due")

    def __init__(self, bounds: Sequence[float], clock: Callable[[], float] = monotonic) -> None:
        self._bounds = bounds
        self._clock = clock
        self._due = [float("-inf")] * (len(bounds) + 1)

    def is_due(self, value: float) -> bool:
        """Whether *value* is to be observed with an exemplar; its bucket is not due again for a second.

        Args:
            value: What is observed, in the unit of the bounds.
        """
        # A bound is in its own bucket: `le` means at most.
        bucket, now = bisect_left(self._bounds, value), self._clock()
        if now < self._due[bucket]:
            return False
        self._due[bucket] = now + _PACE_SECONDS
        return True
