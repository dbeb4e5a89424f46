"""Grafana finds data sources and dashboards under the names that the dashboards and the rest of the stack use."""

from pathlib import Path
from typing import Any, Final

import yaml

from telemetry import conventions
from tests.budgets.dashboards.selections import selections

_ROOT: Final = Path(__file__).parent.parent.parent.parent / "dashboards"


def _read(path: str) -> Any:
    return yaml.safe_load((_ROOT / path).read_text(encoding="utf-8"))


def _source(name: str) -> dict[str, Any]:
    sources = _read("grafana/provisioning/datasources/candid.yml")["datasources"]
    (found,) = [source for source in sources if source["name"] == name]
    return dict(found)


def test_rates_are_taken_over_the_interval_of_the_scrapes() -> None:
    interval = _read("prometheus/prometheus.yml")["global"]["scrape_interval"]
    assert _source("Prometheus")["jsonData"]["timeInterval"] == interval


def test_an_exemplar_leads_to_its_trace_in_grafana_and_in_jaeger() -> None:
    ways = _source("Prometheus")["jsonData"]["exemplarTraceIdDestinations"]
    assert {way["name"] for way in ways} == {conventions.EXEMPLAR_TRACE_ID}
    inside, outside = ways
    assert inside["datasourceUid"] == _source("Jaeger")["uid"]
    # Grafana expands variables in this file: its own are written with two.
    assert outside["url"].endswith("/trace/$${__value.raw}")


def test_a_trace_leads_to_the_metrics_of_its_route() -> None:
    to_metrics = _source("Jaeger")["jsonData"]["tracesToMetrics"]
    assert to_metrics["datasourceUid"] == _source("Prometheus")["uid"]
    assert {tag["value"] for tag in to_metrics["tags"]} == {conventions.LABEL_ROUTE}
    for query in to_metrics["queries"]:
        tags = f'{conventions.LABEL_ROUTE}="/a"'
        (selection,) = selections(query["query"].replace("$$__tags", tags))
        assert selection.metric == f"{conventions.METRIC_DURATION}_bucket"


def test_dashboards_come_from_files_that_nobody_edits_in_the_browser() -> None:
    (provider,) = _read("grafana/provisioning/dashboards/candid.yml")["providers"]
    assert (provider["type"], provider["allowUiUpdates"], provider["disableDeletion"]) == ("file", False, True)
