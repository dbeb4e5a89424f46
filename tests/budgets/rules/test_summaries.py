"""What an alert tells is a sentence with the route or cache, the figure, the share over and the budget left."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from telemetry.budgets.alerts import BURN, EXHAUSTED, SERIES_MISSING, TARGET_DOWN
from telemetry.budgets.model import Applied
from telemetry.budgets.rules import group_names, labels_of, rules_text
from tests.budgets.rules.budgets import ERRORS, HITS, LINKS, PAGED, QUERIES, ruling
from tests.servers.prometheus import Promtool

_SHOP = {"job": "shop"}
_UP = {"series": 'up{job="shop"}', "values": "1x60"}
_DASHBOARDS = f"{LINKS.grafana}/d"
_ROUTE = f"{_DASHBOARDS}/candid-route?var-job=shop&var-method=GET&var-route=%2Fitems%2F%7Bitem_id%7D"


def _counted(applied: Applied, events: int, over: int) -> list[dict[str, str]]:
    labels = ",".join(f'{name}="{value}"' for name, value in labels_of(applied, "shop").items())
    steps = {"performance_budget_events_total": events, "performance_budget_over_total": over}
    return [{"series": f"{metric}{{{labels}}}", "values": f"0+{step}x60"} for metric, step in steps.items()]


def _check_alert(
    promtool: Promtool,
    directory: Path,
    series: list[dict[str, str]],
    labels: dict[str, str],
    annotations: dict[str, str],
) -> None:
    """Promtool finds that the alert fires after 20 minutes, with exactly these labels and annotations."""
    (directory / "rules.yml").write_text(rules_text(ruling(PAGED, ERRORS, QUERIES, HITS), "budgets.yaml"))
    name = labels.pop("alertname")
    expected = {"exp_labels": labels, "exp_annotations": annotations}
    check: dict[str, Any] = {"eval_time": "20m", "alertname": name, "exp_alerts": [expected]}
    test = {"interval": "1m", "input_series": series, "alert_rule_test": [check]}
    document = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "4m",
        "group_eval_order": group_names("shop"),
        "tests": [test],
    }
    (directory / "tests.yml").write_text(yaml.safe_dump(document))
    done = promtool("test", "rules", directory / "tests.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_slow_route(promtool: Promtool, tmp_path: Path) -> None:
    labels = labels_of(PAGED, "shop")
    route = 'http_request_method="GET",http_route="/items/{item_id}"'
    of = f'job="shop",{route},cache_namespace="",budget="p99_ms",limit="120"'
    over, events = (f"sum(increase(performance_budget_{name}_total{{{of}}}[3d]))" for name in ("over", "events"))
    # A burn of two: the slowest ticket alone.
    _check_alert(
        promtool,
        tmp_path,
        [_UP, *_counted(PAGED, 1000, 20)],
        {"alertname": BURN, "severity": "ticket", "burn": "ticket_slow", "owner": "catalogue", **labels},
        {
            "summary": (
                "GET /items/{item_id} (p99_ms): 2 % of responses took longer than 120 ms in the last 3d, 1 % may;"
                " budget of 28d (20m 0s known): overdrawn by 100 %"
            ),
            "query": f"{over} / {events}",
            "runbook_url": f"{LINKS.runbooks}/BudgetBurn.md",
            "dashboard_url": _ROUTE,
        },
    )


def test_a_cache_that_does_not_hit(promtool: Promtool, tmp_path: Path) -> None:
    of = 'job="shop",http_request_method="",http_route="",cache_namespace="brands",budget="hit_ratio",limit="0.9"'
    over, events = (f"sum(increase(performance_budget_{name}_total{{{of}}}[28d]))" for name in ("over", "events"))
    _check_alert(
        promtool,
        tmp_path,
        [_UP, *_counted(HITS, 1000, 125)],
        {"alertname": EXHAUSTED, "severity": "ticket", **labels_of(HITS, "shop")},
        {
            "summary": (
                "cache brands (hit_ratio): 12.5 % of cache look-ups were no hit in the last 28d, 10 % may;"
                " budget of 28d (20m 0s known): overdrawn by 25 %"
            ),
            "query": f"{over} / {events}",
            "runbook_url": f"{LINKS.runbooks}/BudgetExhausted.md",
            "dashboard_url": f"{_DASHBOARDS}/candid-cache?var-job=shop&var-namespace=brands",
        },
    )


def test_a_service_whose_name_is_a_template_is_called_by_it(promtool: Promtool, tmp_path: Path) -> None:
    made_for = replace(ruling(PAGED), job="{{ shop }}")
    (tmp_path / "rules.yml").write_text(rules_text(made_for, "budgets.yaml"))
    annotations = {
        "summary": "{{ shop }}: no process of it answers Prometheus; nothing is known of its budgets",
        "query": 'up{job="{{ shop }}"}',
        "runbook_url": f"{LINKS.runbooks}/BudgetTargetDown.md",
        "dashboard_url": f"{_DASHBOARDS}/candid-budgets?var-job=%7B%7B+shop+%7D%7D",
    }
    alert = {"exp_labels": {"severity": "page", "job": "{{ shop }}"}, "exp_annotations": annotations}
    check = {"eval_time": "20m", "alertname": TARGET_DOWN, "exp_alerts": [alert]}
    document = {"rule_files": ["rules.yml"], "evaluation_interval": "4m", "tests": [{"alert_rule_test": [check]}]}
    (tmp_path / "tests.yml").write_text(yaml.safe_dump(document))
    done = promtool("test", "rules", tmp_path / "tests.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_service_that_does_not_answer(promtool: Promtool, tmp_path: Path) -> None:
    _check_alert(
        promtool,
        tmp_path,
        [],
        {"alertname": TARGET_DOWN, "severity": "page", **_SHOP},
        {
            "summary": "shop: no process of it answers Prometheus; nothing is known of its budgets",
            "query": 'up{job="shop"}',
            "runbook_url": f"{LINKS.runbooks}/BudgetTargetDown.md",
            "dashboard_url": f"{_DASHBOARDS}/candid-budgets?var-job=shop",
        },
    )


def test_budgets_that_are_not_exposed(promtool: Promtool, tmp_path: Path) -> None:
    by = "job, http_request_method, http_route, cache_namespace, budget, limit"
    events, over = (f'sum by ({by}) (performance_budget_{name}_total{{job="shop"}})' for name in ("events", "over"))
    expected = 'performance:budget_allowed:ratio{job="shop"}'
    _check_alert(
        promtool,
        tmp_path,
        [_UP, *_counted(HITS, 1000, 0)],
        {"alertname": SERIES_MISSING, "severity": "ticket", **_SHOP},
        {
            "summary": (
                "shop: 3 of the budgets in the rules are not exposed by it;"
                " the rules and the service were made from different budget files"
            ),
            "query": f"{expected} unless on ({by}) ({events} and {over})",
            "runbook_url": f"{LINKS.runbooks}/BudgetSeriesMissing.md",
            "dashboard_url": f"{_DASHBOARDS}/candid-budgets?var-job=shop",
        },
    )
