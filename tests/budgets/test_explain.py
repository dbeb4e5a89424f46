"""`budgets explain` says for each route what applies to it, and which line says so."""

from pathlib import Path

import pytest

from telemetry.__main__ import main
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
from tests.budgets.test_check_golden import APP

FILE = """version: 1
service: shop
defaults: {p95_ms: 250, queries: 15}
routes:
  "* /api/items*": {queries: {limit: 3, objective: 0.999}, owner: items}
  "POST /api/items":
    queries: false
    alerts: ticket
  "GET /health": exclude
  "* unmatched": {p95_ms: false, queries: false}
caches:
  items: {hit_ratio: 0.90}
"""
TABLE = """
SUBJECT                   BUDGET     LIMIT  OBJECTIVE  LINE  ALERTS      MIN EVENTS  OWNER
GET /api/items            p95_ms     250    0.95       3     page        50          items (5)
GET /api/items            queries    3      0.999      5     ticket      50          items (5)
POST /api/items           p95_ms     250    0.95       3     ticket (8)  50          items (5)
GET /api/items/{item_id}  p95_ms     250    0.95       3     page        50          items (5)
GET /api/items/{item_id}  queries    3      0.999      5     ticket      50          items (5)
GET /health               excluded   -      -          9     -           -           -
* unmatched               none       -      -          -     -           -           -
cache items               hit_ratio  0.9    0.9        12    ticket      50          -
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "budgets.yaml"
    path.write_text(FILE)
    return path


def test_each_route_has_its_budgets_and_their_lines(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["budgets", "explain", str(path), *APP]) == 0
    assert capsys.readouterr().out == TABLE.lstrip("\n")


def test_methods_of_unmatched_requests_are_told_apart_if_the_file_does(
    path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path.write_text(FILE.replace('"* unmatched"', '"POST unmatched"'))
    assert main(["budgets", "explain", str(path), *APP]) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines() if " unmatched " in line]
    assert [row[0] for row in rows if row[2] == "p95_ms"] == [
        method for method, _ in UNMATCHED_ROUTES if method != "POST"
    ]
    assert ["POST", "unmatched", "none"] in [row[:3] for row in rows]


def test_a_file_that_does_not_fit_the_application_is_refused(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(FILE + "  brands: {hit_ratio: 90}\n")
    assert main(["budgets", "explain", str(path), *APP]) == 2
    assert f"{path}:13:23: hit_ratio is 90" in capsys.readouterr().err
    path.write_text(FILE.replace("/health", "/heath"))
    assert main(["budgets", "explain", str(path), *APP]) == 2
    assert "did you mean GET /health?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("app", "said"),
    [
        ("tests.budgets.small_app:nothing", "cannot load tests.budgets.small_app:nothing"),
        ("tests.budgets.nowhere:app", "cannot load tests.budgets.nowhere:app"),
        ("small_app", "write it as module:app"),
        ("tests.budgets.test_explain:no_routes", "has no routes"),
    ],
)
@pytest.mark.parametrize("action", ["check", "explain"])
def test_an_application_that_cannot_be_loaded_is_one_line(
    path: Path, capsys: pytest.CaptureFixture[str], action: str, app: str, said: str
) -> None:
    assert main(["budgets", action, str(path), "--app", app]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"{action}: ")
    assert said in line


async def no_routes(_scope: object, _receive: object, _send: object) -> None:
    """An ASGI application of unknown make."""


def test_the_file_may_be_named_by_the_environment(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["budgets", "check"]) == 2
    assert "TELEMETRY_BUDGETS" in capsys.readouterr().err
    monkeypatch.setenv("TELEMETRY_BUDGETS", str(path))
    assert main(["budgets", "check"]) == 0
