"""Prometheus 3, whose ranges leave out the sample at their start, takes the rules and judges as Prometheus 2 does."""

from pathlib import Path

import pytest

from service.settings import ROOT
from telemetry.budgets.rule_tests.file import rule_tests_text
from telemetry.budgets.rules import rules_text
from tests.budgets.rules.budgets import PAGED, ruling
from tests.budgets.rules.scenarios import RULES_FILE, STORIES
from tests.servers.prometheus import Promtool

_COMMITTED = ROOT / "dashboards" / "prometheus"
#: Prometheus 2 finds six samples there.
_FIVE_MINUTES = """\
rule_files: []
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: ticks
        values: 1+0x10
    promql_expr_test:
      - expr: count_over_time(ticks[5m])
        eval_time: 10m
        exp_samples:
          - value: 5
"""


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "rules", "--lint=all", "--lint-fatal", "budget-rules.yml"),
        ("check", "config", "--lint=all", "--lint-fatal", "prometheus.yml"),
        ("test", "rules", "budget-rules.test.yml"),
    ],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_it_takes_what_is_committed(arguments: tuple[str, ...], promtool3: Promtool) -> None:
    *command, file = arguments
    done = promtool3(*command, _COMMITTED / file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("window_days", [7, 30, 90])
def test_it_takes_rules_of_other_windows_and_their_own_tests_pass(
    window_days: int, promtool3: Promtool, tmp_path: Path
) -> None:
    made_for = ruling(when=window_days)
    rules, tests = tmp_path / RULES_FILE, tmp_path / "tests.yml"
    rules.write_text(rules_text(made_for, "budgets.yaml"))
    tests.write_text(rule_tests_text(made_for, "budgets.yaml", RULES_FILE))
    for done in (promtool3("check", "rules", "--lint-fatal", rules), promtool3("test", "rules", tests)):
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("story", STORIES)
def test_its_alerts_fire_when_the_definition_says_so(story: str, promtool3: Promtool, tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(rules_text(ruling(PAGED), "budgets.yaml"))
    tests = tmp_path / "tests.yml"
    tests.write_text(STORIES[story](28))
    done = promtool3("test", "rules", tests)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_finds_out_a_wrong_factor(promtool3: Promtool, tmp_path: Path) -> None:
    right = rules_text(ruling(PAGED), "budgets.yaml")
    wrong = right.replace("> 13.44", "> 14.4")
    assert wrong != right
    (tmp_path / RULES_FILE).write_text(wrong)
    tests = tmp_path / "tests.yml"
    tests.write_text(STORIES["thresholds"](28))
    done = promtool3("test", "rules", tests)
    assert done.returncode != 0
    assert "exp:" in done.stdout + done.stderr


def test_its_ranges_leave_out_the_sample_at_their_start(promtool3: Promtool, tmp_path: Path) -> None:
    tests = tmp_path / "tests.yml"
    tests.write_text(_FIVE_MINUTES)
    done = promtool3("test", "rules", tests)
    assert done.returncode == 0, done.stdout + done.stderr
