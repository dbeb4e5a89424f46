"""The dashboard of the service as a whole: how much is asked of it, how much fails, how long does it take?"""

from telemetry import conventions as names
from telemetry.budgets.dashboards import variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import Frame, figure, lines, spread
from telemetry.budgets.dashboards.promql import (
    BY_ROUTE,
    INSTANCE,
    ROUTES,
    chosen,
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
from telemetry.budgets.dashboards.standing import METHOD, ROUTE
from telemetry.budgets.dashboards.tables import Figure, rows
from telemetry.budgets.dashboards.units import Unit

_COUNT = observations(names.METRIC_DURATION)
_REQUESTS = total(rate(_COUNT, ROUTES))
_FAILED = or_zero(total(rate(_COUNT, ROUTES, f'{names.LABEL_STATUS}=~"5.."')))


def sheet(_scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.SERVICE,
        "Candid: service",
        "How much is asked of the service, how much fails, how long does it take?",
        (variables.JOB, variables.INSTANCES, variables.METHODS, variables.ROUTES),
        (
            Section("Now", (_rate_now(), _failed_now(), _p95_now(), _instances_now())),
            Section("Over time", (_rate(), _failed(), _durations(), _spread())),
            Section("Routes, slowest first", (_routes(),)),
            Section("Instances", (_instance_rate(), _instance_duration())),
        ),
    )


def _rate_now() -> dashboard.Panel:
    frame = Frame("Requests now", "Of all that is chosen above. Far less than usual can be worse than far more.", 6, 4)
    return figure(frame, [Query.now(_REQUESTS, "requests")], Unit.REQUESTS_PER_SECOND)


def _failed_now() -> dashboard.Panel:
    frame = Frame("Server errors now", "Share of requests that end in 5xx. The table says on which route.", 6, 4)
    return figure(frame, [Query.now(per(_FAILED, _REQUESTS), "failed")], Unit.SHARE)


def _p95_now() -> dashboard.Panel:
    frame = Frame(
        "95 % of all take at most",
        "All routes together: a change may only be other traffic. The table tells routes apart.",
        6,
        4,
    )
    return figure(frame, [Query.now(quantile(0.95, names.METRIC_DURATION, ROUTES), "p95")], Unit.SECONDS)


def _instances_now() -> dashboard.Panel:
    frame = Frame("Instances", "Those that served requests. Fewer than were started: look which one is missing.", 6, 4)
    serving = f"count({total(rate(_COUNT, ROUTES), (INSTANCE,))} > 0)"
    return figure(frame, [Query.now(serving, "instances")], Unit.PLAIN)


def _rate() -> dashboard.Panel:
    frame = Frame("Requests by status", "What is asked, and how it is answered. A new code since a deploy is a clue.")
    statuses = total(rate(_COUNT, ROUTES), (names.LABEL_STATUS,))
    return lines(frame, [Query.over_time(statuses, f"{{{{{names.LABEL_STATUS}}}}}")], Unit.REQUESTS_PER_SECOND)


def _failed() -> dashboard.Panel:
    frame = Frame(
        "Share of server errors", "5xx by all requests. If it rose at a deploy (blue mark), take that back first."
    )
    return lines(frame, [Query.over_time(per(_FAILED, _REQUESTS), "failed")], Unit.SHARE)


def _durations() -> dashboard.Panel:
    frame = Frame(
        "Duration",
        "Until the last byte. Only the 99 % line rises: some requests wait. All rise: everything does; look at"
        " instances, then at the database. The dots are requests: open one to see its trace.",
    )
    queries = [
        Query.with_exemplars(quantile(0.99, names.METRIC_DURATION, ROUTES), "99 %"),
        Query.over_time(quantile(0.95, names.METRIC_DURATION, ROUTES), "95 %"),
        Query.over_time(quantile(0.5, names.METRIC_DURATION, ROUTES), "50 %"),
    ]
    return lines(frame, queries, Unit.SECONDS)


def _spread() -> dashboard.Panel:
    frame = Frame("Durations", "How many requests took how long. A band that parts in two is a new kind of request.")
    buckets = total(f"increase({chosen(f'{names.METRIC_DURATION}_bucket', ROUTES)}[$__rate_interval])", ("le",))
    return spread(frame, Query.buckets_with_exemplars(buckets), Unit.SECONDS)


def _routes() -> dashboard.Panel:
    frame = Frame(
        "Routes", "The slowest is first; sort by another column with a click. A click on a route opens it.", 24, 10
    )
    requests = total(rate(_COUNT, ROUTES), BY_ROUTE)
    failed = total(rate(_COUNT, ROUTES, f'{names.LABEL_STATUS}=~"5.."'), BY_ROUTE)
    share = per(mean(names.METRIC_DB_DURATION, ROUTES, BY_ROUTE), mean(names.METRIC_DURATION, ROUTES, BY_ROUTE))
    figures = (
        Figure(Query.now(quantile(0.95, names.METRIC_DURATION, ROUTES, BY_ROUTE), "p95"), Unit.SECONDS),
        Figure(Query.now(requests, "Requests"), Unit.REQUESTS_PER_SECOND),
        Figure(Query.now(per(f"({failed} or 0 * {requests})", requests), "Failed"), Unit.SHARE),
        Figure(Query.now(share, "Database"), Unit.SHARE),
        Figure(Query.now(mean(names.METRIC_DB_QUERIES, ROUTES, BY_ROUTE), "Queries"), Unit.COUNT),
    )
    return rows(frame, (METHOD, ROUTE), figures, "p95")


def _instance_rate() -> dashboard.Panel:
    frame = Frame("Requests by instance", "They should lie together. One alone at 0 serves nobody: look at its log.")
    requests = total(rate(_COUNT, ROUTES), (INSTANCE,))
    return lines(frame, [Query.over_time(requests, f"{{{{{INSTANCE}}}}}")], Unit.REQUESTS_PER_SECOND)


def _instance_duration() -> dashboard.Panel:
    frame = Frame("95 % by instance", "One line far above the others: that process or its machine is ill; restart it.")
    slow = quantile(0.95, names.METRIC_DURATION, ROUTES, (INSTANCE,))
    return lines(frame, [Query.over_time(slow, f"{{{{{INSTANCE}}}}}")], Unit.SECONDS)
