"""`docs/reference.md` names what leaves the process, all of it and nothing else."""

import re
from pathlib import Path

import pytest

from telemetry import conventions
from telemetry.settings import Settings

_PAGE = (Path(__file__).parent.parent / "docs" / "reference.md").read_text(encoding="utf-8")
_COUNTERS = {
    conventions.METRIC_DB_SUM_SECONDS,
    conventions.METRIC_PHASE_SECONDS,
    conventions.METRIC_REPEATED_QUERIES,
    conventions.METRIC_LATE_SECONDS,
    conventions.METRIC_LATE_QUERIES,
    conventions.METRIC_CACHE_REQUESTS,
    conventions.METRIC_INTERNAL_ERRORS,
    conventions.METRIC_UNKNOWN_FIGURES,
    conventions.METRIC_DROPPED_TIMINGS,
    conventions.METRIC_OUTSIDE_STATEMENTS,
    conventions.METRIC_BUDGET_LINES_HELD_BACK,
    conventions.METRIC_BUDGET_OVER,
    conventions.METRIC_KEPT_TRACES,
    conventions.METRIC_KEPT_TRACES_HELD_BACK,
    conventions.METRIC_KEPT_SPANS_LOST,
    conventions.METRIC_BUDGET_EVENTS,
}


def _values(prefix: str) -> set[str]:
    found: set[str] = set()
    for name, value in vars(conventions).items():
        if name.startswith(prefix):
            found.update(value.values() if isinstance(value, dict) else [value])
    return found


@pytest.mark.parametrize(("heading", "prefix"), [("## Attributes", "ATTRIBUTE_"), ("## Metrics", "METRIC_")])
def test_the_page_lists_the_names_of_the_conventions(heading: str, prefix: str) -> None:
    section = _PAGE.split(heading, 1)[1].split("\n## ", 1)[0]
    listed = set(re.findall(r"^\| `([^`]+)`", section, re.MULTILINE))
    names = {f"{name}_total" if name in _COUNTERS else name for name in _values(prefix)}
    assert listed == names


def test_the_page_lists_every_setting() -> None:
    section = _PAGE.split("## Settings", 1)[1]
    listed = set(re.findall(r"^\| `(TELEMETRY_\w+)`", section, re.MULTILINE))
    assert listed == {f"TELEMETRY_{name.upper()}" for name in Settings.model_fields}
