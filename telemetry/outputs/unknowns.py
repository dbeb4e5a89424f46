"""Says once, and counts, why figures are left out."""

import logging
import threading
from typing import Final

from prometheus_client import CollectorRegistry, Counter

from telemetry import conventions as names
from telemetry.outputs.registries import PerRegistry
from telemetry.request.breakdown import Breakdown, Unknown

_logger = logging.getLogger("telemetry")
_EXPLANATIONS: Final = {
    Unknown.DATABASE_NOT_SEEN: (
        "the database is not seen, so db and queries are left out; the log of the start says which part failed"
    ),
    Unknown.DRIVER_NOT_SEEN: (
        "the database driver was used directly where nothing can count its statements, so db and queries are left out"
        " (seen first on %s %s)"
    ),
    Unknown.STATEMENTS_ELSEWHERE: (
        "queries were sent outside requests while one was open that seemed to send none, so its db and queries are left"
        " out; telemetry.bind says for whom a thread or a worker works (seen first on %s %s)"
    ),
    Unknown.STATEMENTS_NOT_TIMED: (
        "statements ran that nothing timed (COPY, a raw cursor, an engine whose instrumentation is suppressed),"
        " so db;dur is left out and their count stands alone"
        " (seen first on %s %s)"
    ),
}


class UnknownFigures:
    """An output that warns once for each reason, in each process, and counts every request concerned.

    Args:
        registry: Where the counter is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counter = Counter(
            names.METRIC_UNKNOWN_FIGURES,
            "Requests of which a figure was left out because it is not known.",
            (names.LABEL_REASON,),
            registry=registry,
        )
        self._lock = threading.Lock()
        self._said: set[Unknown] = set()

    def __call__(self, breakdown: Breakdown) -> None:
        """Takes one finished request."""
        for reason in breakdown.figures.unknown:
            self._counter.labels(reason.value).inc()
            if self._is_new(reason):
                explanation = _EXPLANATIONS[reason]
                places = (breakdown.method, breakdown.route or names.ROUTE_UNMATCHED)
                _logger.warning(explanation, *places[: explanation.count("%s")])

    def _is_new(self, reason: Unknown) -> bool:
        with self._lock:
            is_new = reason not in self._said
            self._said.add(reason)
        return is_new


#: The output of a registry.
unknown_figures_for = PerRegistry(UnknownFigures)
