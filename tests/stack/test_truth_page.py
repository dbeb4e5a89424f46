"""`docs/truth.md` says of every mode what its tests prove, and of no other."""

from dataclasses import dataclass
from typing import Final

import pytest

from service.settings import ROOT
from tests.stack.elsewhere import ELSEWHERE
from tests.stack.modes import MODES, Mode
from tests.stack.variants import VARIANTS

PAGE: Final = ROOT / "docs" / "truth.md"
HEADER: Final = ["Mode", "queries", "db;dur", "What is left out, and why"]


@dataclass(frozen=True)
class Row:
    queries: str
    db: str
    reason: str


def rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for line in PAGE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and cells != HEADER and set(line) - set("|-"):
            mode, *rest = cells
            assert mode not in found, mode
            found[mode] = Row(*rest)
    return found


def queries_of(mode: Mode) -> str:
    """What the page must say of the count."""
    if mode.queries is None:
        return "left out"
    if mode.outside:
        return "not all"
    if mode.sends_more:
        return "as called"
    return "so far" if mode.late or mode.final is not None else "true"


def db_of(mode: Mode) -> str:
    """What the page must say of the time."""
    if not mode.is_timed:
        return "left out"
    if mode.outside:
        return "not all"
    return "so far" if mode.late or mode.final is not None else "true"


def test_every_mode_has_a_row_and_every_row_is_a_mode() -> None:
    modes = {mode.name for mode in MODES} | {variant.name for variant in VARIANTS} | set(ELSEWHERE)
    assert set(rows()) == modes


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_the_row_of_a_mode_says_what_is_proved(mode: Mode) -> None:
    row = rows()[mode.name]
    assert (row.queries, row.db) == (queries_of(mode), db_of(mode))


@pytest.mark.parametrize("name", [variant.name for variant in VARIANTS])
def test_a_variant_has_the_figures_of_all_modes(name: str) -> None:
    assert (rows()[name].queries, rows()[name].db) == ("true", "true")


def test_what_is_not_simply_true_has_a_reason() -> None:
    assert {row.queries for row in rows().values()} <= {"true", "so far", "as called", "not all", "left out", "none"}
    assert not [name for name, row in rows().items() if not row.reason and (row.queries, row.db) != ("true", "true")]
