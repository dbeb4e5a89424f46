"""Ways from one dashboard to another, that keep what was chosen."""

from typing import Final

from telemetry import conventions as names
from telemetry.budgets import recorded
from telemetry.budgets.dashboards.addresses import VARIABLES, Uid, path
from telemetry.budgets.dashboards.sdk import dashboard

TAG: Final = "candid"
# Grafana's variables of links: the data source and the range are kept.
# https://grafana.com/docs/grafana/latest/panels-visualizations/configure-data-links/
_KEPT: Final = "${datasource:queryparam}&${__url_time_range}"


def to_route(method: str, route: str, service: str | None = None) -> tuple[str, str]:
    """From a row of a table to the dashboard of its route: address and title.

    Args:
        method: Heading of the column that has the method.
        route: Heading of the column that has the route.
        service: Heading of the column that has the service; None for the one that is chosen.
    """
    chosen = {names.LABEL_METHOD: _field(method), names.LABEL_ROUTE: _field(route)}
    return _address(Uid.ROUTE, chosen, service), "This route"


def to_cache(namespace: str, service: str) -> tuple[str, str]:
    """From a row of a table to the dashboard of its cache: address and title.

    Args:
        namespace: Heading of the column that has the namespace.
        service: Heading of the column that has the service.
    """
    return _address(Uid.CACHE, {names.LABEL_CACHE_NAMESPACE: _field(namespace)}, service), "This cache"


def to_runbook(runbooks: str, alert: str) -> tuple[str, str]:
    """From a row of a table to what is to be done about its alert: address and title.

    Args:
        runbooks: Address of the directory that has a page for each alert.
        alert: Heading of the column that has the name of the alert.
    """
    return f"{runbooks.removesuffix('/')}/{_field(alert)}.md", "What to do"


def sisters() -> dashboard.DashboardLink:
    """A menu with all dashboards of the product."""
    return dashboard.DashboardLink(
        title="Candid",
        type_val=dashboard.DashboardLinkType.DASHBOARDS,
        icon="external link",
        tags=[TAG],
        as_dropdown=True,
        include_vars=True,
        keep_time=True,
    )


def _address(uid: Uid, chosen: dict[str, str], service: str | None) -> str:
    if service is None:
        return f"{path(uid, chosen)}&${{{VARIABLES[recorded.JOB]}:queryparam}}&{_KEPT}"
    return f"{path(uid, {recorded.JOB: _field(service), **chosen})}&{_KEPT}"


def _field(heading: str) -> str:
    return f'${{__data.fields["{heading}"]:percentencode}}'
