"""The marker, the fixture and the setting: which tests are held to which file."""

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


def test_what_cannot_work_is_refused_with_its_remedy(project: Project) -> None:
    project.tests("""
        @pytest.mark.performance_budgets("budgets.yaml", ignore=["querys"])
        def test_typo():
            pass
    """)
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: *test_typo: @pytest.mark.performance_budgets: ignore='querys': did you mean*"])


def test_a_marker_without_any_file_is_refused(project: Project) -> None:
    project.tests("""
        @pytest.mark.performance_budgets
        def test_unheld():
            pass
    """)
    result = project.run()
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*test_unheld: @pytest.mark.performance_budgets: no budget file; give its path*"])


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
