"""What cache look-ups answered, one by one and for a request as a whole."""

from dataclasses import dataclass
from enum import StrEnum


class CacheResult(StrEnum):
    """Answer of one look-up."""

    HIT = "hit"
    MISS = "miss"
    BYPASS = "bypass"
    """The look-up was skipped or failed: nobody knows what the cache held."""


class CacheStatus(StrEnum):
    """Answer of all look-ups of a request."""

    HIT = "hit"
    MISS = "miss"
    PARTIAL = "partial"
    BYPASS = "bypass"


@dataclass(frozen=True, slots=True)
class LookupTally:
    """Number of look-ups by their answer.

    Attributes:
        hits: Look-ups that found their value.
        misses: Look-ups that found nothing.
        bypasses: Look-ups that were skipped or failed.
    """

    hits: int = 0
    misses: int = 0
    bypasses: int = 0

    def plus(self, result: CacheResult) -> "LookupTally":
        """This tally with one more look-up."""
        return LookupTally(
            self.hits + (result is CacheResult.HIT),
            self.misses + (result is CacheResult.MISS),
            self.bypasses + (result is CacheResult.BYPASS),
        )

    def minus(self, earlier: "LookupTally") -> "LookupTally":
        """The look-ups of this tally that are not in *earlier*, which it grew from."""
        return LookupTally(self.hits - earlier.hits, self.misses - earlier.misses, self.bypasses - earlier.bypasses)

    def status(self) -> CacheStatus | None:
        """What the cache did for the request; None when nothing was looked up.

        HIT and MISS are claims about every look-up. A request that hit once and
        otherwise missed or was bypassed is PARTIAL; one without a hit that was
        bypassed even once is BYPASS, because it cannot be said to have missed.
        """
        if self.hits:
            return CacheStatus.PARTIAL if self.misses or self.bypasses else CacheStatus.HIT
        if self.bypasses:
            return CacheStatus.BYPASS
        return CacheStatus.MISS if self.misses else None
