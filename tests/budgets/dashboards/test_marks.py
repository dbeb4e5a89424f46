"""A deploy is marked where a new version appears, and nowhere else."""

from pathlib import Path
from typing import Any

import yaml

from tests.budgets.dashboards.content import EVERYTHING, dashboards
from tests.servers.prometheus import Promtool

_JOB = 'job="shop",instance="a"'
_OTHER = 'job="shop",instance="b"'


def _marks() -> str:
    annotations = dashboards()["candid-budgets"]["annotations"]["list"]
    (target,) = [each["target"] for each in annotations if each["name"] == "Deploys"]
    return EVERYTHING.fill(target["expr"])


def _tested(promtool: Promtool, directory: Path, series: dict[str, str], expected: dict[str, list[str]]) -> None:
    """Runs promtool's unit test: at each time, the versions that are marked."""
    cases: list[dict[str, Any]] = [
        {
            "expr": _marks(),
            "eval_time": moment,
            "exp_samples": [{"labels": f'{{job="shop",service_version="{each}"}}', "value": 1} for each in versions],
        }
        for moment, versions in expected.items()
    ]
    inputs = [
        {"series": f'telemetry_service_info{{{labels},service_version="{version}"}}', "values": values}
        for (labels, version), values in ((tuple(name.split(" ")), values) for name, values in series.items())
    ]
    document = {
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": inputs, "promql_expr_test": cases}],
    }
    file = directory / "marks.test.yml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    done = promtool("test", "rules", file)
    assert done.returncode == 0, done.stderr


def test_a_new_version_is_marked_once(promtool: Promtool, tmp_path: Path) -> None:
    series = {f"{_JOB} 1": "1+0x20 stale", f"{_JOB} 2": "_x20 1+0x30"}
    _tested(promtool, tmp_path, series, {"19m": [], "22m": ["2"], "40m": []})


def test_the_first_version_of_all_and_a_new_instance_are_none(promtool: Promtool, tmp_path: Path) -> None:
    series = {f"{_JOB} 1": "_x5 1+0x30", f"{_OTHER} 1": "_x20 1+0x20"}
    _tested(promtool, tmp_path, series, {"6m": [], "21m": []})
