"""A run of a few requests: what is measured is what the report says."""

import json
from pathlib import Path

import pytest

from benchmarks import __main__ as command
from benchmarks.fleet import Places, WorkerError, fleet
from benchmarks.plan import CANDID, CONFIGURATIONS, HIT, NO_QUERIES, TEN, Case, Plan
from benchmarks.sink import sink

TINY = Plan(sets=1, rounds=1, share=0.01, memory_requests=20, most_seconds=1)


@pytest.mark.timeout(300)
def test_a_run_measures_every_configuration_and_writes_what_it_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "QUICK", TINY)
    assert command.main(["--quick", "--json", str(tmp_path / "found.json")]) == 0
    found = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert found["cpu_us_per_request"].keys() == {configuration.name for configuration in CONFIGURATIONS}
    assert all(
        value > 0 for cases in found["cpu_us_per_request"].values() for values in cases.values() for value in values
    )
    spans = found["spans_per_request"]
    assert not any(spans["bare"].values())
    # SERVER, connect and the queries at least; the contrib stack has two more for what it sends.
    assert spans["candid"]["100 queries"] >= 102
    assert spans["contrib+instrumentator"]["100 queries"] >= 104
    assert spans["candid-1%"]["100 queries"] < 102
    printed = capsys.readouterr()
    assert "set 1 of 1, round 1 of 1" in printed.err
    assert "Added CPU, share of S" in printed.out


def test_candid_is_measured_with_header_metrics_and_export_on() -> None:
    candid = [each for each in CONFIGURATIONS if each.name == CANDID]
    with sink() as receiver, fleet(candid, Places(receiver, "")) as workers:
        worker = workers[CANDID]
        assert 'queries;desc="10 Queries"' in worker.headers(TEN)["server-timing"]
        assert 'cache;desc="Cache Hit"' in worker.headers(Case(HIT, "/hit", 1))["server-timing"]
        assert worker.headers(Case("", "/metrics", 1))["content-type"].startswith("text/plain")
        worker.serve(NO_QUERIES, 2)
        assert receiver.count(CANDID) >= 2


def test_an_answer_other_than_200_ends_the_run_with_the_reason() -> None:
    bare = [each for each in CONFIGURATIONS if each.name == "bare"]
    with (
        sink() as receiver,
        fleet(bare, Places(receiver, "")) as workers,
        pytest.raises(WorkerError, match="GET /missing was answered 404"),
    ):
        workers["bare"].serve(Case("missing", "/missing", 1), 1)


@pytest.mark.parametrize(("added_us", "code"), [(120.0, 0), (400.0, 1)])
def test_check_turns_a_broken_bar_into_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, added_us: float, code: int
) -> None:
    from tests.benchmarks.results import results

    monkeypatch.setattr(command, "results_of", lambda _plan, _say: results({CANDID: (added_us, 70.0, 0.0)}))
    assert command.main(["--check"]) == code
    assert command.main([]) == 0
