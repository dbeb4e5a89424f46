"""With pytest-xdist, what all workers counted is added up where the run is summed up."""

import json

from tests.testing.conftest import Project

pytest_plugins = ["pytester"]

_SHARED = """
    import os

    @pytest.mark.parametrize("number", range(59))
    def test_fast(number):
        client.get("/queries/1")

    def test_over():
        client.get("/queries/4")

    @pytest.mark.parametrize("number", range(60))
    def test_slow(number):
        client.get("/slow/4")
"""


def test_the_counts_of_all_workers_add_up(project: Project) -> None:
    project.tests(_SHARED)
    result = project.held("-n", "2", "-v", "--performance-budgets-sarif=found/budgets.sarif", "--junitxml=pytest.xml")
    result.assert_outcomes(passed=119, failed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "exceeded: GET /queries/{n} sent 4 statements, limit 3 (1 of 60 requests were over)",
            "exceeded: GET /slow/{ms}: 60 of 60 responses took more than 2 ms*",
            "within: GET /queries/{n}: 0 of 60 responses took more than 10000 ms*",
            "4 judged: 2 exceeded, 0 insufficient, 2 within",
        ]
    )
    sarif = json.loads((project.directory / "found" / "budgets.sarif").read_text(encoding="utf-8"))
    assert [found["properties"]["seenIn"][0].split("[")[0] for found in sarif["runs"][0]["results"]] == [
        "test_shop.py::test_over",
        "test_shop.py::test_slow",
    ]
    junit = (project.directory / "pytest.xml").read_text(encoding="utf-8")
    assert 'failures="2"' in junit


def test_markers_alone_are_summed_up_too(project: Project) -> None:
    project.tests('pytestmark = pytest.mark.performance_budgets("budgets.yaml")\n' + _SHARED.replace("\n    ", "\n"))
    result = project.run("-n", "2")
    result.assert_outcomes(passed=119, failed=2)
    assert result.ret == 1
    result.stdout.fnmatch_lines(["4 judged: 2 exceeded, 0 insufficient, 2 within"])


def test_a_worker_that_dies_loses_its_last_test_and_is_named(project: Project) -> None:
    project.tests("""
        import os

        def test_before():
            client.get("/queries/1")

        def test_killed():
            os._exit(1)
    """)
    result = project.held("-n", "1")
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "insufficient: GET /queries/{n}: p95_ms 10000 (1 of 59)",
            "lost: worker gw0 died; what it counted in its last test is missing",
        ]
    )
