"""What the metrics of a service say of its routes and caches, whoever was asked for them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from telemetry import conventions as names
from telemetry.budgets.histogram import Histogram
from telemetry.budgets.prometheus import Sample

NAME: Final = "__name__"
#: Name, and labels that are needed, of each metric that is read.
METRICS: Final[Mapping[str, tuple[str, ...]]] = {
    f"{names.METRIC_DURATION}_bucket": (names.LABEL_METHOD, names.LABEL_ROUTE, names.LABEL_STATUS, "le"),
    f"{names.METRIC_DB_DURATION}_bucket": (names.LABEL_METHOD, names.LABEL_ROUTE, "le"),
    f"{names.METRIC_DB_DURATION}_sum": (names.LABEL_METHOD, names.LABEL_ROUTE),
    f"{names.METRIC_DB_SUM_SECONDS}_total": (names.LABEL_METHOD, names.LABEL_ROUTE),
    f"{names.METRIC_DB_QUERIES}_bucket": (names.LABEL_METHOD, names.LABEL_ROUTE, "le"),
    f"{names.METRIC_LATE_QUERIES}_total": (names.LABEL_METHOD, names.LABEL_ROUTE),
    f"{names.METRIC_REPEATED_QUERIES}_total": (names.LABEL_METHOD, names.LABEL_ROUTE),
    f"{names.METRIC_CACHE_REQUESTS}_total": (names.LABEL_CACHE_NAMESPACE, names.LABEL_CACHE_RESULT),
}
_SERVER_ERROR: Final = "5"
# https://www.rfc-editor.org/rfc/rfc9110#status.405
_REFUSED: Final = "405"
_HIT: Final = "hit"

Route = tuple[str, str]


@dataclass(frozen=True, slots=True)
class RouteFigures:
    """What was seen of one route.

    Attributes:
        requests: All of them.
        errors: Those that ended in a server error.
        refused: Those whose method no route takes.
        durations: Of all but the errors, s.
        queries: Statements by request, up to its last byte.
        db_durations: Wall time of the statements by request, s.
        db_wall_seconds: That time of all requests.
        db_sum_seconds: Durations of all statements added up; more if they overlapped.
        late_queries: Statements after the last byte.
        repeated_queries: Statements that repeated a SELECT.
    """

    requests: float
    errors: float
    refused: float
    durations: Histogram
    queries: Histogram
    db_durations: Histogram
    db_wall_seconds: float
    db_sum_seconds: float
    late_queries: float
    repeated_queries: float


@dataclass(frozen=True, slots=True)
class Lookups:
    """What was seen of one namespace of cache keys.

    Attributes:
        count: All look-ups.
        hits: Those that hit.
    """

    count: float
    hits: float


@dataclass(frozen=True, slots=True)
class Observations:
    """All that was seen.

    Attributes:
        routes: By method and template.
        caches: By namespace.
    """

    routes: Mapping[Route, RouteFigures]
    caches: Mapping[str, Lookups]

    @classmethod
    def of(cls, samples: Iterable[Sample]) -> "Observations":
        """Adds samples up; those of other metrics are left out.

        Args:
            samples: With the name of the metric among the labels.
        """
        routes: dict[Route, list[Sample]] = defaultdict(list)
        lookups: dict[str, list[Sample]] = defaultdict(list)
        for sample in samples:
            label = sample.labels.get
            if label(NAME, "") not in METRICS:
                continue
            if label(NAME) == f"{names.METRIC_CACHE_REQUESTS}_total":
                lookups[label(names.LABEL_CACHE_NAMESPACE, "")].append(sample)
            else:
                routes[label(names.LABEL_METHOD, ""), label(names.LABEL_ROUTE, "")].append(sample)
        return cls(
            {route: _figures(found) for route, found in sorted(routes.items())},
            {namespace: _lookups(found) for namespace, found in sorted(lookups.items())},
        )


def _figures(samples: list[Sample]) -> RouteFigures:
    named: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        named[sample.labels[NAME]].append(sample)
    durations: tuple[list[Sample], list[Sample]] = ([], [])
    refused = []
    for sample in named[f"{names.METRIC_DURATION}_bucket"]:
        status = sample.labels.get(names.LABEL_STATUS, "")
        durations[status.startswith(_SERVER_ERROR)].append(sample)
        if status == _REFUSED:
            refused.append(sample)
    others, errors = map(_histogram, durations)

    def total(metric: str) -> float:
        return sum(sample.value for sample in named[metric])

    return RouteFigures(
        requests=errors.count + others.count,
        errors=errors.count,
        refused=_histogram(refused).count,
        durations=others,
        queries=_histogram(named[f"{names.METRIC_DB_QUERIES}_bucket"]),
        db_durations=_histogram(named[f"{names.METRIC_DB_DURATION}_bucket"]),
        db_wall_seconds=total(f"{names.METRIC_DB_DURATION}_sum"),
        db_sum_seconds=total(f"{names.METRIC_DB_SUM_SECONDS}_total"),
        late_queries=total(f"{names.METRIC_LATE_QUERIES}_total"),
        repeated_queries=total(f"{names.METRIC_REPEATED_QUERIES}_total"),
    )


def _histogram(samples: Iterable[Sample]) -> Histogram:
    return Histogram.of((sample.labels.get("le", ""), sample.value) for sample in samples)


def _lookups(samples: Iterable[Sample]) -> Lookups:
    answers = [(sample.labels.get(names.LABEL_CACHE_RESULT, ""), sample.value) for sample in samples]
    return Lookups(sum(count for _, count in answers), sum(count for result, count in answers if result == _HIT))
