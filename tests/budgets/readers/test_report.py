"""The report, on a real Prometheus with 57 days of history; its figures are held against the events themselves."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from telemetry.__main__ import main
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.download import Address
from telemetry.budgets.history import Window
from telemetry.budgets.load import load
from telemetry.budgets.model import Subject
from telemetry.budgets.percent import percent_text
from telemetry.budgets.prometheus import Prometheus
from telemetry.budgets.report import Report, Row, Source, Trend, reported
from telemetry.budgets.report_text import as_json, table
from telemetry.budgets.series import SeriesKey
from telemetry.budgets.tallies import Pair, added_up, exact, extrapolated, tallies
from tests.budgets.readers.exposition import JOB, Exposition, scraped, scraping
from tests.budgets.readers.past import DAY, END, STEP, Events, Past
from tests.servers import prometheus as servers
from tests.servers.ports import on_free_ports
from tests.servers.prometheus import Promtool
from tests.servers.requirement import program

_FILE: Final = """
version: 1
service: candid-demo
window: 28d
routes:
  "GET /items": {queries: 3}
  "GET /brands": {p99_ms: 800}
  "POST /orders": {p99_ms: 400}
  "PUT /users": {queries: 5}
  "DELETE /users": {queries: 2}
  "GET /never": {queries: 2, p99_ms: 90}
caches:
  brands: {hit_ratio: 0.9}
