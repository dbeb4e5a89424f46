"""How budgets stand: the table that several dashboards have."""

from collections.abc import Sequence

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards import links
from telemetry.budgets.dashboards.panels import CLEAR, ORANGE, RED, Frame, Threshold
from telemetry.budgets.dashboards.promql import BY_BUDGET, highest, increase, per, total
from telemetry.budgets.dashboards.promql import chosen as selected
from telemetry.budgets.dashboards.query import Query
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sdk import dashboard
from telemetry.budgets.dashboards.tables import Figure, Label, rows
from telemetry.budgets.dashboards.units import Unit
from telemetry.budgets.windows import promql_duration

#: From which share of a budget left on it is in which colour.
LEFT: tuple[Threshold, ...] = ((-1e9, RED), (0, ORANGE), (0.2, CLEAR))

SERVICE = Label(recorded.JOB, "Service", 110)
METHOD = Label(names.LABEL_METHOD, "Method", 70)
ROUTE = Label(names.LABEL_ROUTE, "Route", None, links.to_route("Method", "Route"))
#: As above, where the row says of which service it is.
ROUTE_OF_SERVICE = Label(names.LABEL_ROUTE, "Route", None, links.to_route("Method", "Route", "Service"))
NAMESPACE = Label(names.LABEL_CACHE_NAMESPACE, "Cache", 90, links.to_cache("Cache", "Service"))
_BUDGET = (Label(names.LABEL_BUDGET, "Budget", 140), Label("breach", "What may not be"), Label("owner", "Owner", 100))


def standing(frame: Frame, scene: Scene, about: Sequence[Label], counted: str, recorded_of: str) -> dashboard.Panel:
    """Budgets, those that are used up fastest first.

    Args:
        frame: Of the panel.
        scene: What it is made for.
        about: Columns that say what a budget is for.
        counted: Matchers for what the service exposes.
        recorded_of: Matchers for what the rules record.
    """
    over, events = (total(increase(name, counted), BY_BUDGET) for name in (recorded.OVER_TOTAL, recorded.EVENTS_TOTAL))
    allowed = highest(selected(recorded.ALLOWED, recorded_of), (*BY_BUDGET, "breach", "owner"))
    burn = highest(selected(recorded.burn(scene.fast), recorded_of), BY_BUDGET)
    left = highest(selected(recorded.REMAINING, recorded_of), BY_BUDGET)
    figures = (
        Figure(
            Query.now(burn, f"Burn {promql_duration(scene.fast)}"), Unit.COUNT, ((1, ORANGE), (scene.page_factor, RED))
        ),
        Figure(Query.now(left, "Budget left"), Unit.SHARE, LEFT),
        Figure(Query.now(per(over, events), "Over"), Unit.SHARE),
        Figure(Query.now(allowed, "May be over"), Unit.SHARE),
        Figure(Query.now(events, "Events"), Unit.COUNT),
    )
    return rows(frame, (*about, *_BUDGET), figures, figures[0].query.legend)
