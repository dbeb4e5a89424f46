"""Statements that a request sent again and again, one after another: the N+1 pattern."""

from dataclasses import dataclass
from typing import Final

from telemetry.request.statement import Statement

THRESHOLD: Final = 5
_MAX_GROUPS: Final = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a statement comes from.

    Attributes:
        line: `file:line in function` of the nearest frame of the application, the
            file by its last two parts; None if no frame belongs to it.
        is_batched_load: Whether a loader of SQLAlchemy sends it in chunks on purpose.
    """

    line: str | None
    is_batched_load: bool = False


@dataclass(frozen=True, slots=True)
class Repeat:
    """One SELECT that was sent at least `THRESHOLD` times, each time after the last one was answered.

    Attributes:
        fingerprint: Its text without values.
        count: How often it was sent.
        total_ns: Its durations added up.
        source: Line of the application that sent it, as in `Origin`.
    """

    fingerprint: str
    count: int
    total_ns: int
    source: str | None


@dataclass(slots=True)
class _Group:
    count: int = 0
    total_ns: int = 0
    origin: Origin = Origin(None)


class RepeatTally:
    """Groups SELECTs by their fingerprint. The caller holds a lock."""

    __slots__ = ("_groups", "_is_reached")

    def __init__(self) -> None:
        self._is_reached = False
        self._groups: dict[str, _Group] = {}

    def count(self, statement: Statement) -> bool:
        """Counts a SELECT that is sent while no other statement is in flight.

        Returns:
            Whether the threshold was reached now: the moment to find out where it comes from.
        """
        group = self._groups.get(statement.fingerprint)
        if group is None:
            if len(self._groups) >= _MAX_GROUPS:
                return False
            group = self._groups[statement.fingerprint] = _Group()
        group.count += 1
        if group.count != THRESHOLD:
            return False
        self._is_reached = True
        return True

    def time(self, statement: Statement, duration_ns: int) -> None:
        """Adds the duration of a statement that was counted."""
        group = self._groups.get(statement.fingerprint)
        if group is not None:
            group.total_ns += duration_ns

    def locate(self, statement: Statement, origin: Origin) -> None:
        """Notes where a repeated statement comes from."""
        group = self._groups.get(statement.fingerprint)
        if group is not None:
            group.origin = origin

    def repeats(self) -> tuple[Repeat, ...]:
        """The groups at or over the threshold, longest total time first."""
        if not self._is_reached:
            return ()
        found = [
            Repeat(fingerprint, group.count, group.total_ns, group.origin.line)
            for fingerprint, group in self._groups.items()
            if group.count >= THRESHOLD and not group.origin.is_batched_load
        ]
        return tuple(sorted(found, key=lambda repeat: (-repeat.total_ns, repeat.fingerprint)))
