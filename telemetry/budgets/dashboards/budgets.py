"""The dashboard that one opens first: which budgets are in danger?"""

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import foreign, links, variables
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.panels import ORANGE, RED, Frame, figure, lines, states
from telemetry.budgets.dashboards.promql import (
    BUDGET_LEGEND,
    BY_BUDGET,
    RECORDED_ROUTES,
    RECORDED_SERVICE,
    ROUTES,
    chosen,
    highest,
    increase,
    or_zero,
    per,
    rate,
    total,
)
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.sheet import Section, Sheet
from telemetry.budgets.dashboards.standing import METHOD, NAMESPACE, ROUTE_OF_SERVICE, SERVICE, standing
from telemetry.budgets.dashboards.tables import Figure, Label, rows
from telemetry.budgets.dashboards.units import Unit
from telemetry.budgets.model import Alerts
from telemetry.budgets.windows import promql_duration


def sheet(scene: Scene) -> Sheet:
    """The dashboard."""
    return Sheet(
        Uid.BUDGETS,
        "Candid: budgets",
        "Which budgets are in danger? Worst first; a click on a route leads to its figures.",
        (variables.JOB, variables.INSTANCES, variables.METHODS_AND_NONE, variables.ROUTES_AND_NONE),
        (
            Section("Now", (_firing(), _fast(scene), _overdrawn(), _within())),
            Section("Budgets, worst first", (_list(scene),)),
            Section("Alerts", (_alerts(scene),)),
            Section("Over time", (_states(scene), _breaches())),
        ),
    )


def _firing() -> dashboard.Panel:
    frame = Frame(
        "Alerts firing",
        "Pages want somebody now, tickets within days. The table of alerts below leads to what is to be done.",
        6,
        4,
    )
    queries = [
        Query.now(or_zero(f"count({_alerts_of(severity)})"), f"{severity}s")
        for severity in (Alerts.PAGE, Alerts.TICKET)
    ]
    return figure(frame, queries, Unit.PLAIN, ((1, RED),))


def _alerts_of(severity: Alerts) -> str:
    return chosen(foreign.ALERTS, RECORDED_SERVICE, 'alertstate="firing"', f'severity="{severity}"')


def _fast(scene: Scene) -> dashboard.Panel:
    window = promql_duration(scene.fast)
    frame = Frame(
        "Used too fast",
        f"Budgets that would not last their window if the last {window} went on. Look at the first rows of the list.",
        6,
        4,
    )
    burn = highest(chosen(recorded.burn(scene.fast), RECORDED_ROUTES), BY_BUDGET)
    queries = [
        Query.now(or_zero(f"count({burn} > 1)"), "too fast"),
        Query.now(f"count({chosen(recorded.ALLOWED, RECORDED_ROUTES)})", "of"),
    ]
    return figure(frame, queries, Unit.PLAIN)


def _overdrawn() -> dashboard.Panel:
    frame = Frame(
        "Overdrawn",
        "Budgets of which more is used than the whole. Until they recover, what made them so goes before new features.",
        6,
        4,
    )
    left = highest(chosen(recorded.REMAINING, RECORDED_ROUTES), BY_BUDGET)
    return figure(frame, [Query.now(or_zero(f"count({left} < 0)"), "overdrawn")], Unit.PLAIN, ((1, RED),))


def _within() -> dashboard.Panel:
    frame = Frame(
        "Within budget",
        "Share of all that was held against a budget, in the range shown, that was within. A long view: one bad route"
        " hardly moves it. The list says which.",
        6,
        4,
    )
    over, events = (total(increase(name, ROUTES)) for name in (recorded.OVER_TOTAL, recorded.EVENTS_TOTAL))
    return figure(frame, [Query.now(f"1 - {per(over, events)}", "within")], Unit.SHARE)


def _list(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Budgets",
        "Burn 1 uses up exactly the budget in its window; above that it does not last. Begin with the first row: click"
        " its route, and look which figure broke and which requests are examples of it. Shares are of the range shown.",
        24,
        12,
    )
    return standing(frame, scene, (SERVICE, METHOD, ROUTE_OF_SERVICE, NAMESPACE), ROUTES, RECORDED_ROUTES)


def _alerts(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Firing alerts",
        "What fires now. A click on the alert opens its runbook: what it means, and what to do first.",
        24,
        6,
    )
    alerts = chosen(foreign.ALERTS, RECORDED_SERVICE, 'alertstate="firing"')
    labels = (
        Label("alertname", "Alert", 200, links.to_runbook(scene.runbooks, "Alert")),
        Label("severity", "Severity", 100),
        SERVICE,
        METHOD,
        ROUTE_OF_SERVICE,
        NAMESPACE,
        Label(names.LABEL_BUDGET, "Budget", 140),
        Label("burn", "Burn", 120),
        Label("owner", "Owner", 110),
    )
    return rows(frame, labels, (Figure(Query.now(alerts, "Firing"), Unit.PLAIN),), "-Severity")


def _states(scene: Scene) -> dashboard.Panel:
    frame = Frame(
        "Burn of budgets in danger",
        "Those that were used too fast at some time of the range: orange does not last, red wakes somebody. A colour"
        " that begins at a deploy (blue mark) names the change to look at.",
        24,
        9,
    )
    burn = highest(chosen(recorded.burn(scene.fast), RECORDED_ROUTES), BY_BUDGET)
    in_danger = highest(
        f"max_over_time({chosen(recorded.burn(scene.fast), RECORDED_ROUTES)}[$__range] @ end())", BY_BUDGET
    )
    query = Query.over_time(f"{burn} and {in_danger} > 1", BUDGET_LEGEND)
    return states(frame, query, Unit.COUNT, ((1, ORANGE), (scene.page_factor, RED)))


def _breaches() -> dashboard.Panel:
    frame = Frame(
        "Over budget, per second",
        "Requests and look-ups over their budget, by budget. The dots are requests: open one to see its trace, with the"
        " statements that it sent.",
        24,
        9,
    )
    over = total(rate(recorded.OVER_TOTAL, ROUTES), (names.LABEL_BUDGET,))
    return lines(frame, [Query.with_exemplars(over, f"{{{{{names.LABEL_BUDGET}}}}}")], Unit.PER_SECOND)
