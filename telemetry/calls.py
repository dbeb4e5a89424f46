"""Calls for user code, where no instrumentation sees the work."""

from telemetry.errors import Guard
from telemetry.request.context import HasScope, sink_of
from telemetry.request.lookups import CacheResult

_GUARD = Guard("calls")
_NAMESPACE = "manual"


def update_cache_status(request: HasScope, hit: bool) -> None:  # noqa: FBT001 - the signature that users know
    """Adds one cache look-up to *request*; does nothing where telemetry is off.

    `CacheManager` reports its look-ups by itself; this is for another cache.

    Args:
        request: The request for which something was looked up.
        hit: Whether it was found.
    """
    with _GUARD:
        sink_of(request).lookup_answered(_NAMESPACE, CacheResult.HIT if hit else CacheResult.MISS)


def increment_query_count(request: HasScope, n: int = 1) -> None:
    """Adds *n* statements to those that were measured for *request*; does nothing where telemetry is off.

    For statements that do not go through SQLAlchemy: those that do are counted already.

    Args:
        request: The request for which statements were sent.
        n: How many, >= 0.
    """
    with _GUARD:
        if n < 0:
            raise ValueError(f"n={n}: a number of statements is not negative")
        sink_of(request).queries_added(n)