"""
_ITEMS, _BRANDS, _ORDERS = Subject("GET", "/items"), Subject("GET", "/brands"), Subject("POST", "/orders")
_PUT, _DELETE, _CACHE = Subject("PUT", "/users"), Subject("DELETE", "/users"), Subject(cache_namespace="brands")
_WEEKS: Final = 28 * DAY


def _is_night(moment: int) -> bool:
    return moment % DAY < DAY / 3


def _steady(moment: int) -> tuple[int, int]:
    return 10, int(moment % 6_000 == 0 and moment > END - _WEEKS)


def _slow_nights(moment: int) -> tuple[int, int]:
    return (1, 1) if _is_night(moment) else (300, 0)


def _mending(moment: int) -> tuple[int, int]:
    is_before = moment <= END - _WEEKS
    return 20, int(is_before and moment % 1_200 == 0)


_PAST: Final = Past(
    (
        Events(_ITEMS, "queries", "3", _steady, restarts=1.3),
        Events(_ITEMS, "queries", "3", _steady, restarts=2.1, instance="b"),
        Events(_BRANDS, "p99_ms", "800", _slow_nights),
        Events(_ORDERS, "p99_ms", "500", lambda moment: (10, 10), days=(57, 3)),
        Events(_ORDERS, "p99_ms", "400", lambda moment: (10, int(moment % 12_000 == 0)), days=(3, 0)),
        Events(_PUT, "queries", "5", _mending),
        Events(_DELETE, "queries", "2", lambda moment: (int(moment % (7 * DAY) == 0), 0)),
        Events(_CACHE, "hit_ratio", "0.9", lambda moment: (100, 20)),
    )
)
_LIMITS: Final = {
    (_ITEMS, "queries"): "3",
    (_BRANDS, "p99_ms"): "800",
    (_ORDERS, "p99_ms"): "400",
    (_PUT, "queries"): "5",
    (_DELETE, "queries"): "2",
    (_CACHE, "hit_ratio"): "0.9",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, promtool: Promtool) -> Iterator[servers.Prometheus]:
    directory = tmp_path_factory.mktemp("past")
    data = _PAST.write_blocks(promtool, directory)
    config = directory / "prometheus.yml"
    config.write_text("scrape_configs: []\n", encoding="utf-8")
    executable = program("prometheus", package="prometheus")
    running = on_free_ports(1, lambda ports: servers.Prometheus(executable, ports[0], config, data))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> BudgetBook:
    path = tmp_path_factory.mktemp("file") / "budgets.yaml"
    path.write_text(_FILE, encoding="utf-8")
    return load(path)


@pytest.fixture(scope="module")
def report(server: servers.Prometheus, book: BudgetBook) -> Report:
    return _reported(server, book, Window(_WEEKS, END))


@pytest.fixture(scope="module")
def recorded(server: servers.Prometheus, book: BudgetBook) -> Report:
    prometheus = Prometheus(Address.parse(server.url), 30, pytest.fail)
    source = Source(Pair.slices(book.service, book.window_days), added_up)
    return reported(book, prometheus, Window(_WEEKS, END), source)


def _reported(server: servers.Prometheus, book: BudgetBook, window: Window) -> Report:
    prometheus = Prometheus(Address.parse(server.url), 30, pytest.fail)
    return reported(book, prometheus, window, Source(Pair.counters(book.service), extrapolated))


def _row(report: Report, subject: Subject) -> Row:
    (row,) = [row for row in report.rows if row.subject == subject]
    return row


@pytest.mark.parametrize(("subject", "budget"), _LIMITS)
def test_each_figure_is_that_of_the_events(report: Report, subject: Subject, budget: str) -> None:
    row = _row(report, subject)
    events, over = _PAST.counted(subject, budget, _LIMITS[subject, budget], (28, 0))
    assert row.tally.events == pytest.approx(events, rel=2e-3)
    assert row.tally.share == pytest.approx(over / events, rel=2e-3)
    assert row.left == pytest.approx(1 - over / events / float(row.budget.allowed), rel=5e-3, abs=1e-6)


@pytest.mark.parametrize(("subject", "budget"), _LIMITS)
def test_what_the_rules_recorded_says_the_same(recorded: Report, subject: Subject, budget: str) -> None:
    row = _row(recorded, subject)
    events, over = _PAST.counted(subject, budget, _LIMITS[subject, budget], (28, 0))
    assert row.tally.events == pytest.approx(events, rel=2e-3)
    assert row.tally.share == pytest.approx(over / events, rel=2e-3)
    assert row.history is not None


def test_in_a_short_window_the_gate_counts_exactly_what_prometheus_would_extrapolate(
    server: servers.Prometheus, book: BudgetBook
) -> None:
    prometheus = Prometheus(Address.parse(server.url), 30, pytest.fail)
    key, pair = SeriesKey(_CACHE, "hit_ratio", "0.9"), Pair.counters(book.service)
    # Ten steps lie wholly in it, and half a step at each end.
    window = Window(11 * STEP, END + STEP / 2)
    assert tallies(prometheus, pair, window, exact)[key] == (1_000, 200)
    assert tallies(prometheus, pair, window, extrapolated)[key].events > 1_050


def test_a_quiet_night_does_not_weigh_like_a_busy_day(report: Report) -> None:
    # An average of hourly ratios would be a third.
    assert _row(report, _BRANDS).tally.share == pytest.approx(1 / 601, rel=1e-2)


@pytest.mark.parametrize(
    ("subject", "trend"),
    [(_ITEMS, Trend.WORSE), (_BRANDS, Trend.SAME), (_PUT, Trend.BETTER), (_ORDERS, None), (_DELETE, None)],
)
def test_the_trend_compares_with_the_window_before_where_both_hold_enough(
    report: Report, subject: Subject, trend: Trend | None
) -> None:
    assert _row(report, subject).trend is trend


def test_after_a_change_of_the_limit_only_the_time_since_is_known(report: Report) -> None:
    row = _row(report, _ORDERS)
    assert row.history is not None
    assert row.history.seconds == pytest.approx(3 * DAY, abs=2 * 3_600)
    assert row.history.since == pytest.approx(END - 3 * DAY, abs=3_600)


def test_the_worst_is_first_and_what_is_not_enough_is_last(report: Report) -> None:
    subjects = list(dict.fromkeys(row.subject for row in report.rows))
    assert subjects == [_CACHE, _ITEMS, _BRANDS, _ORDERS, _PUT, _DELETE, Subject("GET", "/never")]
    left = [row.left for row in report.rows if row.left is not None and row.is_enough]
    assert left == sorted(left)


def test_a_history_that_is_short_is_not_shown_as_the_window(server: servers.Prometheus, book: BudgetBook) -> None:
    early = _reported(server, book, Window(_WEEKS, END - 52 * DAY))
    shown = table(early)
    assert re.search(r"the last 28d, of which only (4d 23h|5d|5d 1h) are known$", shown.splitlines()[0])
    assert "of which nothing is known" in shown.splitlines()[1]
    assert _row(early, _ITEMS).trend is None


def test_a_gap_in_the_history_is_no_history(server: servers.Prometheus, book: BudgetBook) -> None:
    later = _reported(server, book, Window(_WEEKS, END + 14 * DAY))
    assert later.history is not None
    assert later.history.seconds == pytest.approx(14 * DAY, abs=2 * 3_600)


def test_the_table_fits_100_columns(report: Report) -> None:
    lines = table(report).splitlines()
    assert max(map(len, lines)) <= 100
    assert "the last 28d" in lines[0]
    (row,) = [line for line in lines if line.startswith("GET /items")]
    found = _row(report, _ITEMS)
    assert found.tally.share is not None
    assert found.left is not None
    figures = f"{round(found.tally.events)} {percent_text(found.tally.share)} 1 % {percent_text(found.left)}"
    assert " ".join(row.split()) == f"GET /items queries 3 {figures} 0 %, worse 28d"


def test_the_json_says_the_same(report: Report) -> None:
    content = json.loads(as_json(report))
    (fields,) = [one for one in content["budgets"] if one["http_route"] == "/items"]
    row = _row(report, _ITEMS)
    assert fields["share_over"] == row.tally.share
    assert fields["left"] == row.left
    assert fields["trend"] == "worse"
    assert (fields["http_request_method"], fields["budget"], fields["limit"]) == ("GET", "queries", 3)


def test_the_command_says_when_nothing_is_known(
    server: servers.Prometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(_FILE.replace("candid-demo", "other"), encoding="utf-8")
    assert main(["budgets", "report", str(path), "--prometheus", server.url]) == 3
    assert 'Nothing is known: no target has the label job="other"; there are: none' in capsys.readouterr().out


def test_the_command_names_the_rules_that_are_missing(
    start_prometheus: servers.StartPrometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(_FILE, encoding="utf-8")
    exposition = Exposition()
    exposition.count(_ITEMS, "queries", "3", events=9)
    with exposition.served() as port:
        server = start_prometheus({"prometheus.yml": scraping({JOB: [port]})})
        scraped(server, "sum(performance_budget_events_total)", 9)
        assert main(["budgets", "report", str(path), "--prometheus", server.url, "--read", "rules"]) == 3
    assert (
        "Nothing is known: no rule records performance:budget_events_slice:increase4m and"
        " performance:budget_over_slice:increase4m for it: load the rules of `budgets build`; if they are,"
        " the first slice takes some minutes."
    ) in capsys.readouterr().out


def test_the_command_reports(server: servers.Prometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(_FILE, encoding="utf-8")
    for what in ("counters", "rules"):
        assert main(["budgets", "report", str(path), "--prometheus", server.url, "--json", "--read", what]) == 0
        content: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert content["window_seconds"] == _WEEKS
        (items,) = [one for one in content["budgets"] if one["http_route"] == "/items"]
        assert items["share_over"] == pytest.approx(0.002, rel=0.02)
