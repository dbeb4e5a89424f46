"""Prometheus' own tool reads every query."""

from pathlib import Path

import yaml

from tests.budgets.dashboards.content import EVERYTHING, dashboards, targets
from tests.servers.prometheus import Promtool


def test_promtool_reads_every_query_of_panels_and_annotations(promtool: Promtool, tmp_path: Path) -> None:
    expressions = [target.expression for target in targets()]
    expressions += [
        annotation["target"]["expr"]
        for dashboard in dashboards().values()
        for annotation in dashboard["annotations"]["list"]
        if "expr" in annotation.get("target", {})
    ]
    rules = [
        {"record": f"panel:{number}", "expr": EVERYTHING.fill(expression)}
        for number, expression in enumerate(expressions)
    ]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}), encoding="utf-8")
    checked = promtool("check", "rules", file)
    assert checked.returncode == 0, checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout
