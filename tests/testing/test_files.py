"""What was exceeded, for code hosts and CI servers."""

import json
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from tests.testing.conftest import Project

pytest_plugins = ["pytester"]


@pytest.fixture
def written(project: Project) -> dict[str, str]:
    project.tests("""
        def test_over():
            client.get("/queries/7")

        def test_within():
            client.get("/queries/1")
    """)
    names = {"--junitxml": "pytest.xml", "--performance-budgets-sarif": "sarif", "--performance-budgets-junit": "junit"}
    project.held(*[f"{option}={name}" for option, name in names.items()])
    return {name: (project.directory / name).read_text(encoding="utf-8") for name in names.values()}


def test_sarif_points_to_the_line_of_the_budget_and_to_that_of_the_statement(written: dict[str, str]) -> None:
    SarifLog.model_validate_json(written["sarif"])
    (run,) = json.loads(written["sarif"])["runs"]
    (result,) = run["results"]
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "queries"
    assert result["message"]["text"].startswith(
        "GET /queries/{n} sent 7 statements, limit 3 (1 of 2 requests were over)"
    )
    assert [_place(each) for each in result["locations"]] == [("budgets.yaml", 3)]
    assert [_place(each) for each in result["relatedLocations"]] == [("app.py", 16)]
    assert result["properties"]["seenIn"] == ["test_shop.py::test_over"]
    assert run["invocations"][0]["executionSuccessful"] is True
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "p95_ms 10000 is insufficient (2 of 59)" in note["message"]["text"]


def test_a_statement_of_a_file_outside_the_tests_has_no_line_in_sarif(project: Project) -> None:
    # The application is beside the tests, and a file of the same name, which nobody loads, below them.
    tests = project.directory / "tests"
    (tests / project.directory.name).mkdir(parents=True)
    (tests / project.directory.name / "app.py").write_text("", encoding="utf-8")
    project.tests("def test_over(): client.get('/queries/7')", "tests/test_shop.py")
    result = project.held("--rootdir=tests", "--performance-budgets-sarif=sarif", "tests")
    result.stdout.fnmatch_lines([f"*at …/{project.directory.name}/app.py:16 in send"])
    (run,) = json.loads((project.directory / "sarif").read_text(encoding="utf-8"))["runs"]
    (found,) = run["results"]
    assert "relatedLocations" not in found


def test_the_junit_file_of_pytest_has_the_failure_and_its_property(written: dict[str, str]) -> None:
    over, within = fromstring(written["pytest.xml"]).iter("testcase")
    assert [each.attrib for each in over.iter("property")] == [
        {"name": "performance_budget", "value": "GET /queries/{n} sent 7 statements, limit 3"}
    ]
    assert "7 x SELECT ?, ?" in (over.findtext("failure") or "")
    assert list(within) == []


def test_the_own_junit_file_has_a_case_for_each_budget(written: dict[str, str]) -> None:
    cases = {case.attrib["name"]: case for case in fromstring(written["junit"]).iter("testcase")}
    assert set(cases) == {"GET /queries/{n} queries 3", "GET /queries/{n} p95_ms 10000"}
    assert "sent 7 statements" in (cases["GET /queries/{n} queries 3"].findtext("failure") or "")
    assert cases["GET /queries/{n} p95_ms 10000"].find("skipped") is not None


def _place(location: dict[str, Any]) -> tuple[str, int]:
    physical = location["physicalLocation"]
    return physical["artifactLocation"]["uri"], physical["region"]["startLine"]
