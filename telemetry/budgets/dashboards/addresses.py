"""Where the dashboards are in a Grafana: needs no SDK, so alerts can link to them."""

from collections.abc import Mapping
from enum import StrEnum

from telemetry import conventions
from telemetry.budgets import recorded


class Uid(StrEnum):
    """Of each dashboard, the same in every Grafana; links keep their meaning."""

    BUDGETS = "candid-budgets"
    ROUTE = "candid-route"
    SERVICE = "candid-service"
    DATABASE = "candid-database"
    CACHE = "candid-cache"
    TREND = "candid-trend"
    TELEMETRY = "candid-telemetry"


#: Variable of a dashboard for each label that chooses what is seen.
VARIABLES: Mapping[str, str] = {
    recorded.JOB: "job",
    "instance": "instance",
    conventions.LABEL_METHOD: "method",
    conventions.LABEL_ROUTE: "route",
    conventions.LABEL_CACHE_NAMESPACE: "namespace",
}


def path(uid: Uid, chosen: Mapping[str, str]) -> str:
    """Path and query of a dashboard that shows what is chosen.

    Args:
        uid: The dashboard.
        chosen: Value of each label, as it shall stand in a query: encoded, or a template that will be.
    """
    return f"/d/{uid}?" + "&".join(f"var-{VARIABLES[label]}={value}" for label, value in chosen.items())
