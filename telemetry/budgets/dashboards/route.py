"""The dashboard of one route: which figure broke, since when, and which request shows it?"""

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import ORANGE, RED, Frame, figure, lines, spread
from telemetry.budgets.dashboards.promql import (
    LIMIT_LEGEND,
    RECORDED_ROUTES,
    ROUTES,
    chosen,
    counter,
    each_per,
    highest,
    limit,
    mean,
    observations,
    or_zero,
    per,
    quantile,
    rate,
    total,
)
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.sheet import Section, Sheet
from telemetry.budgets.dashboards.standing import standing
from telemetry.budgets.dashboards.units import Unit

_REQUESTS = total(rate(observations(names.METRIC_DURATION), ROUTES))
_BUDGET = f"{{{{{names.LABEL_BUDGET}}}}}"


def sheet(scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.ROUTE,
        "Candid: route",
        "Which figure of this route broke, since when, and which request shows it?",
        (variables.JOB, variables.INSTANCES, variables.ONE_METHOD, variables.ONE_ROUTE),
        (
            Section("Its budgets", (_requests(), _failed(), _slow(), _queries_now(), _budgets(scene))),
            Section("Duration", (_duration(), _durations())),
            Section("Where the time goes", (_database(), _phases())),
            Section("Queries", (_queries(), _repeated())),
            Section("Budgets over time", (_breaches(), _burn(scene))),
            Section("More", (_statuses(), _late_seconds(), _late_queries()), is_collapsed=True),
        ),
    )


def _requests() -> dashboard.Panel:
    frame = Frame("Requests", "How much is asked of this route now. Few requests make shares that jump.", 6, 4)
    return figure(frame, [Query.now(_REQUESTS, "requests")], Unit.REQUESTS_PER_SECOND)


def _failed() -> dashboard.Panel:
    frame = Frame(
        "Server errors", "Share of requests that end in 5xx. If it rises, look at the traces of those first.", 6, 4
    )
    failed = total(rate(observations(names.METRIC_DURATION), ROUTES, f'{names.LABEL_STATUS}=~"5.."'))
    return figure(frame, [Query.now(per(or_zero(failed), _REQUESTS), "failed")], Unit.SHARE)


def _slow() -> dashboard.Panel:
    frame = Frame(
        "95 % take at most", "Of the last minutes, as exact as the buckets are; compare it with the limit below.", 6, 4
    )
    return figure(frame, [Query.now(quantile(0.95, names.METRIC_DURATION, ROUTES), "p95")], Unit.SECONDS)


def _queries_now() -> dashboard.Panel:
    frame = Frame(
        "Queries of a request",
        "Mean of the last minutes. A number that grows with the data is a loop around a query.",
        6,
        4,
    )
    return figure(frame, [Query.now(mean(names.METRIC_DB_QUERIES, ROUTES), "queries")], Unit.COUNT)


def _budgets(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Budgets of this route",
        "The first row is the figure to look at. Burn above 1 does not last; shares are of the range shown.",
        24,
        7,
    )
    return standing(frame, scene, (), ROUTES, RECORDED_ROUTES)


