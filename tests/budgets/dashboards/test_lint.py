"""The rules of Grafana's dashboard linter, under its names.

The linter itself is a Go program that no registry here has. https://github.com/grafana/dashboard-linter
"""

import re
from collections.abc import Iterable

import pytest

from telemetry.budgets.dashboards import foreign
from telemetry.budgets.dashboards.units import Unit
from tests.budgets.dashboards.content import EVERYTHING, Content, Target, dashboards, panels, targets
from tests.budgets.dashboards.selections import Selection, selections

_ALL = dashboards()
_TARGETS = tuple(targets())
every_dashboard = pytest.mark.parametrize("dashboard", _ALL.values(), ids=_ALL.keys())

_OF_OTHERS = foreign.COLLECTOR | foreign.PROMETHEUS


def _variable(dashboard: Content, name: str) -> Content:
    (found,) = [variable for variable in dashboard["templating"]["list"] if variable["name"] == name]
    return dict(found)


def _selected() -> Iterable[tuple[Target, Selection]]:
    for target in _TARGETS:
        # Variables are left in the matchers: a rule is about them.
        expression = target.expression.replace("$__rate_interval", "61s").replace("$__range", "62s")
        for selection in selections(expression):
            yield target, selection


def is_recorded(metric: str) -> bool:
    """Whether rules record it: of a service as a whole, without an instance."""
    return ":" in metric or metric == foreign.ALERTS


@every_dashboard
def test_template_datasource_rule(dashboard: Content) -> None:
    variable = _variable(dashboard, "datasource")
    assert (variable["type"], variable["query"], variable["label"]) == ("datasource", "prometheus", "Data source")


@every_dashboard
@pytest.mark.parametrize("name", ["job", "instance"])
def test_template_job_rule_and_template_instance_rule(dashboard: Content, name: str) -> None:
    variable = _variable(dashboard, name)
    assert (variable["type"], variable["label"].lower()) == ("query", name)
    assert (variable["multi"], variable["includeAll"], variable["allValue"]) == (True, True, ".+")


@every_dashboard
def test_template_label_promql_rule(dashboard: Content) -> None:
    for variable in dashboard["templating"]["list"][1:]:
        match = re.fullmatch(r"label_values\((.+), (\w+)\)", variable["query"]["query"])
        assert match is not None
        assert selections(EVERYTHING.fill(match[1]))


@every_dashboard
def test_template_on_time_change_reload_rule(dashboard: Content) -> None:
    assert all(variable["refresh"] == 2 for variable in dashboard["templating"]["list"][1:])


@every_dashboard
def test_template_uneditable_rule(dashboard: Content) -> None:
    assert dashboard["editable"] is False


@every_dashboard
def test_panel_datasource_panel_no_targets_and_panel_title_description_rules(dashboard: Content) -> None:
    for panel in panels(dashboard):
        assert panel["datasource"]["uid"] == "${datasource}"
        assert panel["targets"]
        assert panel["title"]
        assert panel["description"]


@every_dashboard
def test_panel_units_rule(dashboard: Content) -> None:
    assert {panel["fieldConfig"]["defaults"]["unit"] for panel in panels(dashboard)} <= set(Unit)


def test_target_promql_rule() -> None:
    for target in _TARGETS:
        assert selections(EVERYTHING.fill(target.expression)), target.name


def test_target_rate_interval_rule() -> None:
    for target, selection in _selected():
        if selection.function in {"rate", "irate"}:
            assert selection.range_seconds == 61, target.name


def test_target_counter_agg_rule() -> None:
    for target, selection in _selected():
        if selection.metric.endswith("_total"):
            assert selection.function in {"rate", "irate", "increase"}, target.name


def test_target_job_rule() -> None:
    # What others say of themselves stands under their own jobs, not under the one that is chosen.
    for target, selection in _selected():
        if selection.metric not in _OF_OTHERS:
            assert ("job", "MatchOp.Re", "$job") in selection.matchers, target.name


def test_target_instance_rule() -> None:
    # What rules record is of a service as a whole.
    for target, selection in _selected():
        if selection.metric not in _OF_OTHERS and not is_recorded(selection.metric):
            assert ("instance", "MatchOp.Re", "$instance") in selection.matchers, target.name


def test_what_is_recorded_is_not_asked_for_an_instance() -> None:
    for target, selection in _selected():
        if is_recorded(selection.metric):
            assert "instance" not in {name for name, _, _ in selection.matchers}, target.name
