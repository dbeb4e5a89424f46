"""The bars: each must fail when its promise is broken."""

import pytest

from benchmarks.bars import Bar, bars
from benchmarks.plan import CANDID, CANDID_UNSAMPLED
from benchmarks.spread import Spread
from tests.benchmarks.results import Costs, results


def failed(changed: Costs | None = None, grown_bytes: int = 0) -> list[str]:
    return [bar.promise for bar in bars(results(changed, grown_bytes)) if not bar.holds]


def test_all_bars_hold_for_costs_below_them() -> None:
    assert failed() == []


def test_every_promise_of_the_issue_has_a_bar() -> None:
    promises = "\n".join(bar.promise for bar in bars(results()))
    for route in ("0 queries", "1 query", "10 queries", "100 queries", "hit"):
        assert f"{route}: everything sampled adds <= 1.05 S" in promises
        assert f"{route}: at 1 % sampling adds <= 0.7 S" in promises
    assert "0 queries: everything sampled adds <= 0.5 S" in promises
    for words in ("a query of 1000", "a registered route", "memory grows"):
        assert promises.count(words) == 2


@pytest.mark.parametrize(
    ("changed", "broken"),
    [
        ({CANDID: (170.0, 70.0, 0.0)}, ["0 queries: everything sampled adds <= 0.5 S"]),
        (
            {CANDID: (120.0, 100.0, 0.0)},
            ["10 queries: everything sampled adds <= 1.05 S", "100 queries: everything sampled adds <= 1.05 S"],
        ),
        ({CANDID_UNSAMPLED: (60.0, 52.0, 0.0)}, ["100 queries: at 1 % sampling adds <= 0.7 S"]),
        ({CANDID: (120.0, 70.0, 0.5)}, ["candid: a registered route costs <= 0.1 of what it costs contrib"]),
    ],
)
def test_what_costs_too_much_breaks_its_bar_and_no_other(changed: Costs, broken: list[str]) -> None:
    assert failed(changed) == broken


def test_dear_verdicts_break_their_bar() -> None:
    broken = [bar.promise for bar in bars(results(verdict_us=20.1)) if not bar.holds]
    assert broken == ["verdicts on 6 budgets, counted, take <= 20 µs"]


def test_growing_memory_breaks_the_bar_of_both_sampling_rates() -> None:
    assert len(failed(grown_bytes=3 * 2**20)) == 2


@pytest.mark.parametrize(("low", "high", "is_clear"), [(0.8, 0.9, True), (0.9, 1.1, False), (1.1, 1.2, True)])
def test_a_bar_inside_the_middle_half_of_the_rounds_is_not_clear(low: float, high: float, is_clear: bool) -> None:
    assert Bar("", 1.0, Spread((low + high) / 2, low, high, low, high, 9)).is_clear is is_clear
