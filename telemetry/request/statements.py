"""Tally of the statements of one request: how many, and how long at least one was in flight."""

from collections.abc import Iterable
from typing import Final, TypeAlias

from telemetry.request.intervals import BusyTime
from telemetry.request.repeats import Origin, Repeat, RepeatTally
from telemetry.request.slots import Slot
from telemetry.request.statement import SentStatement, Statement

# What was counted and never timed stays announced, and a stream may run for hours. Each bound is far above what is sent
# at once: a listener's statements in one slot, the tasks of one request.
_MAX_ANNOUNCED: Final = 100
_MAX_SLOTS: Final = 1_000

# When it began, where it runs, and what it is. A plain tuple: one is made for each statement.
_Open: TypeAlias = tuple[int, Slot, Statement | None]


class StatementTally:
    """Counts statements twice, once as they are sent and once as they are timed, and compares.

    The caller holds a lock; the clock is the caller's too.
    """

    __slots__ = (
        *("_announced", "_busy", "_counted", "_forgotten", "_open", "_queries", "_repeats", "_running"),
        *("_sum_ns", "_timed"),
    )

    def __init__(self) -> None:
        self._counted = 0
        self._queries = 0
        self._timed = 0
        self._forgotten = False
        self._announced: dict[Slot, list[Statement]] = {}
        self._open: dict[int, _Open] = {}
        self._running: dict[Slot, list[int]] = {}
        self._busy = BusyTime()
        self._sum_ns = 0
        self._repeats = RepeatTally()

    @property
    def queries(self) -> int:
        """Statements sent so far, transaction control left out."""
        return self._queries

    @property
    def is_running(self) -> bool:
        """Whether a timed statement is in flight."""
        return bool(self._open)

    @property
    def agrees(self) -> bool:
        """Whether each statement that was counted was also timed, and no other."""
        return self._counted == self._timed and not self._forgotten

    @property
    def is_surpassed(self) -> bool:
        """Whether more was timed than counted: some query was overlooked."""
        return self._timed > self._counted

    def count(self, statement: Statement, slot: Slot) -> bool:
        """Counts a statement that is about to be sent from *slot*.

        Returns:
            Whether it has now been repeated so often that its origin is wanted (`locate`).
        """
        self._counted += 1
        self._queries += statement.is_query
        announced = self._announced.get(slot)
        if announced is None or len(announced) >= _MAX_ANNOUNCED:
            announced = self._announce_in(slot)
        announced.append(statement)
        # What is sent while another one is in flight is concurrent on purpose, not one after another.
        return statement.is_select and not self._open and self._repeats.count(statement)

    def locate(self, statement: Statement, origin: Origin) -> None:
        """Notes where a repeated statement comes from."""
        self._repeats.locate(statement, origin)

    def repeats(self) -> tuple[Repeat, ...]:
        """SELECTs that were sent again and again, as in `RepeatTally`."""
        return self._repeats.repeats()

    def noted(self) -> tuple[SentStatement, ...]:
        """All queries by their fingerprints, most repeated first; none here: few have to know."""
        return ()

    def begin(self, number: int, slot: Slot, now_ns: int) -> int | None:
        """Opens a timed statement: the one that was counted last in its slot and has not begun.

        One slot may hold several, where a listener of SQLAlchemy's events sends a
        statement of its own before the one that it was told of.

        Returns:
            The statement that it replaces, if none was counted for it: an engine that
            is instrumented twice begins each statement twice and ends one of both.
            https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2149
        """
        announced, running = self._announced.get(slot), self._running.get(slot)
        if running is None:
            if len(self._running) >= _MAX_SLOTS:
                self._running = {other: numbers for other, numbers in self._running.items() if numbers}
            running = self._running[slot] = []
        replaced, statement = None, None
        if announced:
            statement = announced.pop()
            self._timed += 1
        elif running:
            replaced = running.pop()
            statement = self._open.pop(replaced)[2]
        else:
            self._timed += 1
        running.append(number)
        self._open[number] = (now_ns, slot, statement)
        return replaced

    def end(self, number: int, now_ns: int) -> None:
        """Closes a timed statement; one that is not open is ignored."""
        opened = self._open.pop(number, None)
        if opened is None:
            return
        began_ns, slot, statement = opened
        # The lists of a slot stay: the next statement of the request most likely runs there again.
        self._running[slot].remove(number)
        if statement is None or not statement.is_query:
            return
        self._busy.add(began_ns, now_ns)
        self._sum_ns += now_ns - began_ns
        if statement.is_select:
            self._repeats.time(statement, now_ns - began_ns)

    def sum_ns(self, now_ns: int) -> int:
        """Durations of the queries added up, up to now; more than the busy time where they overlapped."""
        return self._sum_ns + sum(max(0, now_ns - began_ns) for began_ns in self._open_since())

    def busy_ns(self, now_ns: int) -> int:
        """Nanoseconds during which at least one query was in flight, up to now."""
        if not self._open:
            return self._busy.total_ns()
        return self._busy.total_ns(min(self._open_since(), default=None), now_ns)

    def abandon(self) -> Iterable[int]:
        """Forgets the statements that are still open and returns them."""
        abandoned = tuple(self._open)
        self._open.clear()
        self._announced.clear()
        self._running.clear()
        return abandoned

    def _announce_in(self, slot: Slot) -> list[Statement]:
        """An empty list for what is announced in *slot*; what was announced and never began may be forgotten."""
        if len(self._announced) >= _MAX_SLOTS:
            self._announced = {other: waiting for other, waiting in self._announced.items() if waiting}
        if slot in self._announced or len(self._announced) >= _MAX_SLOTS:
            # Which of them a later span is of can no longer be told: from here on, no time is known.
            self._forgotten = True
            self._announced.clear()
        announced = self._announced[slot] = []
        return announced

    def _open_since(self) -> Iterable[int]:
        """When the queries in flight began."""
        return (began_ns for began_ns, _, statement in self._open.values() if statement and statement.is_query)
