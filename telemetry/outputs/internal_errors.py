"""Exposes how often telemetry itself failed."""

from collections.abc import Iterable

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from telemetry import conventions as names
from telemetry.errors import internal_errors


class InternalErrors(Collector):
    """Reads the counts of the guards when it is scraped."""

    def collect(self) -> Iterable[CounterMetricFamily]:
        family = CounterMetricFamily(
            names.METRIC_INTERNAL_ERRORS,
            "Failures inside telemetry, kept from the application.",
            None,
            (names.LABEL_PART,),
        )
        for part, count in internal_errors().items():
            family.add_metric((part,), count)
        yield family
