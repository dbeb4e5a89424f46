"""Timings that user code takes of its own work, added up by name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: Names that one request may time; a name made from input must not fill the memory.
MAX_NAMES: Final = 10


class Dropped(StrEnum):
    """Why the header does not show a timing."""

    TOO_MANY = "too_many"
    """The request had timed as many names as it may."""
    TOO_LATE = "too_late"
    """It began when the response had started."""
    NO_ROOM = "no_room"
    """The header was full."""


@dataclass(frozen=True, slots=True)
class CustomTiming:
    """What user code timed under one name.

    Attributes:
        name: Its name, as it was given.
        duration_ns: Durations added up, those still running included.
        description: For people; None without one.
    """

    name: str
    duration_ns: int
    description: str | None = None


class TimingTally:
    """Adds up the timings of one request. The caller holds a lock and owns the clock."""

    __slots__ = ("_by_name", "_is_shown", "dropped")

    def __init__(self) -> None:
        self._by_name: dict[str, _Sum] = {}
        self._is_shown = False
        #: What the header does not show, by reason.
        self.dropped: dict[Dropped, int] = {}

    def begin(self, name: str, description: str | None, now_ns: int) -> None:
        """Starts a timing; several of one name may run at once."""
        timed = self._by_name.get(name)
        if timed is None:
            if len(self._by_name) >= MAX_NAMES:
                self._drop(Dropped.TOO_MANY, 1)
                return
            timed = self._by_name[name] = _Sum()
        if self._is_shown:
            self._drop(Dropped.TOO_LATE, 1)
        timed.description = timed.description or description
        timed.running += 1
        timed.ended_ns -= now_ns

    def end(self, name: str, now_ns: int) -> None:
        """Ends one of the running timings of *name*: for their sum it does not matter which."""
        timed = self._by_name.get(name)
        if timed is not None and timed.running:
            timed.running -= 1
            timed.ended_ns += now_ns

    @property
    def is_running(self) -> bool:
        """Whether a timing has begun and not ended."""
        return any(timed.running for timed in self._by_name.values())

    def taken(self, now_ns: int) -> tuple[CustomTiming, ...]:
        """The timings up to now, in the order in which their names were first used."""
        if not self._by_name:
            return ()
        return tuple(
            CustomTiming(name, timed.ended_ns + timed.running * now_ns, timed.description)
            for name, timed in self._by_name.items()
        )

    def shown(self, omitted: int) -> None:
        """The header is written: what begins from now on is not in it.

        Args:
            omitted: Names for which it had no room.
        """
        self._is_shown = True
        if omitted:
            self._drop(Dropped.NO_ROOM, omitted)

    def _drop(self, reason: Dropped, count: int) -> None:
        self.dropped[reason] = self.dropped.get(reason, 0) + count


class _Sum:
    __slots__ = ("description", "ended_ns", "running")

    def __init__(self) -> None:
        self.description: str | None = None
        self.running = 0
        # Ends minus beginnings, so that the running ones need no list of when they began.
        self.ended_ns = 0
