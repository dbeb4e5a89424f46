"""Each request is judged for the test that runs; what is outside any test, or not known, is told apart."""

from pathlib import Path

import pytest

from telemetry.budgets.finding import Outcome
from telemetry.outputs.observers import Observation
from telemetry.request.breakdown import Breakdown, Figures, Unknown
from telemetry.request.ending import Ending
from telemetry.testing.findings import finding_of
from telemetry.testing.held import HeldFile, Terms
from telemetry.testing.watch import MAX_REQUESTS, Watch


@pytest.fixture
def file(tmp_path: Path) -> HeldFile:
    (tmp_path / "budgets.yaml").write_text("version: 1\nservice: shop\ndefaults: {queries: 3}", encoding="utf-8")
    return HeldFile.at(tmp_path / "budgets.yaml", tmp_path)


def observed(queries: int | None) -> Observation:
    unknown = () if queries is not None else (Unknown.DATABASE_NOT_SEEN,)
    figures = Figures(1_000, None, queries, unknown=unknown)
    return Observation(Ending(Breakdown("GET", "/items", 200, figures), figures, is_served=True, has_failed=False), ())


def watch(file: HeldFile) -> Watch:
    return Watch(file, lambda source: source)


def test_a_request_outside_any_test_is_no_tests_breach_and_yet_one(file: HeldFile) -> None:
    watching = watch(file)
    watching.finished(observed(7))
    scope = watching.begin(Terms(file), "test_a")
    watching.finished(observed(3))
    assert scope.breaches() == ()
    ((key, tally),) = watching.outside()
    assert (tally.outside, finding_of(key, tally).outcome) == (1, Outcome.EXCEEDED)
    assert list(watching.outside()) == []


def test_a_breach_is_told_once_and_told_again_when_there_is_another(file: HeldFile) -> None:
    watching = watch(file)
    scope = watching.begin(Terms(file), "test_a")
    watching.finished(observed(4))
    assert [found.message for found in scope.breaches()] == ["GET /items sent 4 statements, limit 3"]
    assert scope.breaches() == ()
    watching.finished(observed(5))
    assert len(scope.breaches()) == 1
    ((_, tally),) = scope.close()
    assert (tally.events, tally.over, tally.breaches) == (2, 2, 1)


def test_a_figure_that_is_not_known_is_no_event_and_is_counted(file: HeldFile) -> None:
    watching = watch(file)
    scope = watching.begin(Terms(file), "test_a")
    watching.finished(observed(None))
    ((_, tally),) = scope.close()
    assert (tally.events, tally.unknown) == (0, 1)


def test_the_requests_that_a_test_may_look_at_are_bounded(file: HeldFile) -> None:
    watching = watch(file)
    scope = watching.begin(Terms(file), "test_a")
    for _ in range(MAX_REQUESTS + 1):
        watching.finished(observed(1))
    assert len(scope.requests) == MAX_REQUESTS
    assert scope.tallies.requests == MAX_REQUESTS + 1
