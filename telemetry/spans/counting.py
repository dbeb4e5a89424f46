"""The guard around the counting of statements: where it fails, the count is not known."""

from telemetry.errors import Guard
from telemetry.spans.binding import query_missed

_GUARD = Guard("spans")


class CountingGuard(Guard):
    """As `Guard`; also tells the request of the running context that a query may be missing from its count."""

    __slots__ = ()

    def took(self, error: Exception) -> bool:
        goes_on = super().took(error)
        if goes_on:
            with _GUARD:
                query_missed()
        return goes_on
