"""The door through which figures enter: whatever sees statements or look-ups reports them here.

Spans are the first source. A cheaper one has to call these methods, and nothing else changes.
"""

from typing import Protocol

from telemetry.request.lookups import CacheResult
from telemetry.request.phases import Phase
from telemetry.request.repeats import Origin
from telemetry.request.slots import Slot
from telemetry.request.statement import Statement


class FigureSink(Protocol):
    """Takes what sources see. No method raises, waits or does I/O; all may be called from any thread."""

    def now_ns(self) -> int:
        """The present, by the sink's clock."""

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        """A statement is about to be sent: the count that needs no timing, held against the timed ones.

        Args:
            statement: What is sent.
            slot: Where it runs; one that begins there is taken to be this one.

        Returns:
            Whether the statement has now been repeated so often that its origin is wanted.
        """

    def repeat_located(self, statement: Statement, origin: Origin) -> None:
        """The origin of a repeated statement was found.

        Args:
            statement: The statement of which the origin was wanted.
            origin: Where it comes from.
        """

    def statement_began(self, number: int, slot: Slot) -> int | None:
        """A timed statement is in flight from now on.

        Args:
            number: One that no other open statement has.
            slot: Where it runs.

        Returns:
            The statement that it replaces: one that began in the same slot and never ended.
        """

    def statement_ended(self, number: int) -> None:
        """A timed statement was answered, refused or given up now.

        Args:
            number: The number with which it began; an unknown one is ignored.
        """

    def phase_ended(self, phase: Phase, began_ns: int) -> None:
        """A phase ends now.

        Args:
            phase: Its kind.
            began_ns: When it began, by `now_ns`.
        """

    def queries_added(self, count: int) -> None:
        """Statements that no source sees were sent.

        Args:
            count: How many, >= 0.
        """

    def database_unseen(self) -> None:
        """The database is used in a way that no source can count."""

    def query_possible(self) -> None:
        """Something may send queries that no source can count: a count of 0 is not known."""

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        """A cache answered a look-up.

        Args:
            namespace: Of the cache's keys; chosen in code, never from input.
            result: The answer.
            duration_ns: How long the caller waited for it, ns; None if nobody measured that.
        """

    def timing_began(self, name: str, description: str | None) -> None:
        """User code starts to time its own work.

        Args:
            name: Under which the durations are added up.
            description: For people; None without one.
        """

    def timing_ended(self, name: str) -> None:
        """A timing of that name ends now; a name of which none runs is ignored."""


class Nowhere:
    """Sink that drops what it is told: telemetry is not installed."""

    def now_ns(self) -> int:
        return 0

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        return False

    def repeat_located(self, statement: Statement, origin: Origin) -> None: ...

    def statement_began(self, number: int, slot: Slot) -> int | None:
        return None

    def statement_ended(self, number: int) -> None: ...

    def phase_ended(self, phase: Phase, began_ns: int) -> None: ...

    def queries_added(self, count: int) -> None: ...

    def database_unseen(self) -> None: ...

    def query_possible(self) -> None: ...

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None: ...

    def timing_began(self, name: str, description: str | None) -> None: ...

    def timing_ended(self, name: str) -> None: ...
