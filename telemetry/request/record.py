"""The open tally of one request, from its arrival to the end of its work."""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from telemetry.request.breakdown import Figures, Unknown
from telemetry.request.elsewhere import queries_sent
from telemetry.request.lookups import CacheResult, LookupTally
from telemetry.request.phases import Phase, PhaseTally
from telemetry.request.repeats import Origin
from telemetry.request.slots import Slot
from telemetry.request.statement import SentStatement, Statement
from telemetry.request.statements import StatementTally
from telemetry.request.timings import Dropped, TimingTally

#: Takes the namespace, the answer and the duration in ns of a look-up.
LookupListener: TypeAlias = Callable[[str, CacheResult, int | None], None]


class RequestRecord:
    """A `FigureSink` for one request.

    Args:
        statements: Where statements are tallied; None where no source sees the
            database, so that no figure about it is known.
        clock: Monotonic clock in ns.
        on_lookup: Told of each look-up as it is answered, with its namespace, answer and duration; must not raise.
    """

    __slots__ = (
        "__weakref__",
        "_added_queries",
        "_arrived_ns",
        "_clock",
        "_doubted",
        "_elsewhere",
        "_known",
        "_lock",
        "_lookups",
        "_on_lookup",
        "_phases",
        "_statements",
        "_timings",
        "_unseen",
        "changes",
        "is_closed",
        "row_fetch_ns",
        "row_fetched_ns",
    )

    def __init__(
        self,
        statements: StatementTally | None = None,
        clock: Callable[[], int] = time.perf_counter_ns,
        on_lookup: LookupListener | None = None,
    ) -> None:
        self._clock = clock
        self._on_lookup = on_lookup
        self._arrived_ns = clock()
        # Reentrant: the garbage collector may run while it is held, and end a transaction of an abandoned connection,
        # which is timed.
        self._lock = threading.RLock()
        self._statements = statements
        self._phases = PhaseTally()
        self._timings = TimingTally()
        self._added_queries = 0
        self._unseen = False
        self._elsewhere = queries_sent()
        self._doubted = False
        self._lookups: dict[str, LookupTally] = {}
        self._known: tuple[int, Figures] | None = None
        #: Grows with all that is reported: equal numbers mean equal figures, but for the time.
        self.changes = 0
        #: Whether the request is over; what comes later belongs to no request.
        self.is_closed = False
        #: Wall time in which rows were fetched one by one, added to by whoever fetches: no call per row.
        self.row_fetch_ns = 0
        #: When the last of them had been fetched. What another thread fetched up to then is not added again.
        self.row_fetched_ns = 0

    def now_ns(self) -> int:
        return self._clock()

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        with self._lock:
            self.changes += 1
            return self._statements is not None and self._statements.count(statement, slot)

    def repeat_located(self, statement: Statement, origin: Origin) -> None:
        with self._lock:
            if self._statements is not None:
                self.changes += 1
                self._statements.locate(statement, origin)

    def statement_began(self, number: int, slot: Slot) -> int | None:
        with self._lock:
            if self._statements is None:
                return None
            self.changes += 1
            return self._statements.begin(number, slot, self._clock())

    def statement_ended(self, number: int) -> None:
        # The clock is read under the lock: intervals must arrive in the order in which they end.
        with self._lock:
            if self._statements is not None:
                self.changes += 1
                self._statements.end(number, self._clock())

    def phase_ended(self, phase: Phase, began_ns: int) -> None:
        with self._lock:
            self.changes += 1
            self._phases.add(phase, began_ns, self._clock())

    def queries_added(self, count: int) -> None:
        with self._lock:
            self.changes += 1
            self._added_queries += count

    def database_unseen(self) -> None:
        self.changes += 1
        self._unseen = True

    def query_possible(self) -> None:
        self.changes += 1
        self._doubted = True

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        with self._lock:
            self.changes += 1
            self._lookups[namespace] = self._lookups.get(namespace, LookupTally()).plus(result)
        if self._on_lookup is not None:
            self._on_lookup(namespace, result, duration_ns)

    def timing_began(self, name: str, description: str | None) -> None:
        with self._lock:
            self.changes += 1
            self._timings.begin(name, description, self._clock())

    def timing_ended(self, name: str) -> None:
        with self._lock:
            self.changes += 1
            self._timings.end(name, self._clock())

    def statements_noted(self) -> tuple[SentStatement, ...]:
        """The queries that were sent, where the tally notes them."""
        with self._lock:
            return () if self._statements is None else self._statements.noted()

    def header_written(self, omitted: int = 0) -> None:
        """The header is final: a timing that begins from now on is not in it.

        Args:
            omitted: Timings for which it had no room.
        """
        with self._lock:
            self._timings.shown(omitted)

    @property
    def timings_dropped(self) -> Mapping[Dropped, int]:
        """Timings that the header does not show, by reason."""
        return self._timings.dropped

    def elapsed_ns(self) -> int:
        """Nanoseconds since the request arrived."""
        return self._clock() - self._arrived_ns

    def figures(self) -> Figures:
        """What the request has cost up to now."""
        with self._lock:
            now_ns = self._clock()
            known, changes = self._known, self.changes + self.row_fetch_ns + queries_sent()
            if known is not None and known[0] == changes and not self._is_running():
                return known[1].at(now_ns - self._arrived_ns)
            figures, timings = self._figures(now_ns), self._timings.taken(now_ns)
            figures = figures.timed(timings) if timings else figures
            self._known = (changes, figures)
        return figures

    def close(self) -> Iterable[int]:
        """Ends the request; returns the timed statements that never ended."""
        with self._lock:
            self.is_closed = True
            return self._statements.abandon() if self._statements is not None else ()

    def _is_running(self) -> bool:
        """Whether figures grow by themselves: a statement or a timing is under way."""
        return self._timings.is_running or (self._statements is not None and self._statements.is_running)

    def _figures(self, now_ns: int) -> Figures:
        elapsed_ns = now_ns - self._arrived_ns
        lookups, phases = self._lookups.copy(), self._phases.times(elapsed_ns, self.row_fetch_ns)
        statements = self._statements
        if statements is None or self._unseen:
            # A count given by hand is known even where the database is not seen.
            added = self._added_queries or None if statements is None else None
            reason = Unknown.DATABASE_NOT_SEEN if statements is None else Unknown.DRIVER_NOT_SEEN
            return Figures(elapsed_ns, None, added, lookups, (reason,), phases)
        queries, repeats = statements.queries + self._added_queries, statements.repeats()
        if queries == 0 and (self._doubted or self._elsewhere != queries_sent() or statements.is_surpassed):
            reason = Unknown.DRIVER_NOT_SEEN if self._doubted else Unknown.STATEMENTS_ELSEWHERE
            return Figures(elapsed_ns, None, None, lookups, (reason,), phases)
        if not statements.agrees:
            unknown = (Unknown.STATEMENTS_NOT_TIMED,)
            return Figures(elapsed_ns, None, queries, lookups, unknown, phases, None, repeats)
        busy_ns = statements.busy_ns(now_ns)
        return Figures(elapsed_ns, busy_ns, queries, lookups, (), phases, statements.sum_ns(now_ns), repeats)
