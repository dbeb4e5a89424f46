"""The rules fire when the workbook's definition says so, and at no other time."""

from pathlib import Path

import pytest

from telemetry.budgets.rules import rules_text
from tests.budgets.rules.budgets import PAGED, ruling
from tests.budgets.rules.scenarios import RULES_FILE, STORIES
from tests.servers.prometheus import Promtool

_OF_ALL_WINDOWS = ("outage", "flapping", "thresholds")


@pytest.mark.parametrize(
    ("story", "window_days"),
    [*((story, 28) for story in STORIES), *((story, days) for story in _OF_ALL_WINDOWS for days in (7, 30, 90))],
)
def test_rules_agree_with_the_definition(story: str, window_days: int, promtool: Promtool, tmp_path: Path) -> None:
    (tmp_path / RULES_FILE).write_text(rules_text(ruling(PAGED, when=window_days), "budgets.yaml"))
    tests = tmp_path / "tests.yml"
    tests.write_text(STORIES[story](window_days))
    done = promtool("test", "rules", tests)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("story", STORIES)
def test_a_story_asks_at_times_with_an_alert_and_at_times_without(story: str) -> None:
    text = STORIES[story](28)
    assert "value: 1" in text
    assert "value: 0" in text
