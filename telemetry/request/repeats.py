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
        total_ns: Its durations added up; None where one is not known.
        source: Line of the application that sent it, as in `Origin`.
    """

    fingerprint: str
    count: int
    total_ns: int | None
    source: str | None


@dataclass(slots=True)
class _Group:
    count: int = 0
    timed: int = 0
    total_ns: int = 0
    origin: Origin = Origin(None)

    @property
    def known_ns(self) -> int | None:
        # More were timed than counted where others were sent at the same time.
        return self.total_ns if self.timed >= self.count else None


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
            group.timed += 1
            group.total_ns += duration_ns

    def locate(self, statement: Statement, origin: Origin) -> None:
        """Notes where a repeated statement comes from."""
        group = self._groups.get(statement.fingerprint)
        if group is not None:
            group.origin = origin

    def repeats(self) -> tuple[Repeat, ...]:
        """The groups at or over the threshold, longest total time first; those whose time is not known come last."""
        if not self._is_reached:
            return ()
        found = [
            Repeat(fingerprint, group.count, group.known_ns, group.origin.line)
            for fingerprint, group in self._groups.items()
            if group.count >= THRESHOLD and not group.origin.is_batched_load
        ]
        return tuple(sorted(found, key=_longest_first))


def _longest_first(repeat: Repeat) -> tuple[int, int, str]:
    return -(repeat.total_ns or 0), -repeat.count, repeat.fingerprint
