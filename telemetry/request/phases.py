"""Time that is not the execution of statements, each kind by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from telemetry.request.intervals import BusyTime


class Phase(StrEnum):
    """A kind of waiting that is told apart from the execution of statements."""

    POOL_WAIT = "pool_wait"
    """For a connection: a free one of the pool, or a new one."""
    FETCH = "fetch"
    """For rows, and their conversion, after the statement was answered."""
    TRANSACTION = "transaction"
    """For COMMIT and ROLLBACK."""
    STREAMING = "streaming"
    """From the start of the response, when its header left, to its last byte."""
    REDIS = "redis"
    """For Redis commands, whatever they are for."""


@dataclass(frozen=True, slots=True)
class PhaseTime:
    """How long a request was in a phase.

    Attributes:
        busy_ns: Wall time during which it was in the phase at least once.
        sum_ns: Durations added up, which exceeds *busy_ns* where they overlapped; rows fetched one by one are in
            it as in *busy_ns*.
        count: How often it was in the phase.
    """

    busy_ns: int = 0
    sum_ns: int = 0
    count: int = 0


_NONE: Final[Mapping[Phase, PhaseTime]] = MappingProxyType({})


class PhaseTally:
    """Adds up phases as they end. The caller holds a lock and owns the clock."""

    __slots__ = ("_busy", "_counts", "_sums")

    def __init__(self) -> None:
        self._busy: dict[Phase, BusyTime] = {}
        self._sums: dict[Phase, int] = {}
        self._counts: dict[Phase, int] = {}

    def add(self, phase: Phase, began_ns: int, now_ns: int) -> None:
        """Counts a phase that began at *began_ns* and ends now."""
        busy = self._busy.get(phase)
        if busy is None:
            busy = self._busy[phase] = BusyTime()
        busy.add(began_ns, now_ns)
        self._sums[phase] = self._sums.get(phase, 0) + now_ns - began_ns
        self._counts[phase] = self._counts.get(phase, 0) + 1

    def times(self, elapsed_ns: int, row_fetch_ns: int = 0) -> Mapping[Phase, PhaseTime]:
        """The phases that occurred.

        Args:
            elapsed_ns: How long the request took; no wall time is more.
            row_fetch_ns: Wall time in which rows were fetched one by one, beside the phases added here. Threads may
                have done both at once, which nobody can tell.
        """
        if not self._busy and not row_fetch_ns:
            return _NONE
        times = {
            phase: PhaseTime(busy.total_ns(), self._sums[phase], self._counts[phase])
            for phase, busy in self._busy.copy().items()
        }
        if row_fetch_ns:
            fetch = times.get(Phase.FETCH, PhaseTime())
            busy_ns = min(fetch.busy_ns + row_fetch_ns, elapsed_ns)
            times[Phase.FETCH] = PhaseTime(busy_ns, fetch.sum_ns + row_fetch_ns, fetch.count + 1)
        return times
