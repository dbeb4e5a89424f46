"""The door through which figures enter: whatever sees statements or look-ups reports them here.

Spans are the first source. A cheaper one has to call these methods, and nothing else changes.
"""

from typing import Protocol

from telemetry.request.lookups import CacheResult
from telemetry.request.slots import Slot


class FigureSink(Protocol):
    """Takes what sources see. No method raises, waits or does I/O; all may be called from any thread."""

    def statement_counted(self, is_query: bool) -> None:
        """A statement is about to be sent: the count that needs no timing, held against the timed ones.

        Args:
            is_query: False for transaction control.
        """

    def statement_began(self, statement: int, slot: Slot, is_query: bool) -> int | None:
        """A timed statement is in flight from now on.

        Returns the statement that it replaces: one that began in the same slot and never ended.

        Args:
            statement: A number that no other open statement has.
            slot: Where it runs.
            is_query: False if it is known to be transaction control.
        """

    def statement_ended(self, statement: int, is_query: bool) -> None:
        """A timed statement was answered, refused or given up now.

        Args:
            statement: The number with which it began; an unknown one is ignored.
            is_query: False for transaction control, now that its text is known.
        """

    def queries_added(self, count: int) -> None:
        """Statements that no source sees were sent.

        Args:
            count: How many, >= 0.
        """

    def lookup_answered(self, namespace: str, result: CacheResult) -> None:
        """A cache answered a look-up.

        Args:
            namespace: Of the cache's keys; chosen in code, never from input.
            result: The answer.
        """


class Nowhere:
    """Sink that drops what it is told: telemetry is not installed."""

    def statement_counted(self, is_query: bool) -> None: ...
    def statement_began(self, statement: int, slot: Slot, is_query: bool) -> int | None: ...
    def statement_ended(self, statement: int, is_query: bool) -> None: ...
    def queries_added(self, count: int) -> None: ...
    def lookup_answered(self, namespace: str, result: CacheResult) -> None: ...
