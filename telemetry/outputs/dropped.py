"""Counts the timings of user code that the header does not show."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter

from telemetry import conventions as names
from telemetry.outputs.registries import PerRegistry
from telemetry.request.timings import Dropped


class DroppedTimings:
    """An output that counts, by reason, what the header left out.

    Args:
        registry: Where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            names.METRIC_DROPPED_TIMINGS,
            "Timings of user code that Server-Timing does not show: too many names, no room, begun too late.",
            (names.LABEL_REASON,),
            registry=registry,
        )

    def __call__(self, dropped: Mapping[Dropped, int]) -> None:
        """Takes what one finished request dropped."""
        for reason, count in dropped.items():
            self._counter.labels(reason.value).inc(count)


#: The output of a registry.
dropped_timings_for = PerRegistry(DroppedTimings)
