"""The dashboard of the database: what share has it, who asks too often, who waits for connections?"""

from telemetry import conventions as names
from telemetry.budgets.dashboards import variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import Frame, figure, lines, spread
from telemetry.budgets.dashboards.promql import (
    BY_ROUTE,
    ROUTE_LEGEND,
    ROUTES,
    SERVICE,
    added_up,
    chosen,
    counter,
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
from telemetry.budgets.dashboards.standing import METHOD, ROUTE
from telemetry.budgets.dashboards.tables import Figure, rows
from telemetry.budgets.dashboards.units import Unit
from telemetry.request.phases import Phase

_COUNT = observations(names.METRIC_DURATION)
#: Routes may have different limits: the legend says which.
_LIMIT_LEGEND = f"limit {{{{{names.LABEL_BUDGET}}}}} {{{{{names.LABEL_LIMIT}}}}}"
_WAITS = (Phase.POOL_WAIT, Phase.FETCH, Phase.TRANSACTION)


def sheet(_scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.DATABASE,
        "Candid: database",
        "What share of the time has the database, which route asks too often, and who waits for connections?",
        (variables.JOB, variables.INSTANCES, variables.METHODS, variables.ROUTES),
        (
            Section("Now", (_share_now(), _busy_now(), _statements_now(), _repeated_now())),
            Section("Share", (_share(), _busy())),
            Section("Queries", (_queries(), _queries_spread(), _statements(), _repeated())),
            Section("Pool, rows, commits", (_waits(), _pool_by_route())),
            Section("Routes, by time in the database", (_routes(),)),
        ),
    )


def _of_phase(phase: str) -> str:
    return f'{names.LABEL_PHASE}="{phase}"'


def _share_of(by: tuple[str, ...] = ()) -> str:
    seconds = total(rate(added_up(names.METRIC_DB_DURATION), ROUTES), by)
    return per(seconds, total(rate(added_up(names.METRIC_DURATION), ROUTES), by))


def _share_now() -> dashboard.Panel:
    frame = Frame("Share of the time", "Of all time of requests, in which a query was in flight.", 6, 4)
    return figure(frame, [Query.now(_share_of(), "database")], Unit.SHARE)


def _busy_now() -> dashboard.Panel:
    frame = Frame(
        "Queries in flight",
        "On average now: about so many connections are busy. Near the size of the pool, waits begin.",
        6,
        4,
    )
    busy = or_zero(total(rate(counter(names.METRIC_DB_SUM_SECONDS), ROUTES)))
    return figure(frame, [Query.now(busy, "in flight")], Unit.COUNT)


def _statements_now() -> dashboard.Panel:
    frame = Frame(
        "Queries now", "All that requests send. Twice as many at the same traffic: a change asks twice.", 6, 4
    )
    return figure(
        frame, [Query.now(total(rate(added_up(names.METRIC_DB_QUERIES), ROUTES)), "queries")], Unit.PER_SECOND
    )


def _repeated_now() -> dashboard.Panel:
    frame = Frame(
        "Repeated", "Share of the queries that repeat one SELECT. Above 0, some route loads rows one by one.", 6, 4
    )
    repeated = or_zero(total(rate(counter(names.METRIC_REPEATED_QUERIES), ROUTES)))
    return figure(
        frame,
        [Query.now(per(repeated, total(rate(added_up(names.METRIC_DB_QUERIES), ROUTES))), "repeated")],
        Unit.SHARE,
    )


def _share() -> dashboard.Panel:
    frame = Frame(
        "Share of the time by route",
        "Near 100 % the route is as fast as its queries: look at their plans. Near 0 % look elsewhere: the code, the"
        " cache, other services.",
    )
    queries = [
        Query.over_time(_share_of(BY_ROUTE), ROUTE_LEGEND),
        Query.over_time(limit(ROUTES, "db_share"), _LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.SHARE)


def _busy() -> dashboard.Panel:
    frame = Frame(
        "Queries in flight by route",
        "Who keeps the database busy: seconds of queries per second. The highest line is where a saved"
        " query helps most.",
    )
    busy = total(rate(counter(names.METRIC_DB_SUM_SECONDS), ROUTES), BY_ROUTE)
    return lines(frame, [Query.over_time(busy, ROUTE_LEGEND)], Unit.COUNT)


def _queries() -> dashboard.Panel:
    frame = Frame(
        "Queries of a request by route",
        "Mean. A step at a deploy (blue mark) is a query that the change added; a slow rise is a loop that grows with"
        " the data.",
    )
    queries = [
        Query.over_time(mean(names.METRIC_DB_QUERIES, ROUTES, BY_ROUTE), ROUTE_LEGEND),
        Query.over_time(limit(ROUTES, "queries"), _LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.COUNT)


def _queries_spread() -> dashboard.Panel:
    frame = Frame(
        "Queries of all requests",
        "How many requests sent how many. A cloud far above the rest is a loop around a query.",
    )
    buckets = total(f"increase({chosen(f'{names.METRIC_DB_QUERIES}_bucket', ROUTES)}[$__rate_interval])", ("le",))
    return spread(frame, Query.buckets(buckets), Unit.COUNT)


def _statements() -> dashboard.Panel:
    frame = Frame(
        "Where queries come from",
        "Before the response, after it, and outside any request (jobs, websockets). What is outside is in no budget:"
        " if it is most, budget the job.",
    )
    late = or_zero(total(rate(counter(names.METRIC_LATE_QUERIES), ROUTES)))
    outside = total(rate(counter(names.METRIC_OUTSIDE_STATEMENTS), SERVICE))
    queries = [
        Query.over_time(total(rate(added_up(names.METRIC_DB_QUERIES), ROUTES)), "before the last byte"),
        Query.over_time(late, "after the last byte"),
        Query.over_time(outside, "outside requests"),
    ]
    return lines(frame, queries, Unit.PER_SECOND)


def _repeated() -> dashboard.Panel:
    frame = Frame(
        "Repeated queries of a request by route",
        "Statements that repeat one SELECT. Open an example in the dashboard of the route: its span has the statement"
        " and the line of code. Load the rows together.",
    )
    repeated = total(rate(counter(names.METRIC_REPEATED_QUERIES), ROUTES), BY_ROUTE)
    queries = [
        Query.over_time(per(repeated, total(rate(_COUNT, ROUTES), BY_ROUTE)), ROUTE_LEGEND),
        Query.over_time(limit(ROUTES, "repeated_queries"), _LIMIT_LEGEND),
    ]
    return lines(frame, queries, Unit.COUNT)


def _waits() -> dashboard.Panel:
    frame = Frame(
        "Time beside the queries, per second",
        "pool_wait: the pool is too small, or connections are held too long. fetch: too many rows. transaction: commits"
        " that wait for the disk of the database.",
    )
    phases = f'{names.LABEL_PHASE}=~"{"|".join(_WAITS)}"'
    waits = total(rate(counter(names.METRIC_PHASE_SECONDS), ROUTES, phases), (names.LABEL_PHASE,))
    return lines(frame, [Query.over_time(waits, f"{{{{{names.LABEL_PHASE}}}}}")], Unit.SECONDS)


def _pool_by_route() -> dashboard.Panel:
    frame = Frame(
        "Wait for a connection, by route",
        "Mean of a request. All routes wait: the pool is too small for the traffic, or one route holds connections"
        " while it does other things; the one with the longest queries is the first to look at.",
    )
    waits = total(rate(counter(names.METRIC_PHASE_SECONDS), ROUTES, _of_phase(Phase.POOL_WAIT)), BY_ROUTE)
    return lines(
        frame, [Query.over_time(per(waits, total(rate(_COUNT, ROUTES), BY_ROUTE)), ROUTE_LEGEND)], Unit.SECONDS
    )


def _routes() -> dashboard.Panel:
    frame = Frame(
        "Routes and the database", "The first row keeps the database busiest. A click on a route opens it.", 24, 10
    )
    busy = total(rate(counter(names.METRIC_DB_SUM_SECONDS), ROUTES), BY_ROUTE)
    figures = (
        Figure(Query.now(busy, "In flight"), Unit.COUNT),
        Figure(Query.now(_share_of(BY_ROUTE), "Share"), Unit.SHARE),
        Figure(Query.now(mean(names.METRIC_DB_DURATION, ROUTES, BY_ROUTE), "Time"), Unit.SECONDS),
        Figure(Query.now(mean(names.METRIC_DB_QUERIES, ROUTES, BY_ROUTE), "Queries"), Unit.COUNT),
        Figure(Query.now(quantile(0.99, names.METRIC_DB_QUERIES, ROUTES, BY_ROUTE), "Queries p99"), Unit.COUNT),
    )
    return rows(frame, (METHOD, ROUTE), figures, "In flight")
