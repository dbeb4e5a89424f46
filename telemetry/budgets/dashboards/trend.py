"""The dashboard of a month: is it getting better or worse?"""

from datetime import timedelta
from typing import Final

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import GREEN, ORANGE, RED, Frame, figure, lines
from telemetry.budgets.dashboards.promql import (
    BUDGET_LEGEND,
    BY_BUDGET,
    BY_ROUTE,
    LIMIT_LEGEND,
    RECORDED_ROUTES,
    ROUTE_LEGEND,
    ROUTES,
    chosen,
    highest,
    limit,
    mean,
    per,
    quantile,
    total,
)
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.sheet import Section, Sheet
from telemetry.budgets.dashboards.standing import LEFT, METHOD, NAMESPACE, ROUTE_OF_SERVICE, SERVICE
from telemetry.budgets.dashboards.tables import Figure, Label, rows
from telemetry.budgets.dashboards.units import Unit
from telemetry.budgets.windows import promql_duration

_DAY: Final = promql_duration(timedelta(days=1))
_WEEK: Final = promql_duration(timedelta(days=7))
_LEAST: Final = ((-1e9, RED), (0, ORANGE), (0.2, GREEN))


def sheet(scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.TREND,
        "Candid: trend",
        "30 days: is it getting better or worse, and what of the budgets is left?",
        (variables.JOB, variables.INSTANCES, variables.METHODS_AND_NONE, variables.ROUTES_AND_NONE),
        (
            Section("Budget left", (_least(scene), _left(scene), _table(scene))),
            Section("Day by day", (_over(scene), _events(scene))),
            Section("Figures", (_duration(), _queries(), _limits())),
        ),
        since="now-30d",
        # What moves in days need not be asked for twice a minute.
        refresh="",
    )


def _least(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Least budget left",
        f"Of the last {promql_duration(scene.schedule.window)}, of the budget that is worst. Below 0 it is overdrawn.",
        6,
        9,
    )
    left = f"min({chosen(recorded.REMAINING, RECORDED_ROUTES)})"
    return figure(frame, [Query.now(left, "left")], Unit.SHARE, _LEAST)


def _left(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Budget left over time",
        f"Each point says what was left of the {promql_duration(scene.schedule.window)} before it. A cliff is an"
        " incident, a slope is a route that is always a little too slow. It rises as bad days leave the window.",
        18,
        9,
    )
    left = highest(chosen(recorded.REMAINING, RECORDED_ROUTES), BY_BUDGET)
    return lines(frame, [Query.over_time(left, BUDGET_LEGEND)], Unit.SHARE, thresholds=((0, ORANGE),))


def _table(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "This week and the one before",
        "Share over the limit, the least budget left first. More than last week: look at the deploys in between.",
        24,
        10,
    )
    this, last = _share(scene, _WEEK), _share(scene, _WEEK, f" offset {_WEEK}")
    figures = (
        Figure(
            Query.now(highest(chosen(recorded.REMAINING, RECORDED_ROUTES), BY_BUDGET), "Budget left"), Unit.SHARE, LEFT
        ),
        Figure(Query.now(this, "Over, this week"), Unit.SHARE),
        Figure(Query.now(last, "Over, last week"), Unit.SHARE),
    )
    return rows(
        frame,
        (SERVICE, METHOD, ROUTE_OF_SERVICE, NAMESPACE, Label(names.LABEL_BUDGET, "Budget", 140)),
        figures,
        "-Budget left",
    )


def _share(scene: Scene, window: str, offset: str = "") -> str:
    over, events = _sums(scene, window, offset)
    return per(over, events)


def _sums(scene: Scene, window: str, offset: str = "") -> tuple[str, str]:
    """What was over, and what was counted, in a window: from recorded slices, as raw samples of weeks cost too much."""
    slices = (recorded.over_slice(scene.schedule.slice), recorded.events_slice(scene.schedule.slice))
    over, events = (
        total(f"sum_over_time({chosen(name, RECORDED_ROUTES)}[{window}]{offset})", BY_BUDGET) for name in slices
    )
    return over, events


def _over(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Share over the limit, of a day",
        "Each point says it of the 24 hours before. Compare steps with the deploys (blue marks).",
        16,
    )
    return lines(frame, [Query.over_time(_share(scene, _DAY), BUDGET_LEGEND)], Unit.SHARE)


def _events(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Events of a day", "What was held against budgets in the 24 hours before. Little traffic makes shares jump.", 8
    )
    events = total(_sums(scene, _DAY)[1], (names.LABEL_BUDGET,))
    return lines(frame, [Query.over_time(events, f"{{{{{names.LABEL_BUDGET}}}}}")], Unit.COUNT)


def _duration() -> dashboard.Panel:
    frame = Frame("95 % by route", "A slow rise over weeks grows with the data: an index or a limit is missing.", 12)
    slow = quantile(0.95, names.METRIC_DURATION, ROUTES, BY_ROUTE)
    return lines(frame, [Query.over_time(slow, ROUTE_LEGEND)], Unit.SECONDS)


def _queries() -> dashboard.Panel:
    frame = Frame(
        "Queries of a request", "Mean by route. A slow rise over weeks is a loop that grows with the data.", 12
    )
    return lines(frame, [Query.over_time(mean(names.METRIC_DB_QUERIES, ROUTES, BY_ROUTE), ROUTE_LEGEND)], Unit.COUNT)


def _limits() -> dashboard.Panel:
    frame = Frame(
        "Limits of durations",
        "When a limit was changed, its line steps. Budgets that only ever rise are none: say why in the budget file.",
        24,
        7,
    )
    limits = limit(ROUTES, "p95_ms", "p99_ms", "latency", "db_ms")
    return lines(frame, [Query.over_time(limits, f"{LIMIT_LEGEND} {{{{{names.LABEL_LIMIT}}}}}")], Unit.SECONDS)
