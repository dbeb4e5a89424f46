"""The open tally of one request, from its arrival to the end of its work."""

import threading
import time
from collections.abc import Callable, Iterable

from telemetry.request.breakdown import Figures, Unknown
from telemetry.request.lookups import CacheResult, LookupTally
from telemetry.request.slots import Slot
from telemetry.request.statements import StatementTally


class RequestRecord:
    """A `FigureSink` for one request.

    Args:
        statements: Where statements are tallied; None where no source sees the
            database, so that no figure about it is known.
        clock: Monotonic clock in ns.
    """

    __slots__ = ("_added_queries", "_arrived_ns", "_clock", "_closed", "_lock", "_lookups", "_statements")

    def __init__(
        self, statements: StatementTally | None = None, clock: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        self._clock = clock
        self._arrived_ns = clock()
        self._lock = threading.Lock()
        self._statements = statements
        self._added_queries = 0
        self._lookups: dict[str, LookupTally] = {}
        self._closed = False

    @property
    def is_closed(self) -> bool:
        """Whether the request is over; what comes later belongs to no request."""
        return self._closed

    def statement_counted(self, is_query: bool) -> None:
        with self._lock:
            if self._statements is not None:
                self._statements.count(is_query)

    def statement_began(self, statement: int, slot: Slot, is_query: bool) -> int | None:
        """Opens a timed statement; returns the one that it replaces, if the same slot held one that never ended."""
        with self._lock:
            if self._statements is None:
                return None
            return self._statements.begin(statement, slot, is_query, self._clock())

    def statement_ended(self, statement: int, is_query: bool) -> None:
        # The clock is read under the lock: intervals must arrive in the order in which they end.
        with self._lock:
            if self._statements is not None:
                self._statements.end(statement, is_query, self._clock())

    def queries_added(self, count: int) -> None:
        with self._lock:
            self._added_queries += count

    def lookup_answered(self, namespace: str, result: CacheResult) -> None:
        with self._lock:
            self._lookups[namespace] = self._lookups.get(namespace, LookupTally()).plus(result)

    def elapsed_ns(self) -> int:
        """Nanoseconds since the request arrived."""
        return self._clock() - self._arrived_ns

    def figures(self) -> Figures:
        """What the request has cost up to now."""
        with self._lock:
            now_ns = self._clock()
            elapsed_ns, lookups = now_ns - self._arrived_ns, dict(self._lookups)
            statements = self._statements
            if statements is None:
                # A count given by hand is known even where the database is not seen.
                added = self._added_queries or None
                return Figures(elapsed_ns, None, added, lookups, (Unknown.DATABASE_NOT_SEEN,))
            queries = statements.queries + self._added_queries
            if not statements.agrees:
                return Figures(elapsed_ns, None, queries, lookups, (Unknown.STATEMENTS_NOT_TIMED,))
            return Figures(elapsed_ns, statements.busy_ns(now_ns), queries, lookups)

    def close(self) -> Iterable[int]:
        """Ends the request; returns the timed statements that never ended."""
        with self._lock:
            self._closed = True
            return self._statements.abandon() if self._statements is not None else ()
