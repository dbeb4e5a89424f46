"""What `docs/budgets.md` shows of the gate and the report is what they print."""

import json
import re
from decimal import Decimal
from typing import Any, Final

from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.gate import Gate, Judged
from telemetry.budgets.gate_text import as_json as gate_json
from telemetry.budgets.gate_text import table as gate_table
from telemetry.budgets.history import History, Window
from telemetry.budgets.keys import CACHE_KEYS, ROUTE_KEYS
from telemetry.budgets.model import Alerts, Budget, Place, Subject
from telemetry.budgets.report import Report, Row
from telemetry.budgets.report_text import as_json as report_json
from telemetry.budgets.report_text import table as report_table
from telemetry.budgets.tallies import Tally
from tests.budgets.test_docs import TEXT, blocks

_DAY: Final = 86_400
_ITEM, _BRANDS, _CACHE = Subject("GET", "/items/{id}"), Subject("GET", "/brands"), Subject(cache_namespace="brands")
_DELETE: Final = Subject("DELETE", "/items/{id}")


def _budget(name: str, limit: str) -> Budget:
    (key, *_) = [key for key in (*ROUTE_KEYS, *CACHE_KEYS) if key.name == name]
    objective = key.objective_for(Decimal(limit))
    assert objective is not None
    return Budget(name, key.kind, Decimal(limit), objective, Alerts.TICKET, 50, None, Place(1, 1))


def _judged(outcome: Outcome, subject: Subject, budget: Budget, events: int, over: int, note: str = "") -> Judged:
    return Judged(Finding(outcome, subject, budget, "budgets.yaml", "-", events, over), note)


_GATE: Final = Gate(
    "shop",
    Window(3_600, 10 * _DAY),
    History(10 * _DAY - 730, 730),
    (
        _judged(Outcome.EXCEEDED, _ITEM, _budget("queries", "3"), 1040, 54),
        _judged(Outcome.INSUFFICIENT, _DELETE, _budget("queries", "3"), 12, 0, "needs 50"),
        _judged(Outcome.INSUFFICIENT, _BRANDS, _budget("p99_ms", "300"), 0, 0, "only limit 250"),
        _judged(Outcome.WITHIN, _CACHE, _budget("hit_ratio", "0.9"), 400, 31),
    ),
    None,
)
_WHOLE: Final = History(72 * _DAY, 28 * _DAY)
_REPORT: Final = Report(
    "shop",
    Window(28 * _DAY, 100 * _DAY),
    _WHOLE,
    History(62 * _DAY, 10 * _DAY),
    (
        Row(_ITEM, _budget("queries", "3"), Tally(98_000, 2_100), _WHOLE, Tally(40_000, 120)),
        Row(_CACHE, _budget("hit_ratio", "0.9"), Tally(51_300, 3_850), _WHOLE, Tally(20_100, 1_530)),
        Row(_BRANDS, _budget("p99_ms", "300"), Tally(9_400, 8), History(97 * _DAY, 3 * _DAY), None),
        Row(_DELETE, _budget("queries", "3"), Tally(12, 0), _WHOLE, Tally(7, 0)),
    ),
    None,
)


def test_the_table_of_the_gate_is_what_it_prints() -> None:
    assert gate_table(_GATE) + "\n" in blocks("text")


def test_the_table_of_the_report_is_what_it_prints() -> None:
    assert report_table(_REPORT) + "\n" in blocks("text")


def test_every_field_of_the_gate_has_its_row() -> None:
    assert _fields(json.loads(gate_json(_GATE))) == _documented("After a deploy")


def test_every_field_of_the_report_has_its_row() -> None:
    also = _documented("After a deploy") - {"left_out", "outcome", "message"}
    assert _fields(json.loads(report_json(_REPORT))) == also | _documented("Report")


def _fields(content: dict[str, Any]) -> set[str]:
    return set(content) | {field for budget in content["budgets"] for field in budget}


def _documented(section: str) -> set[str]:
    text = TEXT.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    rows = text.partition("| Field | Means |")[2].splitlines()
    return {name for row in rows if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split(" | ")[0])}