def _duration() -> dashboard.Panel:
    frame = Frame(
        "Duration and its limits",
        "Until the last byte. A line over its dashed limit breaks that budget. The dots are requests: open one above"
        " the limit, and its trace says where the time went.",
        12,
        9,
    )
    queries = [
        Query.with_exemplars(quantile(0.99, names.METRIC_DURATION, ROUTES), "99 %"),
        Query.over_time(quantile(0.95, names.METRIC_DURATION, ROUTES), "95 %"),
        Query.over_time(quantile(0.5, names.METRIC_DURATION, ROUTES), "50 %"),
        Query.over_time(limit(ROUTES, "p95_ms", "p99_ms", "latency"), LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.SECONDS)


def _durations() -> dashboard.Panel:
    frame = Frame(
        "Durations of all requests",
        "Two bands are two kinds of requests: a cache that hits and misses, or small and large answers. Look at an"
        " example of the upper one.",
        12,
        9,
    )
    buckets = total(f"increase({chosen(f'{names.METRIC_DURATION}_bucket', ROUTES)}[$__rate_interval])", ("le",))
    return spread(frame, Query.buckets_with_exemplars(buckets), Unit.SECONDS)


def _database() -> dashboard.Panel:
    frame = Frame(
        "Time in the database",
        "Mean of a request. The sum above the time means that queries overlap; both near the duration mean that the"
        " database decides how fast this route is.",
    )
    added_up = per(total(rate(counter(names.METRIC_DB_SUM_SECONDS), ROUTES)), _REQUESTS)
    queries = [
        Query.over_time(mean(names.METRIC_DURATION, ROUTES), "duration"),
        Query.over_time(mean(names.METRIC_DB_DURATION, ROUTES), "queries in flight"),
        Query.over_time(added_up, "queries added up"),
        Query.over_time(limit(ROUTES, "db_ms"), LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.SECONDS)


def _phases() -> dashboard.Panel:
    frame = Frame(
        "Time beside the queries",
        "Mean of a request. pool_wait: the pool is too small, or connections are held too long. fetch: too many rows."
        " transaction: the disk of the database. redis: the cache. They may overlap.",
    )
    phases = total(rate(counter(names.METRIC_PHASE_SECONDS), ROUTES), (names.LABEL_PHASE,))
    return lines(frame, [Query.over_time(each_per(phases, _REQUESTS), f"{{{{{names.LABEL_PHASE}}}}}")], Unit.SECONDS)


def _queries() -> dashboard.Panel:
    frame = Frame(
        "Queries of a request and their limit",
        "A step at a deploy is a query that the change added. Open an example over the limit: the trace lists them.",
    )
    queries = [
        Query.over_time(quantile(0.99, names.METRIC_DB_QUERIES, ROUTES), "99 %"),
        Query.over_time(mean(names.METRIC_DB_QUERIES, ROUTES), "mean"),
        Query.over_time(limit(ROUTES, "queries"), LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.COUNT)


def _repeated() -> dashboard.Panel:
    frame = Frame(
        "Repeated queries of a request",
        "Statements that repeat one SELECT, mean of a request. Above 0 there is a loop that loads one row at a time:"
        " the span of an example has the statement and the line of code; load them together.",
    )
    repeated = per(total(rate(counter(names.METRIC_REPEATED_QUERIES), ROUTES)), _REQUESTS)
    queries = [
        Query.over_time(or_zero(repeated), "mean"),
        Query.over_time(limit(ROUTES, "repeated_queries"), LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.COUNT)


def _breaches() -> dashboard.Panel:
    frame = Frame(
        "Over budget on this route, per second",
        "By budget. The dots are requests over it: open one to see its trace.",
    )
    over = total(rate(recorded.OVER_TOTAL, ROUTES), (names.LABEL_BUDGET,))
    return lines(frame, [Query.with_exemplars(over, _BUDGET)], Unit.PER_SECOND)


def _burn(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Burn",
        "How fast each budget is used: over the orange line it does not last its window, over the red one somebody is"
        " woken. It falls by itself once the cause is gone.",
    )
    burn = highest(chosen(recorded.burn(scene.fast), RECORDED_ROUTES), (names.LABEL_BUDGET, names.LABEL_LIMIT))
    return lines(
        frame, [Query.over_time(burn, _BUDGET)], Unit.COUNT, thresholds=((1, ORANGE), (scene.page_factor, RED))
    )


def _statuses() -> dashboard.Panel:
    frame = Frame("Responses by status", "499 and 4xx are no errors of ours; a new code since a deploy is.", 8)
    statuses = total(rate(observations(names.METRIC_DURATION), ROUTES), (names.LABEL_STATUS,))
    return lines(frame, [Query.over_time(statuses, f"{{{{{names.LABEL_STATUS}}}}}")], Unit.REQUESTS_PER_SECOND)


def _late_seconds() -> dashboard.Panel:
    frame = Frame(
        "Work after the response",
        "Seconds a request works on after its last byte. The client does not wait for it, the worker does: move long"
        " work to a queue.",
        8,
    )
    late = per(total(rate(counter(names.METRIC_LATE_SECONDS), ROUTES)), _REQUESTS)
    return lines(frame, [Query.over_time(or_zero(late), "mean")], Unit.SECONDS)


def _late_queries() -> dashboard.Panel:
    frame = Frame(
        "Queries after the response",
        "Mean of a request. They count for its budgets of queries, and no client sees them in Server-Timing.",
        8,
    )
    late = per(total(rate(counter(names.METRIC_LATE_QUERIES), ROUTES)), _REQUESTS)
    return lines(frame, [Query.over_time(or_zero(late), "mean")], Unit.COUNT)
