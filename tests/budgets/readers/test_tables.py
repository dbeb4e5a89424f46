"""The tables of the gate and the report: short, and yet each row says which budgets it is about."""

from typing import Final

import pytest

from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.gate import Gate, Judged
from telemetry.budgets.gate_text import as_json
from telemetry.budgets.gate_text import table as gate_table
from telemetry.budgets.history import History, Window
from telemetry.budgets.model import Budget, Kind, Subject
from telemetry.budgets.report import Report, Row
from telemetry.budgets.report_text import table as report_table
from telemetry.budgets.tallies import Tally
from tests.budgets.made import budget

_ITEMS: Final = Subject("GET", "/items")
_BUDGETS: Final = tuple(
    budget(kind, "3", name)
    for kind, name in ((Kind.QUERIES, "queries"), (Kind.DB_TIME, "db_ms"), (Kind.LATENCY, "p95_ms"))
)
_HOUR: Final = Window(3_600, 100_000)
_WHOLE: Final = History(96_400, 3_600)


def _gate(*judged: Judged, left_out: tuple[Subject, ...] = ()) -> Gate:
    return Gate("shop", _HOUR, _WHOLE, judged, None, left_out)


def _insufficient(one: Budget, note: str, events: int = 0) -> Judged:
    return Judged(Finding(Outcome.INSUFFICIENT, _ITEMS, one, "budgets.yaml", "-", events, 0), note)


def _report(*tallies: tuple[Budget, Tally]) -> Report:
    rows = tuple(Row(_ITEMS, one, tally, _WHOLE, None) for one, tally in tallies)
    return Report("shop", _HOUR, _WHOLE, None, rows, None)


def _named(table: str) -> list[str]:
    """What stands under `budget` in the rows of the route."""
    return [line.partition("/items")[2].strip().partition("  ")[0] for line in table.splitlines() if "GET /i" in line]


def test_the_gate_shows_one_row_for_a_route_that_nobody_asked_for() -> None:
    assert _named(gate_table(_gate(*(_insufficient(one, "needs 50") for one in _BUDGETS)))) == ["all 3"]


@pytest.mark.parametrize(
    "last", [_insufficient(_BUDGETS[2], "needs 5"), _insufficient(_BUDGETS[2], "needs 50", events=7)], ids=str
)
def test_the_gate_names_budgets_that_are_not_all_of_their_route(last: Judged) -> None:
    judged = (*(_insufficient(one, "needs 50") for one in _BUDGETS[:2]), last)
    assert _named(gate_table(_gate(*judged))) == ["queries 3", "db_ms 3", "p95_ms 3"]


def test_the_gate_shows_some_of_the_routes_that_the_application_does_not_have_and_all_in_json() -> None:
    gate = _gate(left_out=tuple(Subject("HEAD", f"/{number}") for number in range(10)))
    lines = gate_table(gate).splitlines()
    assert "no route of the application: HEAD /7" in lines
    assert "no routes of the application: 2 more, shown by --json" in lines
    assert "HEAD /9" in as_json(gate)


def test_the_report_shows_one_row_for_a_route_that_nobody_asked_for() -> None:
    assert _named(report_table(_report(*((one, Tally(0, 0)) for one in _BUDGETS)))) == ["all 3"]


def test_the_report_names_budgets_that_are_not_all_of_their_route() -> None:
    first, *others = _BUDGETS
    table = report_table(_report((first, Tally(70, 0)), *((one, Tally(0, 0)) for one in others)))
    assert _named(table) == ["queries 3", "db_ms 3", "p95_ms 3"]
