"""Busy time: how long at least one of several overlapping intervals was open."""

from collections.abc import Iterable
from typing import Final

#: Disjoint intervals that are kept apart; a request may be open for hours.
MAX_DISJOINT: Final = 200


def busy_ns(intervals: Iterable[tuple[int, int]]) -> int:
    """Time during which at least one interval was open.

    Queries sent concurrently overlap; adding their durations would blame the
    database for more time than the request took.

    Args:
        intervals: (start, end) in ns of one clock, end exclusive, in any order.

    Returns:
        Nanoseconds, at most last end minus first start; 0 without intervals.

    Raises:
        ValueError: An interval ends before it starts.

    >>> busy_ns([(0, 10), (5, 20), (30, 40)])
    30
    """
    busy = BusyTime()
    for start_ns, end_ns in sorted(intervals, key=lambda interval: interval[1]):
        busy.add(start_ns, end_ns)
    return busy.total_ns()


class BusyTime:
    """Union of intervals that arrive in the order in which they end.

    Kept as a stack of disjoint intervals: each arrival swallows those that it
    overlaps, so n arrivals cost O(n) together. An interval that never ends
    never arrives, and so cannot spoil the sum.

    Of more than `MAX_DISJOINT`, the two oldest are kept as if there had been no
    gap between them. The sum stays right, unless an interval arrives that began
    before their end: then it is too low by some of those gaps, never too high.
    """

    __slots__ = ("_disjoint", "_total_ns")

    def __init__(self) -> None:
        self._disjoint: list[tuple[int, int]] = []
        self._total_ns = 0

    def add(self, start_ns: int, end_ns: int) -> None:
        """Counts one more interval.

        Args:
            start_ns: Start, in ns of one clock.
            end_ns: End, exclusive; not before the end of any earlier interval.

        Raises:
            ValueError: The interval ends before it starts.
        """
        if end_ns < start_ns:
            raise ValueError(f"interval ends before it starts: {start_ns} > {end_ns}")
        disjoint = self._disjoint
        while disjoint and disjoint[-1][1] >= start_ns:
            earlier_start, earlier_end = disjoint.pop()
            self._total_ns -= earlier_end - earlier_start
            start_ns = min(start_ns, earlier_start)
            end_ns = max(end_ns, earlier_end)
        disjoint.append((start_ns, end_ns))
        self._total_ns += end_ns - start_ns
        if len(disjoint) > MAX_DISJOINT:
            (oldest_start, oldest_end), (next_start, next_end), *_ = disjoint
            disjoint[:2] = [(next_start - (oldest_end - oldest_start), next_end)]

    def total_ns(self, open_since_ns: int | None = None, now_ns: int = 0) -> int:
        """Nanoseconds in which at least one interval was open, those still open included.

        Args:
            open_since_ns: Start of the earliest interval that is still open, None without one.
            now_ns: The present, of the same clock; read only with *open_since_ns*.
        """
        if open_since_ns is None:
            return self._total_ns
        before_ns = 0
        for start_ns, end_ns in self._disjoint:
            if start_ns >= open_since_ns:
                break
            before_ns += min(end_ns, open_since_ns) - start_ns
        return before_ns + max(0, now_ns - open_since_ns)
