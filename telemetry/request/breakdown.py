"""The centre: where the time of one request went, frozen. Everything downstream carries this shape."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from telemetry.request.lookups import CacheStatus, LookupTally
from telemetry.request.phases import Phase, PhaseTime
from telemetry.request.repeats import Repeat
from telemetry.request.timings import CustomTiming

_NO_PHASES: Mapping[Phase, PhaseTime] = MappingProxyType({})
_NO_LOOKUPS: Mapping[str, LookupTally] = MappingProxyType({})


class Unknown(StrEnum):
    """Why a figure is left out."""

    DATABASE_NOT_SEEN = "database_not_seen"
    """No source watches the database: neither count nor time is known."""
    STATEMENTS_NOT_TIMED = "statements_not_timed"
    """Statements were counted that no span timed, or the reverse: the count stands, the time is unknown."""
    DRIVER_NOT_SEEN = "driver_not_seen"
    """The database driver was used directly, where nothing can count it: neither count nor time is known."""
    STATEMENTS_ELSEWHERE = "statements_elsewhere"
    """No query was seen in the request, but some were sent meanwhile that may be its own: a 0 is not known."""


class Figures(NamedTuple):
    """What a request had cost up to a moment.

    A figure that is not known is None; it is never shown as 0.

    Attributes:
        elapsed_ns: Wall time since the request arrived.
        db_busy_ns: Wall time during which at least one statement was in flight,
            at most *elapsed_ns*; waiting for a pooled connection is not in it.
        db_queries: Statements sent, transaction control left out.
        lookups: Answers of the cache by namespace.
        unknown: Why figures are None; empty if all are known.
        phases: Time that is not the execution of statements, by kind.
        db_sum_ns: Durations of the queries added up; more than *db_busy_ns*
            where they overlapped.
        repeats: SELECTs that were sent again and again, longest total time first.
        timings: What user code timed of its own work, first used first.
    """

    elapsed_ns: int
    db_busy_ns: int | None = None
    db_queries: int | None = None
    lookups: Mapping[str, LookupTally] = _NO_LOOKUPS
    unknown: tuple[Unknown, ...] = ()
    phases: Mapping[Phase, PhaseTime] = _NO_PHASES
    db_sum_ns: int | None = None
    repeats: tuple[Repeat, ...] = ()
    timings: tuple[CustomTiming, ...] = ()

    def at(self, elapsed_ns: int) -> "Figures":
        """The same figures, later."""
        # `_replace` would cost ten times as much, on every request.
        return Figures(elapsed_ns, *self[1:])

    def timed(self, timings: tuple[CustomTiming, ...]) -> "Figures":
        """The same figures, with what user code timed."""
        return self._replace(timings=timings)

    def lookups_since(self, earlier: "Figures") -> Mapping[str, LookupTally]:
        """Answers of the cache that came after *earlier*."""
        return {
            namespace: tally.minus(earlier.lookups.get(namespace, LookupTally()))
            for namespace, tally in self.lookups.items()
        }

    def queries_since(self, earlier: "Figures") -> int | None:
        """Statements sent after *earlier*; None if it is not known."""
        if self.db_queries is None or earlier.db_queries is None:
            return None
        return self.db_queries - earlier.db_queries

    def cache_status(self) -> CacheStatus | None:
        """What the cache did for the request; None when nothing was looked up."""
        if not self.lookups:
            return None
        tallies = self.lookups.values()
        return LookupTally(
            sum(tally.hits for tally in tallies),
            sum(tally.misses for tally in tallies),
            sum(tally.bypasses for tally in tallies),
        ).status()


class Breakdown(NamedTuple):
    """One finished request.

    Attributes:
        method: HTTP method, `_OTHER` if it is not a known one.
        route: Template of the route, None if none matched.
        status_code: Status that was sent; 500 if the application sent none, 499 if the client left before it did.
        figures: What the request had cost at its last byte.
        trace_id: Of its trace, if the sampler has it exported; else None.
    """

    method: str
    route: str | None
    status_code: int
    figures: Figures
    trace_id: int | None = None


@dataclass(frozen=True, slots=True)
class LateWork:
    """What a request cost after its last byte: background tasks, and dependencies after their `yield`.

    Attributes:
        method: HTTP method, `_OTHER` if it is not a known one.
        route: Template of the route, None if none matched.
        elapsed_ns: Wall time from the last byte to the end of the work.
        db_queries: Statements sent then; None if it is not known.
        lookups: Answers of the cache then, by namespace.
    """

    method: str
    route: str | None
    elapsed_ns: int
    db_queries: int | None
    lookups: Mapping[str, LookupTally]
