"""The marker, the fixture and the setting: which tests are held to which file."""

import json

import pytest

from tests.testing.conftest import Project

pytest_plugins = ["pytester"]


def test_without_a_file_only_marked_tests_are_held(project: Project) -> None:
    project.write("strict.yaml", "version: 1\nservice: shop\ndefaults: {queries: 1}")
    project.tests("""
        def test_free():
            client.get("/queries/9")

        @pytest.mark.performance_budgets("budgets.yaml")
        def test_held():
            client.get("/queries/4")

        @pytest.mark.performance_budgets("strict.yaml")
        class TestStrictly:
            def test_held(self):
                client.get("/queries/2")

            @pytest.mark.performance_budgets(ignore="queries")
            def test_may(self):
                client.get("/queries/2")
    """)
    result = project.run("--strict-markers")
    result.assert_outcomes(passed=2, failed=2)
    result.stdout.fnmatch_lines(
        [
            "GET /queries/{n} sent 4 statements, limit 3 (budgets.yaml:3:46)",
            "GET /queries/{n} sent 2 statements, limit 1 (strict.yaml:3:12)",
        ]
    )


def test_the_setting_holds_all_tests_and_the_fixture_shows_their_requests(project: Project) -> None:
    project.write("pytest.ini", "[pytest]\nperformance_budgets = budgets.yaml")
    project.tests("""
        def test_seen(performance_budgets):
            client.get("/queries/2")
            client.get("/later/3")
            assert [seen.ending.final.db_queries for seen in performance_budgets.requests] == [2, 3]
            assert [seen.ending.breakdown.route for seen in performance_budgets.requests] == [
                "/queries/{n}", "/later/{n}",
            ]
            assert performance_budgets.requests[0].statements[0].count == 2
            performance_budgets.check()

        def test_at_once(performance_budgets):
            client.get("/queries/4")
            with pytest.raises(pytest.fail.Exception, match="sent 4 statements, limit 3"):
                performance_budgets.check()
            client.get("/queries/5")
            performance_budgets.check()
            raise AssertionError("not reached")
    """)
    result = project.run()
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*test_at_once - Failed: GET /queries/{n} sent 5 statements*"])


_WRONG = """
    @pytest.mark.performance_budgets("budgets.yaml", ignore=["querys"])
    def test_typo():
        raise AssertionError("not reached")

    @pytest.mark.performance_budgets("absent.yaml")
    def test_absent():
        raise AssertionError("not reached")

    @pytest.mark.performance_budgets
    def test_unheld():
        raise AssertionError("not reached")

    @pytest.mark.performance_budgets("budgets.yaml")
    def test_right():
        client.get("/queries/1")
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "xdist"])
def test_a_marker_that_cannot_work_fails_its_test_with_the_remedy_and_no_other(
    project: Project, workers: tuple[str, ...]
) -> None:
    project.tests(_WRONG)
    result = project.run("--performance-budgets-sarif=sarif", *workers)
    result.assert_outcomes(passed=1, errors=3)
    assert result.ret == 1
    said = (
        "test_shop.py::test_typo: @pytest.mark.performance_budgets: ignore='querys': did you mean queries?",
        "test_shop.py::test_absent: @pytest.mark.performance_budgets: *absent.yaml*",
        "test_shop.py::test_unheld: @pytest.mark.performance_budgets: no budget file; give its path*",
    )
    for line in said:
        result.stdout.fnmatch_lines([line])
    (run,) = json.loads((project.directory / "sarif").read_text(encoding="utf-8"))["runs"]
    (invocation,) = run["invocations"]
    errors = [note["message"]["text"] for note in invocation["toolExecutionNotifications"] if note["level"] == "error"]
    assert invocation["executionSuccessful"] is False
    assert [error.partition(": @")[0] for error in sorted(errors)] == sorted(line.partition(": @")[0] for line in said)


def test_a_wrong_command_line_is_no_successful_execution(project: Project) -> None:
    project.tests("def test_nothing(): pass")
    result = project.held("--performance-budgets-sarif=sarif", "absent.py")
    assert result.ret == 4
    (run,) = json.loads((project.directory / "sarif").read_text(encoding="utf-8"))["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False


@pytest.mark.parametrize("workers", [(), ("-n", "1")], ids=["alone", "xdist"])
def test_a_file_for_all_tests_that_is_not_there_is_a_usage_error(project: Project, workers: tuple[str, ...]) -> None:
    project.tests("def test_nothing(): pass")
    result = project.run("--performance-budgets=absent.yaml", *workers)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*absent.yaml*"])


def test_a_bad_file_is_refused_with_its_lines(project: Project) -> None:
    project.write("budgets.yaml", "version: 1\nservice: shop\ndefaults: {querys: 3}")
    project.tests("def test_nothing(): pass")
    result = project.held()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*budgets.yaml:3:12: *querys*did you mean queries*"])


def test_a_run_that_asks_for_nothing_imports_nothing(project: Project) -> None:
    project.write(
        "test_light.py",
        """
        import sys

        def test_light():
            assert "_candid_pytestplugin" in sys.modules
            assert "telemetry" not in sys.modules
    """,
    )
    project.run().assert_outcomes(passed=1)
