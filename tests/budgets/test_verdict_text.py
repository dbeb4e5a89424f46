"""A verdict in words never contradicts itself."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry.budgets.judge import RouteJudge, Verdict
from telemetry.budgets.model import Kind
from telemetry.budgets.verdict_text import figure_text, over_names, over_text
from telemetry.request.breakdown import Figures
from tests.budgets.made import MS, budget, ending


@pytest.mark.parametrize(
    ("verdict", "text"),
    [
        (Verdict(budget(Kind.QUERIES, "3"), 7, is_over=True), "queries 7>3"),
        (Verdict(budget(Kind.DB_TIME, "40"), 48_123_456, is_over=True), "db_ms 48.12>40"),
        (Verdict(budget(Kind.LATENCY, "250", "p95_ms"), 250 * MS + 1, is_over=True), "p95_ms 250.000001>250"),
        (Verdict(budget(Kind.DB_SHARE, "0.8"), 0.912, is_over=True), "db_share 0.91>0.8"),
        (Verdict(budget(Kind.DB_SHARE, "0.8"), 0.80000001, is_over=True), "db_share 0.800000010>0.8"),
        (Verdict(budget(Kind.ERROR_RATE, "0.001"), 1, is_over=True), "error_rate"),
        (Verdict(budget(Kind.HIT_RATIO, "0.9"), 0, is_over=True), "hit_ratio"),
    ],
)
def test_what_is_over_is_told_in_the_unit_of_the_file(verdict: Verdict, text: str) -> None:
    assert over_text(verdict) == text


def test_figures_that_are_yes_or_no_are_told_in_words() -> None:
    failed = Verdict(budget(Kind.ERROR_RATE, "0.001"), 1, is_over=True)
    assert figure_text(failed) == "failed"
    assert figure_text(failed._replace(figure=0, is_over=False)) == "no error"


@given(limit=st.decimals(Decimal("0.001"), 10_000, places=3), elapsed_ns=st.integers(0, 10**13))
@example(limit=Decimal("0.001"), elapsed_ns=1_000)
def test_the_figure_shown_is_on_the_same_side_of_the_limit_as_the_verdict(limit: Decimal, elapsed_ns: int) -> None:
    (verdict,) = RouteJudge([budget(Kind.LATENCY, f"{limit:f}")])(ending(Figures(elapsed_ns)))
    assert (Decimal(figure_text(verdict)) > limit) is verdict.is_over


def test_a_name_with_several_limits_is_told_once() -> None:
    latencies = [budget(Kind.LATENCY, limit, "latency") for limit in ("1", "2", "50")]
    verdicts = RouteJudge([*latencies, budget(Kind.QUERIES, "0")])(ending(Figures(10 * MS, 1, 2, db_sum_ns=1)))
    assert over_names(verdicts) == ["latency", "queries"]
