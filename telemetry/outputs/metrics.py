"""Prometheus metrics of requests, and of work outside any request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Histogram

from telemetry import conventions as names
from telemetry.outputs.exemplars import ExemplarPace
from telemetry.outputs.internal_errors import InternalErrors
from telemetry.outputs.registries import PerRegistry
from telemetry.request.breakdown import Breakdown, LateWork
from telemetry.request.lookups import CacheResult, LookupTally
from telemetry.request.phases import Phase
from telemetry.request.sink import Nowhere
from telemetry.request.slots import Slot
from telemetry.request.statement import Statement
from telemetry.units import seconds_from_ns


@dataclass(frozen=True, slots=True)
class _RouteSeries:
    """The series of one route, bound once: looking labels up costs more than observing."""

    db_duration: Histogram
    db_queries: Histogram
    db_sum: Counter
    durations: dict[int, tuple[Histogram, ExemplarPace]] = field(default_factory=dict)
    phases: dict[Phase, Counter] = field(default_factory=dict)


class RequestMetrics(Nowhere):
    """Metrics of one registry; an output for breakdowns and the sink for work outside requests.

    Args:
        registry: Where the metrics are registered.

    Raises:
        ValueError: The registry holds a metric of the same name.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        route = (names.LABEL_METHOD, names.LABEL_ROUTE)
        histogram, counter = partial(Histogram, registry=registry), partial(Counter, registry=registry)
        self._duration = histogram(
            names.METRIC_DURATION,
            "Duration of HTTP requests until their last byte, in seconds.",
            (*route, names.LABEL_STATUS),
            buckets=names.DURATION_BUCKETS_SECONDS,
        )
        self._db_duration = histogram(
            names.METRIC_DB_DURATION,
            "Wall time of a request during which at least one statement was in flight, in seconds.",
            route,
            buckets=names.DB_DURATION_BUCKETS_SECONDS,
        )
        self._db_queries = histogram(
            names.METRIC_DB_QUERIES,
            "Statements that a request sent, transaction control left out.",
            route,
            buckets=names.DB_QUERIES_BUCKETS,
        )
        look_up = (names.LABEL_CACHE_NAMESPACE, names.LABEL_CACHE_RESULT)
        self._cache = counter(names.METRIC_CACHE_REQUESTS, "Cache look-ups by their answer.", look_up)
        self._outside = counter(names.METRIC_OUTSIDE_STATEMENTS, "Queries that belong to no request.")
        what = "Durations of statements added up, in seconds: more than the wall time where they overlapped."
        self._db_sum = counter(names.METRIC_DB_SUM_SECONDS, what, route)
        what = "Wall time of requests beside the execution of statements, in seconds."
        self._phases = counter(names.METRIC_PHASE_SECONDS, what, (*route, names.LABEL_PHASE))
        what = "Statements of requests that repeated one SELECT at least 5 times, one after another."
        self._repeated = counter(names.METRIC_REPEATED_QUERIES, what, route)
        what = "Work of requests after their last byte, in seconds."
        self._late_seconds = counter(names.METRIC_LATE_SECONDS, what, route)
        what = "Statements that requests sent after their last byte."
        self._late_queries = counter(names.METRIC_LATE_QUERIES, what, route)
        self._routes: dict[tuple[str, str], _RouteSeries] = {}
        self._namespaces: set[str] = set()
        self._internal_errors = InternalErrors(registry)

    def __call__(self, breakdown: Breakdown) -> None:
        """Adds one finished request."""
        figures = breakdown.figures
        series = self._series(breakdown.method, breakdown.route or names.ROUTE_UNMATCHED)
        duration, pace = self._duration_of(series, breakdown)
        elapsed = seconds_from_ns(figures.elapsed_ns)
        trace_id = breakdown.trace_id
        # A trace that nobody has would lead nowhere.
        shows_trace = trace_id is not None and pace.is_due(elapsed)
        duration.observe(elapsed, {names.EXEMPLAR_TRACE_ID: f"{trace_id:032x}"} if shows_trace else None)
        if figures.db_busy_ns is not None:
            series.db_duration.observe(seconds_from_ns(figures.db_busy_ns))
        if figures.db_queries is not None:
            series.db_queries.observe(figures.db_queries)
        if figures.db_sum_ns:
            series.db_sum.inc(seconds_from_ns(figures.db_sum_ns))
        for phase, time in figures.phases.items():
            self._phase_of(series, breakdown, phase).inc(seconds_from_ns(time.busy_ns))
        if figures.repeats:
            repeated = sum(repeat.count for repeat in figures.repeats)
            self._repeated.labels(breakdown.method, breakdown.route or names.ROUTE_UNMATCHED).inc(repeated)
        for namespace, tally in figures.lookups.items():
            self._count_lookups(namespace, tally)

    def late(self, work: LateWork) -> None:
        """Adds what a request did after its last byte."""
        route = (work.method, work.route or names.ROUTE_UNMATCHED)
        self._late_seconds.labels(*route).inc(seconds_from_ns(work.elapsed_ns))
        if work.db_queries is not None:
            self._late_queries.labels(*route).inc(work.db_queries)
        for namespace, tally in work.lookups.items():
            self._count_lookups(namespace, tally)

    def statement_counted(self, statement: Statement, slot: Slot) -> bool:
        self._outside.inc(statement.is_query)
        return False

    def queries_added(self, count: int) -> None:
        self._outside.inc(count)

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None = None) -> None:
        self._count_lookups(namespace, LookupTally().plus(result))

    def _series(self, method: str, route: str) -> _RouteSeries:
        series = self._routes.get((method, route))
        if series is None:
            series = self._routes[method, route] = _RouteSeries(
                self._db_duration.labels(method, route),
                self._db_queries.labels(method, route),
                self._db_sum.labels(method, route),
            )
        return series

    def _duration_of(self, series: _RouteSeries, breakdown: Breakdown) -> tuple[Histogram, ExemplarPace]:
        duration = series.durations.get(breakdown.status_code)
        if duration is None:
            route = breakdown.route or names.ROUTE_UNMATCHED
            labelled = self._duration.labels(breakdown.method, route, str(breakdown.status_code))
            duration = labelled, ExemplarPace(names.DURATION_BUCKETS_SECONDS)
            series.durations[breakdown.status_code] = duration
        return duration

    def _phase_of(self, series: _RouteSeries, breakdown: Breakdown, phase: Phase) -> Counter:
        counter = series.phases.get(phase)
        if counter is None:
            route = breakdown.route or names.ROUTE_UNMATCHED
            counter = series.phases[phase] = self._phases.labels(breakdown.method, route, phase.value)
        return counter

    def _count_lookups(self, namespace: str, tally: LookupTally) -> None:
        if namespace not in self._namespaces:
            if len(self._namespaces) >= names.MAX_CACHE_NAMESPACES:
                namespace = names.NAMESPACE_OTHER
            self._namespaces.add(namespace)
        for result, count in _by_result(tally).items():
            if count:
                self._cache.labels(namespace, result.value).inc(count)


def _by_result(tally: LookupTally) -> Mapping[CacheResult, int]:
    return {CacheResult.HIT: tally.hits, CacheResult.MISS: tally.misses, CacheResult.BYPASS: tally.bypasses}


#: The metrics of a registry.
metrics_for = PerRegistry(RequestMetrics)
