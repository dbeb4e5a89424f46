"""Tally of the statements of one request: how many, and how long at least one was in flight."""

from collections.abc import Iterable

from telemetry.request.intervals import BusyTime
from telemetry.request.slots import Slot


class StatementTally:
    """Counts statements twice, once as they are sent and once as they are timed, and compares.

    The caller holds a lock; the clock is the caller's too.
    """

    __slots__ = ("_busy", "_counted", "_open", "_queries", "_running", "_timed")

    def __init__(self) -> None:
        self._counted = 0
        self._queries = 0
        self._timed = 0
        self._open: dict[int, tuple[int, bool, Slot]] = {}
        self._running: dict[Slot, int] = {}
        self._busy = BusyTime()

    @property
    def queries(self) -> int:
        """Statements sent so far, transaction control left out."""
        return self._queries

    @property
    def agrees(self) -> bool:
        """Whether each statement that was counted was also timed, and no other."""
        return self._counted == self._timed

    def count(self, is_query: bool) -> None:
        """Counts a statement that is about to be sent."""
        self._counted += 1
        self._queries += is_query

    def begin(self, statement: int, slot: Slot, is_query: bool, now_ns: int) -> int | None:
        """Opens a timed statement.

        Returns:
            The statement that it replaces: one that began in the same slot and never
            ended, as happens where an engine is instrumented twice.
            https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2149
        """
        replaced = self._running.get(slot)
        if replaced is None or self._open.pop(replaced, None) is None:
            replaced = None
            self._timed += 1
        self._running[slot] = statement
        self._open[statement] = (now_ns, is_query, slot)
        return replaced

    def end(self, statement: int, is_query: bool, now_ns: int) -> None:
        """Closes a timed statement; one that is not open is ignored."""
        opened = self._open.pop(statement, None)
        if opened is None:
            return
        began_ns, _, slot = opened
        if self._running.get(slot) == statement:
            del self._running[slot]
        if is_query:
            self._busy.add(began_ns, now_ns)

    def busy_ns(self, now_ns: int) -> int:
        """Nanoseconds during which at least one query was in flight, up to now."""
        open_since_ns = min((began_ns for began_ns, is_query, _ in self._open.values() if is_query), default=None)
        return self._busy.total_ns(open_since_ns, now_ns)

    def abandon(self) -> Iterable[int]:
        """Forgets the statements that are still open and returns them."""
        abandoned = tuple(self._open)
        self._open.clear()
        self._running.clear()
        return abandoned
