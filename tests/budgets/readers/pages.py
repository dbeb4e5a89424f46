"""Pages of metrics, written by prometheus_client from what requests cost."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from telemetry import conventions as names

_ROUTE = (names.LABEL_METHOD, names.LABEL_ROUTE)


@dataclass
class Page:
    """Metrics of requests, as the library registers them.

    Attributes:
        registry: That holds them.
    """

    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        """Registers them."""
        self.durations = Histogram(
            names.METRIC_DURATION,
            "-",
            (*_ROUTE, names.LABEL_STATUS),
            buckets=names.DURATION_BUCKETS_SECONDS,
            registry=self.registry,
        )
        self.db_durations = Histogram(
            names.METRIC_DB_DURATION, "-", _ROUTE, buckets=names.DB_DURATION_BUCKETS_SECONDS, registry=self.registry
        )
        self.queries = Histogram(
            names.METRIC_DB_QUERIES, "-", _ROUTE, buckets=names.DB_QUERIES_BUCKETS, registry=self.registry
        )
        self.db_sum = Counter(names.METRIC_DB_SUM_SECONDS, "-", _ROUTE, registry=self.registry)
        self.late = Counter(names.METRIC_LATE_QUERIES, "-", _ROUTE, registry=self.registry)
        self.repeated = Counter(names.METRIC_REPEATED_QUERIES, "-", _ROUTE, registry=self.registry)
        self.lookups = Counter(
            names.METRIC_CACHE_REQUESTS,
            "-",
            (names.LABEL_CACHE_NAMESPACE, names.LABEL_CACHE_RESULT),
            registry=self.registry,
        )

    def responses(self, method: str, route: str, seconds: Iterable[float], *, status: int = 200) -> None:
        """Adds responses by how long they took."""
        child = self.durations.labels(method, route, str(status))
        for one in seconds:
            child.observe(one)

    def statements(self, method: str, route: str, counts: Iterable[int], *, seconds_each: float = 0.002) -> None:
        """Adds requests by how many statements they sent, one after the other."""
        for count in counts:
            self.queries.labels(method, route).observe(count)
            self.db_durations.labels(method, route).observe(count * seconds_each)
            self.db_sum.labels(method, route).inc(count * seconds_each)

    def answers(self, namespace: str, *, hits: int, misses: int) -> None:
        """Adds look-ups of a cache."""
        self.lookups.labels(namespace, "hit").inc(hits)
        self.lookups.labels(namespace, "miss").inc(misses)

    @property
    def text(self) -> str:
        """The page."""
        return generate_latest(self.registry).decode()
