"""A test whose request exceeds a counted budget fails, and says what was sent."""

from tests.testing.conftest import Project

pytest_plugins = ["pytester"]


def test_a_request_over_a_budget_fails_its_test_and_no_other(project: Project) -> None:
    project.tests("""
        def test_at_the_limit():
            assert client.get("/queries/3").status_code == 200

        def test_over_it():
            assert client.get("/queries/7").status_code == 200

        def test_over_it_without_a_server():
            assert asyncio.run(asked("/queries/5")).status_code == 200

        def test_over_it_after_the_response():
            assert asyncio.run(asked("/later/4")).status_code == 200
    """)
    result = project.held()
    result.assert_outcomes(passed=1, failed=3)
    result.stdout.fnmatch_lines(
        [
            "GET /queries/{n} sent 7 statements, limit 3 (budgets.yaml:3:46)",
            "*7 x SELECT ?, ?",
            "*at app.py:16 in send",
            "GET /queries/{n} sent 5 statements, limit 3 (budgets.yaml:3:46)",
            "GET /later/{n} sent 4 statements, limit 3 (budgets.yaml:3:46)",
            "exceeded: GET /queries/{n} sent 7 statements, limit 3 (2 of 3 requests were over)",
            "FAILED test_shop.py::test_over_it - Failed: GET /queries/{n} sent 7 statements, limit 3*",
        ]
    )
    assert "secret" not in result.stdout.str()


def test_a_test_that_fails_by_itself_keeps_its_reason(project: Project) -> None:
    project.tests("""
        def test_wrong():
            assert client.get("/queries/7").status_code == 418

        @pytest.mark.xfail(reason="known", strict=True)
        def test_known():
            client.get("/queries/7")
    """)
    result = project.held()
    result.assert_outcomes(failed=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "E*assert 200 == 418",
            "*Captured performance budgets call*",
            "GET /queries/{n} sent 7 statements, limit 3 (budgets.yaml:3:46)",
        ]
    )


def test_requests_of_fixtures_belong_to_the_test(project: Project) -> None:
    project.tests("""
        @pytest.fixture
        def logged_in():
            client.get("/queries/4")

        @pytest.fixture
        def logged_out():
            yield
            client.get("/queries/5")

        def test_set_up(logged_in):
            pass

        def test_torn_down(logged_out):
            pass

        def test_neither():
            pass
    """)
    result = project.held()
    result.assert_outcomes(failed=1, errors=1, passed=2)
    result.stdout.fnmatch_lines(["ERROR test_shop.py::test_torn_down - Failed: GET /queries/{n} sent 5 statements*"])


def test_a_failure_on_purpose_passes_unless_the_test_says_that_its_requests_are_typical(project: Project) -> None:
    project.tests("""
        def test_on_purpose():
            assert client.get("/fail").status_code == 500

        @pytest.mark.performance_budgets(also=["error_rate"])
        def test_typical():
            client.get("/fail")

        def test_cold_cache():
            client.get("/look-up/false")

        @pytest.mark.performance_budgets(also="hit_ratio")
        def test_warm_enough():
            client.get("/look-up/false")
            client.get("/look-up/true")

        @pytest.mark.performance_budgets(also="hit_ratio")
        def test_too_cold():
            client.get("/look-up/false")
            client.get("/look-up/true")
            client.get("/look-up/false")
    """)
    result = project.held()
    result.assert_outcomes(passed=3, failed=2)
    result.stdout.fnmatch_lines(
        [
            "FAILED test_shop.py::test_typical - Failed: GET /fail failed in 1 of 1 requests, limit 0.001*",
            "FAILED test_shop.py::test_too_cold - Failed: cache manual hit in 1 of 3 look-ups, hit ratio at least 0.5*",
        ]
    )


def test_what_a_run_cannot_see_is_said(project: Project) -> None:
    project.tests("def test_nothing(): pass")
    result = project.held()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["no request was seen: is telemetry.instrument called*"])
