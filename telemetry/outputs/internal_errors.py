"""Counts how often telemetry itself failed."""

from prometheus_client import CollectorRegistry, Counter

from telemetry import conventions as names
from telemetry.errors import tell_failures_to


class InternalErrors:
    """Is told of each failure by the guards, those before it was made included.

    Args:
        registry: Where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            names.METRIC_INTERNAL_ERRORS,
            "Failures inside telemetry, kept from the application.",
            (names.LABEL_PART,),
            registry=registry,
        )
        for part, count in tell_failures_to(self).items():
            self._counter.labels(part).inc(count)

    def failed(self, part: str) -> None:
        """Takes one failure."""
        self._counter.labels(part).inc()
