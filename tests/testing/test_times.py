"""Times are judged over the whole run, and only once there are enough of them."""

from tests.testing.conftest import Project

pytest_plugins = ["pytester"]


def test_few_times_are_insufficient_and_never_within(project: Project) -> None:
    project.tests("""
        @pytest.mark.parametrize("number", range(58))
        def test_fast(number):
            client.get("/queries/1")

        def test_slow_but_few():
            for _ in range(10):
                client.get("/slow/4")
    """)
    result = project.held("-q")
    result.assert_outcomes(passed=59)
    assert result.ret == 0
    result.stdout.fnmatch_lines_random(
        [
            "insufficient: GET /queries/{n}: p95_ms 10000 (58 of 59)",
            "insufficient: GET /slow/{ms}: p95_ms 2 (10 of 59, 10 over)",
            "4 judged: 0 exceeded, 2 insufficient, 2 within",
        ]
    )


def test_enough_times_are_within_or_fail_the_run_as_a_test_of_the_budget_file(project: Project) -> None:
    project.tests("""
        def test_enough():
            for _ in range(59):
                client.get("/queries/1")
                client.get("/slow/4")
    """)
    result = project.held("-v", "--junitxml=pytest.xml")
    result.assert_outcomes(passed=1, failed=1)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        [
            "exceeded: GET /slow/{ms}: 59 of 59 responses took more than 2 ms, allowed is a share of 0.05*",
            "within: GET /queries/{n}: 0 of 59 responses took more than 10000 ms, allowed is a share of 0.05*",
            "FAILED budgets.yaml::GET /slow/{ms} p95_ms 2 - GET /slow/{ms}: 59 of 59 responses took more than 2 ms*",
        ]
    )
    junit = (project.directory / "pytest.xml").read_text(encoding="utf-8")
    assert '<testcase classname="budgets.yaml" name="GET /slow/{ms} p95_ms 2"' in junit
    assert 'errors="0" failures="1" skipped="0" tests="2"' in junit


def test_some_slow_requests_among_enough_raise_no_false_alarm(project: Project) -> None:
    # Wide apart, so that a busy machine makes no fast request a slow one.
    project.write("budgets.yaml", "version: 1\nservice: shop\ndefaults: {p95_ms: 400}")
    project.tests("""
        def test_mostly_fast():
            for ms in (450, 450, *[0] * 58):
                client.get(f"/slow/{ms}")
    """)
    result = project.held()
    result.assert_outcomes(passed=1)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["insufficient: GET /slow/{ms}: p95_ms 400 (60 of 124, 2 over)"])


def test_a_test_may_leave_its_times_out(project: Project) -> None:
    project.tests("""
        @pytest.mark.performance_budgets(ignore=["p95_ms"])
        def test_slow():
            for _ in range(59):
                client.get("/slow/4")
    """)
    result = project.held()
    result.assert_outcomes(passed=1)
    assert "p95_ms" not in result.stdout.str()
