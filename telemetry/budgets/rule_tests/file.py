"""The file of the tests."""

from collections.abc import Callable, Iterator
from typing import Final

from telemetry.budgets.generated import yaml_text
from telemetry.budgets.rule_tests.budget_scenarios import (
    few_over,
    flapping,
    low_traffic,
    outage,
    restart,
    slow_burn,
    threshold_change,
)
from telemetry.budgets.rule_tests.scene import RuleTest, Scene
from telemetry.budgets.rule_tests.service_scenarios import (
    idle,
    partly_down,
    series_missing,
    target_absent,
    target_down,
)
from telemetry.budgets.rules import Ruling, group_names
from telemetry.budgets.windows import promql_duration

_SCENARIOS: Final[tuple[Callable[[Scene], Iterator[RuleTest]], ...]] = (
    outage,
    slow_burn,
    flapping,
    low_traffic,
    few_over,
    threshold_change,
    restart,
    idle,
    target_down,
    target_absent,
    partly_down,
    series_missing,
)


def rule_tests_text(ruling: Ruling, source: str, rules_file: str) -> str:
    """The tests as a file for promtool.

    Args:
        ruling: What the rules were made for.
        source: The budget file.
        rules_file: Name of the rules beside it.
    """
    scene = Scene(ruling)
    document = {
        "rule_files": [rules_file],
        # Without it they are evaluated in any order, another at each run.
        "group_eval_order": group_names(ruling.job),
        # All rules are evaluated as seldom as slices are recorded: promtool knows one interval for all.
        "evaluation_interval": promql_duration(ruling.schedule.slice),
        "tests": [test for scenario in _SCENARIOS for test in scenario(scene)],
    }
    return yaml_text(document, source, "run it with: promtool test rules FILE")
