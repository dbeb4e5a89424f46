"""The table and its JSON form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.doctor.finding import Finding, Status, note, ok, problem
from telemetry.doctor.table import WIDTH, as_json, coloured, table

FINDINGS = (
    ok("engine", "sqlite+pysqlite: its statements are timed"),
    problem("exporter", "it cannot be reached, " * 6, "Start the collector, " * 5),
    note("redis", ""),
)

TABLE = """\
doctor: shop.main:app

part      status   what was found
--------  -------  --------------
engine    ok       sqlite+pysqlite: its statements are timed
exporter  problem  it cannot be reached, it cannot be reached, it cannot be reached, it cannot be
                   reached, it cannot be reached, it cannot be reached,
                   Remedy: Start the collector, Start the collector, Start the collector, Start the
                           collector, Start the collector,
redis     note

1 problem, 1 note, 1 ok"""


def test_the_table_has_one_row_for_each_finding_with_its_remedy_below() -> None:
    assert table("doctor: shop.main:app", FINDINGS) == TABLE


def test_on_a_terminal_only_the_status_is_coloured() -> None:
    shown = table("doctor: shop.main:app", FINDINGS, coloured)
    assert "exporter  \x1b[31;1mproblem\x1b[0m  it cannot" in shown
    assert shown.count("\x1b[0m") == len(FINDINGS)


@given(st.lists(st.builds(problem, st.just("part"), st.text(max_size=300), st.text(min_size=1, max_size=300))))
def test_no_line_is_wider_than_the_table(findings: list[Finding]) -> None:
    assert all(len(line) <= WIDTH for line in table("title", findings).splitlines())


def test_json_holds_every_field() -> None:
    assert json.loads(as_json("shop.main:app", FINDINGS[:1])) == {
        "target": "shop.main:app",
        "findings": [
            {
                "part": "engine",
                "status": "ok",
                "what": "sqlite+pysqlite: its statements are timed",
                "remedy": None,
            }
        ],
    }


def test_a_problem_without_a_remedy_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="engine: a problem needs a remedy"):
        Finding("engine", Status.PROBLEM, "it is not timed")
