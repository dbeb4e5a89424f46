"""The service under test, and a Prometheus that scrapes both it and itself, with the generated rules."""

from pathlib import Path
from typing import Final

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from telemetry import conventions
from telemetry.budgets.alerts import Links
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.load import load
from telemetry.budgets.rules import Ruling, rules_text
from telemetry.budgets.windows import promql_duration
from tests.budgets.dashboards.content import quick
from tests.servers.prometheus import Prometheus, StartPrometheus
from tests.servers.service_process import ServiceProcess, StartService

#: Budgets of every kind, which the traffic breaks.
BUDGETS: Final = Path(__file__).with_name("budgets.yaml")
_MODULE: Final = ("uvicorn", "--factory", "tests.budgets.dashboards.application:make", "--port", "{port}")
#: For dashboards whose rules say something after seconds.
SCENE: Final = Scene(quick(), "docs/runbooks")


def started(start: StartService) -> ServiceProcess:
    """The service, under the budgets of the tests."""
    return start({"TELEMETRY_BUDGETS": str(BUDGETS)}, module=_MODULE)


def metrics_page(service: ServiceProcess) -> str:
    """What a service answers to a Prometheus."""
    return httpx.get(f"{service.url}/metrics", timeout=30).text


def scraping(service: ServiceProcess, start: StartPrometheus, directory: Path) -> Prometheus:
    """A Prometheus with the rules of the service's budgets.

    Args:
        service: Under the budgets of the tests.
        start: Starts it; the first that it starts.
        directory: Where `start` keeps its files.
    """
    book = load(str(BUDGETS))
    ruling = Ruling(book.service, book.applied(sorted(_routes(service))), SCENE.schedule, Links())
    config = {
        "global": {
            "scrape_interval": promql_duration(SCENE.schedule.scrape),
            "evaluation_interval": promql_duration(SCENE.schedule.evaluation),
        },
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "targets", "file_sd_configs": [{"files": ["targets.yml"]}]}],
    }
    server = start({"prometheus.yml": yaml.safe_dump(config), "rules.yml": rules_text(ruling, book.path)})
    watched = [
        {"targets": [service.url.removeprefix("http://")], "labels": {"job": book.service}},
        {"targets": [server.url.removeprefix("http://")], "labels": {"job": "prometheus"}},
    ]
    (directory / "prometheus-1" / "targets.yml").write_text(yaml.safe_dump(watched), encoding="utf-8")
    return server


def _routes(service: ServiceProcess) -> set[tuple[str, str]]:
    return {
        (sample.labels[conventions.LABEL_METHOD], sample.labels[conventions.LABEL_ROUTE])
        for family in text_string_to_metric_families(metrics_page(service))
        for sample in family.samples
        if sample.name == conventions.METRIC_BUDGET_LIMIT and sample.labels[conventions.LABEL_ROUTE]
    }
