"""Which traces are exported although the sampler left them out: those over budget and those that failed."""

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from telemetry import conventions as names
from telemetry.outputs.registries import PerRegistry
from telemetry.request.record import RequestRecord
from telemetry.spans.keeper import Lost, TraceKeeper

_MINUTE_SECONDS: Final = 60.0


class KeptTracesMetrics:
    """Counts what becomes of traces that are worth exporting and were not sampled.

    Args:
        registry: Where the counters are registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        what = "Traces that were exported because their request was over budget or failed, though not sampled."
        self.kept = Counter(names.METRIC_KEPT_TRACES, what, registry=registry)
        what = "Traces of such requests that were not exported: the minute had its share already."
        self.held_back = Counter(names.METRIC_KEPT_TRACES_HELD_BACK, what, registry=registry)
        what = "Spans that exported traces of such requests may lack, and traces that nobody took, by reason."
        self._lost = Counter(names.METRIC_KEPT_SPANS_LOST, what, (names.LABEL_REASON,), registry=registry)

    def lost(self, reason: Lost, count: int) -> None:
        """Counts spans that could not wait for the end of their request, or 1 for a trace that nobody takes."""
        self._lost.labels(reason.value).inc(count)


#: The counters of a registry.
kept_traces_metrics_for = PerRegistry(KeptTracesMetrics)


class KeptTraces:
    """Decides for each request that the sampler left out whether its trace is exported all the same.

    Args:
        keeper: Holds the spans meanwhile.
        metrics: Counts.
        per_minute: Traces within any 60 s, >= 0; an outage must not flood the Collector.
        clock: Monotonic, in seconds.
    """

    def __init__(
        self,
        keeper: TraceKeeper,
        metrics: KeptTracesMetrics,
        per_minute: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keeper = keeper
        self._metrics = metrics
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: deque[float] = deque(maxlen=per_minute)

    def adopt(self, record: RequestRecord, span: object) -> None:
        """Notes a request that begins, and its SERVER span if there is one already."""
        self._keeper.adopt(record, span)

    def admitted(self, record: RequestRecord, span: object) -> bool:
        """Whether the trace of a request may be exported; it is counted as exported, as held back, or as lost.

        Args:
            record: Of the request.
            span: Its SERVER span; without one there is nothing that would say what the others belong to.
        """
        if not self._keeper.holds(record):
            self._metrics.lost(Lost.NO_EXPORTER, 1)
            return False
        if span is None:
            self._metrics.lost(Lost.NO_SERVER_SPAN, 1)
            return False
        with self._lock:
            now = self._clock()
            is_full = len(self._kept) == self._kept.maxlen
            if is_full and (not self._kept or now - self._kept[0] < _MINUTE_SECONDS):
                self._metrics.held_back.inc()
                return False
            self._kept.append(now)
        self._metrics.kept.inc()
        return True

    def settle(self, record: RequestRecord, span: object, *, is_kept: bool) -> None:
        """Exports the spans of a request that is over, or forgets them."""
        self._keeper.settle(record, span, is_kept=is_kept)
