"""What happened at which time, over every panel."""

from typing import Final

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards.panels import BLUE, SOURCE
from telemetry.budgets.dashboards.promql import SERVICE, chosen
from telemetry.budgets.dashboards.sdk import common, dashboard, prometheus

_NEW_FOR: Final = "5m"


def deploys() -> dashboard.AnnotationQuery:
    """A mark where a version of the service appears that was not there 5 minutes before."""
    by = f"count by ({recorded.JOB}, {names.LABEL_SERVICE_VERSION})"
    versions = f"{by} ({chosen(names.METRIC_SERVICE_INFO, SERVICE)})"
    before = f"{by} ({chosen(names.METRIC_SERVICE_INFO, SERVICE)} offset {_NEW_FOR})"
    # The first version of all is none that replaced another.
    known = f"count by ({recorded.JOB}) ({chosen(names.METRIC_SERVICE_INFO, SERVICE)} offset {_NEW_FOR})"
    expression = f"{versions} unless {before} and on ({recorded.JOB}) {known}"
    return dashboard.AnnotationQuery(
        name="Deploys",
        datasource=SOURCE,
        enable=True,
        icon_color=BLUE,
        target=prometheus.Dataquery(expr=expression, ref_id="Anno", interval="60s"),
        title_format=f"{{{{{recorded.JOB}}}}} {{{{{names.LABEL_SERVICE_VERSION}}}}}",
        tag_keys=names.LABEL_SERVICE_VERSION,
        text_format="deployed",
    )


def of_grafana() -> dashboard.AnnotationQuery:
    """What people note in Grafana itself; without it Grafana adds it on its own, and the files differ."""
    return dashboard.AnnotationQuery(
        name="Annotations & Alerts",
        datasource=common.DataSourceRef(type_val="grafana", uid="-- Grafana --"),
        enable=True,
        hide=True,
        icon_color="rgba(0, 211, 255, 1)",
        type_val="dashboard",
        built_in=1,
    )
