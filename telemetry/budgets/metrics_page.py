"""A page of metrics as a process exposes it, read with the parsers of prometheus_client."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_metrics
from prometheus_client.parser import text_string_to_metric_families as plain_text

from telemetry.budgets.observations import METRICS, NAME
from telemetry.budgets.prometheus import Sample

_STARTED = "process_start_time_seconds"
_CREATED = "_created"


class MetricsPageError(Exception):
    """A text is no page of metrics; the message is one line."""


class MetricsPage(NamedTuple):
    """What a page says.

    Attributes:
        samples: With the name of the metric among the labels; those that are read, and finite.
        since: When counting began, s since 1970; None if the page does not tell.
    """

    samples: tuple[Sample, ...]
    since: float | None

    @classmethod
    def parse(cls, text: str) -> "MetricsPage":
        """Reads the Prometheus text format, or OpenMetrics.

        Source: https://prometheus.io/docs/instrumenting/exposition_formats/

        Args:
            text: Of the whole page.

        Raises:
            MetricsPageError: It is neither.
        """
        parse = open_metrics if text.rstrip().endswith("# EOF") else plain_text
        try:
            found = [sample for family in parse(text) for sample in _samples(family)]
        except Exception as error:  # noqa: BLE001 - the parsers raise whatever their steps raise
            raise MetricsPageError(f"it is no page of metrics: {type(error).__name__}: {error}") from None
        samples = tuple(sample for sample in found if sample.labels[NAME] in METRICS)
        return cls(samples, _since(found))


def _samples(family: Metric) -> Iterable[Sample]:
    for sample in family.samples:
        if math.isfinite(sample.value):
            yield Sample({**sample.labels, NAME: sample.name}, float(sample.value))


def _since(samples: Iterable[Sample]) -> float | None:
    times: dict[bool, list[float]] = {True: [], False: []}
    read = {name.rpartition("_")[0] + _CREATED for name in METRICS}
    for sample in samples:
        name = sample.labels[NAME]
        if name == _STARTED or name in read:
            times[name == _STARTED].append(sample.value)
    return min(times[True] or times[False], default=None)
