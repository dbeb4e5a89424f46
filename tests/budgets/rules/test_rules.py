"""The rules say what the file says, and nothing that Prometheus would take and never evaluate."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from telemetry.budgets import recorded
from telemetry.budgets.alerts import BURN, EXHAUSTED, SERIES_MISSING, TARGET_DOWN
from telemetry.budgets.model import Applied, Subject
from telemetry.budgets.rule_tests.file import rule_tests_text
from telemetry.budgets.rules import Ruling, groups, rules_text
from telemetry.budgets.windows import promql_duration
from tests.budgets.rules.budgets import ERRORS, HITS, LINKS, PAGED, SEVERAL, budget, ruling
from tests.servers.prometheus import Promtool

_RUNBOOKS = Path(__file__).parents[3] / "docs" / "runbooks"
_WINDOWS = (7, 28, 30, 90)


def _rules(made_for: Ruling) -> list[dict[str, Any]]:
    text = rules_text(made_for, "budgets.yaml")
    return [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]


def _alerts(made_for: Ruling) -> list[dict[str, Any]]:
    return [rule for rule in _rules(made_for) if "alert" in rule]


def test_two_static_series_state_a_budget_exactly() -> None:
    allowed, least, *_ = _rules(ruling(ERRORS))
    labels = {
        "job": "shop",
        "http_request_method": "GET",
        "http_route": "/items/{item_id}",
        "budget": "error_rate",
        "limit": "0.001",
    }
    assert (allowed["record"], allowed["expr"]) == (recorded.ALLOWED, "vector(0.001)")
    assert allowed["labels"] == labels | {"alerts": "page", "breach": "requests ended in a server error"}
    assert least == {"record": recorded.MIN_EVENTS, "expr": "vector(50)", "labels": labels}


def test_a_cache_budget_has_no_labels_of_routes() -> None:
    allowed = _rules(ruling(HITS))[0]
    assert allowed["labels"].keys().isdisjoint({"http_request_method", "http_route"})
    assert allowed["labels"]["cache_namespace"] == "brands"


def test_all_else_is_the_same_however_many_budgets_there_are() -> None:
    one, several = _rules(ruling(PAGED)), _rules(ruling(*SEVERAL))
    assert len(several) - len(one) == 2 * (len(SEVERAL) - 1)
    assert one[2:] == several[2 * len(SEVERAL) :]


def test_the_owner_is_on_the_budget() -> None:
    assert _rules(ruling(PAGED))[0]["labels"]["owner"] == "catalogue"


def test_each_alert_says_how_bad_it_is_and_has_its_page() -> None:
    alerts = _alerts(ruling())
    assert [(alert["alert"], alert["labels"]) for alert in alerts] == [
        (BURN, {"severity": "page", "burn": "page_fast"}),
        (BURN, {"severity": "page", "burn": "page_slow"}),
        (TARGET_DOWN, {"severity": "page"}),
        (TARGET_DOWN, {"severity": "ticket"}),
        (SERIES_MISSING, {"severity": "ticket"}),
        (BURN, {"severity": "ticket", "burn": "ticket_fast"}),
        (BURN, {"severity": "ticket", "burn": "ticket_slow"}),
        (EXHAUSTED, {"severity": "ticket"}),
    ]
    for alert in alerts:
        assert alert["annotations"]["runbook_url"] == f"{LINKS.runbooks}/{alert['alert']}.md"
        assert (_RUNBOOKS / f"{alert['alert']}.md").is_file()
        assert alert["annotations"].keys() == {"summary", "query", "runbook_url", "dashboard_url"}


@pytest.mark.parametrize("window_days", _WINDOWS)
def test_every_series_that_a_rule_reads_is_there(window_days: int) -> None:
    # promtool takes unknown names: a rule that reads one is silent for ever.
    rules = _rules(ruling(when=window_days))
    exposed = {recorded.EVENTS_TOTAL, recorded.OVER_TOTAL, "up"}
    known = exposed | {rule["record"] for rule in rules if "record" in rule}
    texts = [rule["expr"] for rule in rules] + [text for rule in rules for text in rule.get("annotations", {}).values()]
    read = {name for text in texts for name in re.findall(r"\b(?:performance[:_]\w[\w:]*|up(?=\{))", text)}
    assert read <= known
    assert read >= exposed | {recorded.ALLOWED, recorded.MIN_EVENTS, recorded.REMAINING}


@pytest.mark.parametrize("window_days", _WINDOWS)
def test_prometheus_takes_the_rules_and_their_own_tests_pass(
    window_days: int, promtool: Promtool, tmp_path: Path
) -> None:
    made_for = ruling(when=window_days)
    (tmp_path / "rules.yml").write_text(rules_text(made_for, "budgets.yaml"))
    (tmp_path / "tests.yml").write_text(rule_tests_text(made_for, "budgets.yaml", "rules.yml"))
    for arguments in (("check", "rules", "--lint-fatal"), ("test", "rules")):
        done = promtool(*arguments, tmp_path / ("rules.yml" if "check" in arguments else "tests.yml"))
        assert done.returncode == 0, done.stdout + done.stderr


def test_long_windows_are_added_up_from_slices() -> None:
    # Raw samples of nine days, read every 30 seconds, would cost more than all else.
    for window_days in _WINDOWS:
        times = ruling(when=window_days).schedule
        for rule in _rules(ruling(when=window_days)):
            for window in times.burn_windows:
                if window > times.raw_limit:
                    assert f'_total{{job="shop"}}[{promql_duration(window)}]' not in rule["expr"]


def test_the_file_says_that_it_is_generated_and_is_the_same_each_time() -> None:
    text = rules_text(ruling(), "somewhere/budgets.yaml")
    first = text.splitlines()[0]
    assert first == "# generated by `python -m telemetry budgets build` from budgets.yaml, do not edit"
    assert text == rules_text(ruling(), "elsewhere/budgets.yaml")


_NAMES = st.text(
    st.one_of(st.sampled_from("{}\"\\'`$%#:,[]&*!|> "), st.characters(exclude_categories=("C", "Z"))),
    min_size=1,
    max_size=12,
).filter(lambda text: text.isprintable() and bool(text.strip()))


def _odd(service: str, owner: str, route: str) -> Ruling:
    return Ruling(service, (Applied(Subject("GET", route), budget(owner=owner)),), ruling().schedule, LINKS)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example("{{{ $labels.job }}", "{{", "{{ end }}")
@given(_NAMES, _NAMES, _NAMES)
def test_no_name_makes_rules_that_prometheus_refuses(
    promtool: Promtool, tmp_path: Path, service: str, owner: str, route: str
) -> None:
    (tmp_path / "rules.yml").write_text(rules_text(_odd(service, owner, route), "budgets.yaml"), encoding="utf-8")
    done = promtool("check", "rules", "--lint-fatal", tmp_path / "rules.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_names_that_mean_something_to_promql_and_templates_are_taken_literally(
    promtool: Promtool, tmp_path: Path
) -> None:
    made_for = _odd('a"b{{x}}\\d', "o\"}} or {{ 'x", '/we"ird/{{x}}')
    (tmp_path / "rules.yml").write_text(rules_text(made_for, "budgets.yaml"), encoding="utf-8")
    (tmp_path / "tests.yml").write_text(rule_tests_text(made_for, "budgets.yaml", "rules.yml"), encoding="utf-8")
    done = promtool("test", "rules", tmp_path / "tests.yml")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_file_without_loud_budgets_still_watches_the_service(promtool: Promtool, tmp_path: Path) -> None:
    made_for = ruling(PAGED._replace(budget=budget(alerts=PAGED.budget.alerts.NONE)))
    (tmp_path / "rules.yml").write_text(rules_text(made_for, "budgets.yaml"))
    (tmp_path / "tests.yml").write_text(rule_tests_text(made_for, "budgets.yaml", "rules.yml"))
    assert promtool("test", "rules", tmp_path / "tests.yml").returncode == 0
    assert len(groups(made_for)) == 2
