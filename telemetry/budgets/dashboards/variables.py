"""The variables with which a dashboard is narrowed down."""

from dataclasses import dataclass
from typing import Final

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards.panels import SOURCE
from telemetry.budgets.dashboards.promql import INSTANCE, counter, observations
from telemetry.budgets.dashboards.sdk import dashboard

#: What every instrumented service has, before its first request or after.
_SERVED: Final = f'__name__=~"{names.METRIC_BUDGET_LIMIT}|{observations(names.METRIC_DURATION)}"'
# Grafana's number for a query that is written as `label_values(...)` by hand.
_LABEL_VALUES: Final = 5
_ALL: Final = dashboard.VariableOption(selected=True, text="All", value="$__all")


@dataclass(frozen=True, slots=True)
class Choice:
    """A variable whose values Prometheus knows.

    Attributes:
        name: Of the variable.
        heading: For people.
        label: Whose values it offers.
        series: Selector of the series that have them.
        all_value: What stands for all; None where only one can be chosen.
    """

    name: str
    heading: str
    label: str
    series: str
    all_value: str | None = ".+"

    def variable(self) -> dashboard.VariableModel:
        """The variable in a dashboard; it looks again whenever the range changes."""
        query = f"label_values({self.series}, {self.label})"
        is_multi = self.all_value is not None
        return dashboard.VariableModel(
            type_val=dashboard.VariableType.QUERY,
            name=self.name,
            label=self.heading,
            datasource=SOURCE,
            query={"query": query, "refId": f"{self.name}-values", "qryType": _LABEL_VALUES},
            multi=is_multi,
            include_all=is_multi,
            all_value=self.all_value,
            current=_ALL if is_multi else None,
            refresh=dashboard.VariableRefresh.ON_TIME_RANGE_CHANGED,
            sort=dashboard.VariableSort.ALPHABETICAL_ASC,
        )


JOB: Final = Choice("job", "Job", recorded.JOB, f"{{{_SERVED}}}")
INSTANCES: Final = Choice("instance", "Instance", INSTANCE, f'{{{_SERVED},{recorded.JOB}=~"$job"}}')
METHODS: Final = Choice("method", "Method", names.LABEL_METHOD, f'{{{_SERVED},{recorded.JOB}=~"$job"}}')
ROUTES: Final = Choice(
    "route",
    "Route",
    names.LABEL_ROUTE,
    f'{{{_SERVED},{recorded.JOB}=~"$job",{names.LABEL_METHOD}=~"$method"}}',
)
#: As above, with what has neither method nor route: budgets of caches.
METHODS_AND_NONE: Final = Choice("method", "Method", METHODS.label, METHODS.series, ".*")
ROUTES_AND_NONE: Final = Choice("route", "Route", ROUTES.label, ROUTES.series, ".*")
ONE_METHOD: Final = Choice("method", "Method", METHODS.label, METHODS.series, None)
ONE_ROUTE: Final = Choice("route", "Route", ROUTES.label, ROUTES.series, None)
NAMESPACES: Final = Choice(
    "namespace",
    "Namespace",
    names.LABEL_CACHE_NAMESPACE,
    f'{counter(names.METRIC_CACHE_REQUESTS)}{{{recorded.JOB}=~"$job"}}',
)


def data_source() -> dashboard.VariableModel:
    """The variable that chooses the Prometheus; a fixed one would have to have the same id everywhere."""
    return dashboard.VariableModel(
        type_val=dashboard.VariableType.DATASOURCE,
        name="datasource",
        label="Data source",
        query="prometheus",
        regex="",
        refresh=dashboard.VariableRefresh.ON_DASHBOARD_LOAD,
    )
