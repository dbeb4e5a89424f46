"""The gate, on a real Prometheus that scrapes counters."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

import pytest

from telemetry.__main__ import main
from telemetry.budgets.model import Subject
from tests.budgets.readers.exposition import Exposition, scraped, scraping
from tests.servers.ports import on_free_ports
from tests.servers.prometheus import Prometheus
from tests.servers.requirement import program

_FILE: Final = """
version: 1
service: candid-demo
defaults: {p99_ms: 800, min_events: 50}
routes:
  "GET /items/{item_id}": {queries: 3}
  "GET /health": exclude
"""
_APP: Final = """
from fastapi import FastAPI

app = FastAPI(openapi_url=None)
for path in ("/items/{item_id}", "/brands"):
    app.get(path)(lambda: None)
"""
_ITEM: Final = Subject("GET", "/items/{item_id}")
_BRANDS: Final = Subject("GET", "/brands")
_SERIES: Final = ((_ITEM, "p99_ms", "800"), (_ITEM, "queries", "3"), (_BRANDS, "p99_ms", "800"))
#: At least as many as there are tests.
_SERVICES: Final = 12


class Deployed:
    """A service whose counters a Prometheus scrapes, and the file that it is held against."""

    def __init__(self, prometheus: Prometheus, exposition: Exposition, job: str) -> None:
        self.prometheus = prometheus
        self.exposition = exposition
        self.job = job
        self.file = Path()
        self._events = 0

    def write(self, text: str) -> None:
        """Writes the budget file."""
        self.file.write_text(text.replace("candid-demo", self.job), encoding="utf-8")

    def count(self, subject: Subject, budget: str, limit: str, *, events: int, over: int = 0) -> None:
        """Adds events."""
        self.exposition.count(subject, budget, limit, events=events, over=over)
        self._events += events

    def await_series(self, count: int) -> None:
        """Waits until so many budgets are scraped."""
        scraped(self.prometheus, f'count(performance_budget_events_total{{job="{self.job}"}})', count)

    def restarted(self) -> None:
        """Forgets what was counted."""
        self._events = 0

    def await_events(self) -> None:
        """Waits until all that was counted is scraped."""
        scraped(self.prometheus, f'sum(performance_budget_events_total{{job="{self.job}"}})', self._events)

    def gate(self, *options: str) -> int:
        """Exit code, once all that was counted is scraped."""
        self.await_events()
        return main(["budgets", "gate", str(self.file), "--prometheus", self.prometheus.url, "--since", "1h", *options])


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[Deployed]]:
    """Services of one Prometheus, a fresh one for each test: all counters are at 0, and scraped once."""
    directory = tmp_path_factory.mktemp("prometheus")
    expositions = {f"service-{number}": Exposition() for number in range(_SERVICES)}
    executable = program("prometheus", package="prometheus")
    with ExitStack() as stack:
        for exposition in expositions.values():
            for subject, budget, limit in _SERIES:
                exposition.count(subject, budget, limit)
        ports = {job: [stack.enter_context(exposition.served())] for job, exposition in expositions.items()}
        config = directory / "prometheus.yml"
        config.write_text(scraping(ports), encoding="utf-8")
        server = on_free_ports(1, lambda free: Prometheus(executable, free[0], config, directory / "data"))
        stack.callback(server.stop)
        scraped(server, "count(performance_budget_over_total)", _SERVICES * len(_SERIES))
        yield iter([Deployed(server, exposition, job) for job, exposition in expositions.items()])


@pytest.fixture
def deployed(services: Iterator[Deployed], tmp_path: Path) -> Deployed:
    deployed = next(services)
    deployed.file = tmp_path / "budgets.yaml"
    deployed.write(_FILE)
    return deployed


def _all_within(deployed: Deployed) -> None:
    deployed.count(_ITEM, "p99_ms", "800", events=200, over=2)
    deployed.count(_ITEM, "queries", "3", events=200)
    deployed.count(_BRANDS, "p99_ms", "800", events=50)


def test_it_lets_a_deploy_pass_whose_budgets_are_all_within_even_at_what_is_allowed(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    _all_within(deployed)
    assert deployed.gate() == 0
    shown = capsys.readouterr().out
    assert "0 exceeded, 0 insufficient, 3 within" in shown


def test_it_names_route_budget_limit_share_over_and_what_is_allowed_of_a_budget_that_is_exceeded(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    _all_within(deployed)
    deployed.count(_ITEM, "queries", "3", events=100, over=30)
    assert deployed.gate() == 1
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("exceeded")]
    assert " ".join(row.split()) == "exceeded GET /items/{item_id} queries 3 300 30 10 % 1 %"


def test_too_few_events_are_insufficient_and_no_pass(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    _all_within(deployed)
    deployed.exposition.count(Subject("POST", "/items"), "p99_ms", "800")
    deployed.await_series(4)
    deployed.count(Subject("POST", "/items"), "p99_ms", "800", events=49, over=49)
    assert deployed.gate("--json") == 3
    found = json.loads(capsys.readouterr().out)["budgets"]
    assert next((one["http_request_method"], one["outcome"], one["events"]) for one in found) == (
        "POST",
        "insufficient",
        49,
    )
    assert deployed.gate("--need", "any") == 0


def test_a_route_that_was_not_asked_for_is_no_pass(deployed: Deployed) -> None:
    deployed.count(_ITEM, "p99_ms", "800", events=200)
    assert deployed.gate() == 3


def test_few_requests_that_no_route_serves_keep_no_deploy_back(
    deployed: Deployed, capsys: pytest.CaptureFixture[str]
) -> None:
    monitor = Subject("HEAD", "unmatched")
    deployed.exposition.count(monitor, "p99_ms", "800")
    deployed.await_series(4)
    _all_within(deployed)
    deployed.count(monitor, "p99_ms", "800", events=49)
    assert deployed.gate() == 0
    assert "unmatched" not in capsys.readouterr().out
    deployed.count(monitor, "p99_ms", "800", events=11, over=11)
    assert deployed.gate() == 1
    assert "exceeded  HEAD unmatched" in capsys.readouterr().out


def test_routes_that_the_application_does_not_have_are_left_out_and_named(
    deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop_of_the_gate.py").write_text(_APP, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    deployed.exposition.count(Subject("HEAD", "/items/{item_id}"), "p99_ms", "800")
    deployed.await_series(4)
    _all_within(deployed)
    deployed.count(Subject("HEAD", "/items/{item_id}"), "p99_ms", "800", events=3)
    assert deployed.gate() == 3
    capsys.readouterr()
    assert deployed.gate("--app", "shop_of_the_gate:app") == 0
    shown = capsys.readouterr().out
    assert "\nno route of the application: HEAD /items/{item_id}\n" in shown
    assert "0 exceeded, 0 insufficient, 3 within" in shown


def test_only_the_limit_of_the_file_counts(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.exposition.count(_BRANDS, "p99_ms", "500")
    deployed.await_series(4)
    _all_within(deployed)
    deployed.count(_BRANDS, "p99_ms", "500", events=1000, over=1000)
    assert deployed.gate() == 0
    deployed.write(_FILE.replace("p99_ms: 800", "p99_ms: 700"))
    assert deployed.gate() == 3
    assert "only limit 500, 800" in capsys.readouterr().out


def test_what_nobody_knows_is_said_with_its_cause(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    deployed.write(_FILE.replace("candid-demo", "other"))
    assert deployed.gate() == 3
    shown = capsys.readouterr().out
    assert 'no target has the label job="other"; there are: service-0, ' in shown
    assert "of which nothing is known" in shown


def test_what_was_counted_before_a_restart_counts(deployed: Deployed, capsys: pytest.CaptureFixture[str]) -> None:
    _all_within(deployed)
    deployed.await_events()
    deployed.exposition.restart()
    deployed.restarted()
    deployed.count(_ITEM, "queries", "3", events=100, over=30)
    assert deployed.gate("--json", "--need", "any") == 1
    (found, *_) = json.loads(capsys.readouterr().out)["budgets"]
    # Prometheus extrapolates by up to a scrape interval at each end, of the few seconds that there are.
    assert 300 <= found["events"] <= 450
    assert found["share_over"] == pytest.approx(0.1, rel=0.35)


def test_it_writes_junit_and_sarif(deployed: Deployed, tmp_path: Path) -> None:
    _all_within(deployed)
    deployed.count(_ITEM, "queries", "3", events=100, over=30)
    junit, sarif = tmp_path / "junit.xml", tmp_path / "log.sarif"
    assert deployed.gate("--junit", str(junit), "--sarif", str(sarif)) == 1
    (suite,) = ET.parse(junit).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("3", "1")
    (result,) = json.loads(sarif.read_text(encoding="utf-8"))["runs"][0]["results"]
    assert result["message"]["text"].startswith(
        "GET /items/{item_id}: queries 3: 30 of 300 events over, 10 %, where 1 % may be"
    )
    region = result["locations"][0]["physicalLocation"]["region"]
    assert region["startLine"] == 6


def test_a_report_that_cannot_be_written_is_bad_usage(
    deployed: Deployed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _all_within(deployed)
    assert deployed.gate("--junit", str(tmp_path / "missing" / "junit.xml")) == 2
    assert capsys.readouterr().err.strip().endswith("junit.xml: no such file or directory")
