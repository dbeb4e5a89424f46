"""Prometheus metrics of budgets: how many events there were, how many were over, and the limit."""

from typing import Final, NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge

from telemetry import conventions as names
from telemetry.budgets.model import Budget, Kind, Subject
from telemetry.outputs.registries import PerRegistry

_IN_MS: Final = frozenset({Kind.LATENCY, Kind.DB_TIME, Kind.CACHE_LATENCY})
_MS_PER_SECOND: Final = 1_000


class BudgetSeries(NamedTuple):
    """The counters of one budget of one subject, bound once: looking labels up costs more than counting.

    Attributes:
        events: What was judged.
        over: What of it exceeded the budget.
    """

    events: Counter
    over: Counter


class BudgetMetrics:
    """Metrics of one registry.

    Args:
        registry: Where the metrics are registered.

    Raises:
        ValueError: The registry holds a metric of the same name.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        subject = (names.LABEL_METHOD, names.LABEL_ROUTE, names.LABEL_CACHE_NAMESPACE)
        labels = (*subject, names.LABEL_BUDGET, names.LABEL_LIMIT)
        what = "Requests, or cache look-ups, that were held against a budget."
        self._events = Counter(names.METRIC_BUDGET_EVENTS, what, labels, registry=registry)
        what = "Requests, or cache look-ups, that exceeded a budget; at the limit is within."
        self._over = Counter(names.METRIC_BUDGET_OVER, what, labels, registry=registry)
        what = "Limit of a budget, in base units: seconds, a ratio, or a count."
        # A limit never changes under its labels, so all workers agree; a dead one leaves nothing behind.
        self._limit = Gauge(names.METRIC_BUDGET_LIMIT, what, labels, registry=registry, multiprocess_mode="livemax")

    def series(self, subject: Subject, budget: Budget) -> BudgetSeries:
        """The counters of *budget* for *subject*; they stand at 0 from now on, and the limit beside them."""
        labels = (*subject, budget.name, budget.limit_text)
        scale = _MS_PER_SECOND if budget.kind in _IN_MS else 1
        self._limit.labels(*labels).set(float(budget.limit / scale))
        return BudgetSeries(self._events.labels(*labels), self._over.labels(*labels))


#: The budget metrics of a registry.
budget_metrics_for = PerRegistry(BudgetMetrics)
