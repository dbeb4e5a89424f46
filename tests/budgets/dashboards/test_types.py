"""Grafana's own types accept the dashboards: no option that it does not know, none of a wrong type."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from tests.budgets.dashboards.content import Content, dashboards, panels
from tests.servers.npm import installed
from tests.servers.requirement import program

_PROJECT: Final = Path(__file__).parent / "types"
_KINDS: Final = {
    "timeseries": "Lines",
    "stat": "Stat",
    "table": "Table",
    "heatmap": "Heatmap",
    "state-timeline": "States",
    "row": "Row",
}
_OWN: Final = ("panels", "templating", "annotations")


def _constants(dashboard: Content) -> Iterator[tuple[Any, str]]:
    """Parts of a dashboard and the type of each: a part by itself gets a message of its own."""
    yield {key: value for key, value in dashboard.items() if key not in _OWN}, "Frame"
    for panel in (*dashboard["panels"], *(inner for each in dashboard["panels"] for inner in each.get("panels", []))):
        yield panel, _KINDS[panel["type"]]
    for variable in dashboard["templating"]["list"]:
        yield variable, "Variable"
    for annotation in dashboard["annotations"]["list"]:
        yield annotation, "Annotation"


def _source(dashboard: Content) -> str:
    lines = [f"import type {{ {', '.join({*_KINDS.values(), 'Frame', 'Variable', 'Annotation'})} }} from './grafana';"]
    for number, (value, kind) in enumerate(_constants(dashboard)):
        lines.append(f"export const part{number} = {json.dumps(value)} as const satisfies {kind};")
    return "\n".join(lines)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    packages = installed(_PROJECT)
    directory = tmp_path_factory.mktemp("types")
    shutil.copytree(_PROJECT, directory, dirs_exist_ok=True)
    (directory / "node_modules").symlink_to(packages / "node_modules")
    return directory


def _complaints(project: Path, contents: dict[str, Content]) -> str:
    for old in project.glob("candid-*.ts"):
        old.unlink()
    for uid, content in contents.items():
        (project / f"{uid}.ts").write_text(_source(content), encoding="utf-8")
    command = [program("node", package="nodejs"), "node_modules/typescript/bin/tsc", "-p", "."]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, check=False).stdout


@pytest.mark.timeout(600)  # the packages may not be installed yet
def test_grafanas_types_accept_every_dashboard(project: Path) -> None:
    assert _complaints(project, dashboards()) == ""


def test_they_would_refuse_what_grafana_does_not_know(project: Path) -> None:
    (dashboard,) = [content for uid, content in dashboards().items() if uid == "candid-budgets"]
    table = next(panel for panel in panels(dashboard) if panel["type"] == "table")
    table["options"]["footer"] = {}
    lines = next(panel for panel in panels(dashboard) if panel["type"] == "timeseries")
    lines["fieldConfig"]["defaults"]["custom"]["drawStyle"] = "lyne"
    dashboard["templating"]["list"][0]["auto"] = False
    complaints = _complaints(project, {"candid-budgets": dashboard})
    assert [wrong for wrong in ("'\"footer\"'", "lyne", "'\"auto\"'") if wrong not in complaints] == [], complaints
