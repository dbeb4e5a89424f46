"""The committed rules and the service are about the same budgets."""

from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from telemetry.budgets import recorded
from tests.servers.alertmanager import Amtool
from tests.servers.prometheus import Promtool

_DIRECTORY = Path(__file__).parents[2] / "dashboards" / "prometheus"
_COUNTERS = (recorded.EVENTS_TOTAL, recorded.OVER_TOTAL)
_LABELS = recorded.BUDGET_LABELS[1:]


def test_every_budget_in_the_rules_is_exposed_before_the_first_request(client: TestClient) -> None:
    exposed = {
        (sample.name, *(sample.labels[label] for label in _LABELS))
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name in _COUNTERS
    }
    groups = yaml.safe_load((_DIRECTORY / "budget-rules.yml").read_text())["groups"]
    ruled = [rule["labels"] for group in groups for rule in group["rules"] if rule.get("record") == recorded.ALLOWED]
    # Of requests that no route serves, only the usual methods are there before the first.
    routed = [labels for labels in ruled if labels.get("http_route") != "unmatched"]
    wanted = {(name, *(labels.get(label, "") for label in _LABELS)) for labels in routed for name in _COUNTERS}
    assert len(wanted) > 200
    assert wanted <= exposed
    unmatched = {labels["http_request_method"] for labels in ruled if labels.get("http_route") == "unmatched"}
    assert unmatched >= {key[1] for key in exposed if key[2] == "unmatched"}


def test_nothing_is_exposed_that_the_rules_do_not_know(client: TestClient) -> None:
    groups = yaml.safe_load((_DIRECTORY / "budget-rules.yml").read_text())["groups"]
    ruled = {
        tuple(rule["labels"].get(label, "") for label in _LABELS)
        for group in groups
        for rule in group["rules"]
        if rule.get("record") == recorded.ALLOWED
    }
    families = text_string_to_metric_families(client.get("/metrics").text)
    samples = [sample for family in families for sample in family.samples if sample.name == recorded.EVENTS_TOTAL]
    assert samples
    assert {tuple(sample.labels[label] for label in _LABELS) for sample in samples} <= ruled


def test_prometheus_and_alertmanager_take_what_is_committed(promtool: Promtool, amtool: Amtool) -> None:
    for done in (
        promtool("check", "rules", "--lint-fatal", _DIRECTORY / "budget-rules.yml"),
        promtool("check", "config", "--lint-fatal", _DIRECTORY / "prometheus.yml"),
        promtool("test", "rules", _DIRECTORY / "budget-rules.test.yml"),
        amtool("check-config", _DIRECTORY / "alertmanager.yml"),
    ):
        assert done.returncode == 0, done.stdout + done.stderr
