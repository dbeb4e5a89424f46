"""Verdicts agree with what a budget says, exactly, and are given only on figures that are known."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telemetry.budgets.judge import CacheJudge, RouteJudge, Verdict
from telemetry.budgets.model import SHARE_FLOOR_NS, Budget, Kind
from telemetry.request.breakdown import Breakdown, Figures, Unknown
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult
from tests.budgets.made import MS, budget, ending, repeat

FIGURES = Figures(30 * MS, db_busy_ns=15 * MS, db_queries=3, db_sum_ns=20 * MS, repeats=(repeat(5), repeat(6)))
AT_LIMIT = {
    Kind.LATENCY: "30",
    Kind.DB_TIME: "20",
    Kind.DB_SHARE: "0.5",
    Kind.QUERIES: "3",
    Kind.REPEATED_QUERIES: "11",
}
LESS = {
    Kind.LATENCY: "29.999999",
    Kind.DB_TIME: "19.9999999999",
    Kind.DB_SHARE: "0.4999999999999999999999",
    Kind.QUERIES: "2",
    Kind.REPEATED_QUERIES: "10",
}


def is_over(one: Budget, request: Ending) -> bool | None:
    """Whether *one* is over; None if the request is no event."""
    verdicts = RouteJudge([one])(request)
    assert all(verdict.budget is one for verdict in verdicts)
    return verdicts[0].is_over if verdicts else None


@pytest.mark.parametrize(("kind", "limit"), AT_LIMIT.items())
def test_a_figure_at_the_limit_is_within(kind: Kind, limit: str) -> None:
    assert is_over(budget(kind, limit), ending(FIGURES)) is False


@pytest.mark.parametrize(("kind", "limit"), LESS.items())
def test_a_figure_a_little_above_the_limit_is_over(kind: Kind, limit: str) -> None:
    assert is_over(budget(kind, limit), ending(FIGURES)) is True


@pytest.mark.parametrize("kind", [Kind.DB_TIME, Kind.DB_SHARE, Kind.QUERIES, Kind.REPEATED_QUERIES])
@pytest.mark.parametrize("reason", [Unknown.DATABASE_NOT_SEEN, Unknown.DRIVER_NOT_SEEN, Unknown.STATEMENTS_ELSEWHERE])
def test_a_figure_that_is_not_known_is_no_event(kind: Kind, reason: Unknown) -> None:
    assert is_over(budget(kind, "0.1"), ending(Figures(30 * MS, unknown=(reason,)))) is None


def test_a_count_stands_where_the_time_alone_is_unknown() -> None:
    unknown = (Unknown.STATEMENTS_NOT_TIMED,)
    request = ending(Figures(30 * MS, None, 9, unknown=unknown, repeats=(repeat(9),)))
    expected = {Kind.QUERIES: True, Kind.REPEATED_QUERIES: True, Kind.DB_TIME: None, Kind.DB_SHARE: None}
    assert {kind: is_over(budget(kind, "0.5"), request) for kind in expected} == expected


@pytest.mark.parametrize(("kind", "counts_late_work"), [
    (Kind.LATENCY, False), (Kind.DB_SHARE, False),
    (Kind.DB_TIME, True), (Kind.QUERIES, True), (Kind.REPEATED_QUERIES, True),
])  # fmt: skip
def test_the_work_after_the_response_counts_where_the_budget_is_about_it(kind: Kind, counts_late_work: bool) -> None:
    late = Figures(900 * MS, 700 * MS, 400, db_sum_ns=700 * MS, repeats=(repeat(400),))
    assert is_over(budget(kind, AT_LIMIT[kind]), ending(FIGURES, late)) is counts_late_work


@pytest.mark.parametrize(
    ("status_code", "latency", "error"), [(200, True, False), (404, True, False), (500, None, True), (503, None, True)]
)
def test_a_failure_counts_as_an_error_and_not_as_a_slow_response(
    status_code: int, latency: bool | None, error: bool
) -> None:
    request = ending(Figures(SHARE_FLOOR_NS), status_code=status_code)
    assert is_over(budget(Kind.LATENCY, "1"), request) is latency
    assert is_over(budget(Kind.ERROR_RATE, "0.001"), request) is error


def test_a_client_that_left_before_any_response_is_an_event_without_an_error() -> None:
    request = Ending(Breakdown("GET", "/", 500, FIGURES), FIGURES, is_served=False, has_failed=False)
    assert is_over(budget(Kind.ERROR_RATE, "0.001"), request) is False
    assert is_over(budget(Kind.LATENCY, "1"), request) is None


@pytest.mark.parametrize(("elapsed_ns", "over"), [(SHARE_FLOOR_NS - 1, None), (SHARE_FLOOR_NS, True)])
def test_a_share_of_a_trivial_response_is_no_event(elapsed_ns: int, over: bool | None) -> None:
    request = ending(Figures(elapsed_ns, db_busy_ns=elapsed_ns, db_queries=1, db_sum_ns=elapsed_ns))
    assert is_over(budget(Kind.DB_SHARE, "0.99"), request) is over


def test_verdicts_come_in_the_order_of_the_budgets_each_with_its_figure() -> None:
    budgets = [budget(Kind.QUERIES, "2"), budget(Kind.LATENCY, "30"), budget(Kind.ERROR_RATE, "0.1")]
    assert RouteJudge(budgets)(ending(FIGURES)) == (
        Verdict(budgets[0], 3, is_over=True),
        Verdict(budgets[1], 30 * MS, is_over=False),
        Verdict(budgets[2], 0, is_over=False),
    )


LIMITS = st.decimals(Decimal("0.0000001"), 100_000, allow_nan=False, allow_infinity=False)
NS = st.integers(0, 10**13)


@given(limit=LIMITS, sent_ns=NS, late_ns=NS, queries=st.integers(0, 10**6), counts=st.lists(st.integers(5, 500)))
@example(limit=Decimal(250), sent_ns=250 * MS, late_ns=0, queries=250, counts=[250])
@example(limit=Decimal(250), sent_ns=250 * MS + 1, late_ns=0, queries=251, counts=[251])
def test_the_judge_agrees_with_the_plain_definition_in_decimals(
    limit: Decimal, sent_ns: int, late_ns: int, queries: int, counts: list[int]
) -> None:
    sent = Figures(sent_ns, sent_ns, queries, db_sum_ns=sent_ns)
    final = Figures(
        sent_ns + late_ns, sent_ns, queries, db_sum_ns=sent_ns + late_ns, repeats=tuple(map(repeat, counts))
    )
    request, text = ending(sent, final), f"{limit:f}"
    assert is_over(budget(Kind.LATENCY, text), request) is (Fraction(sent_ns, MS) > Fraction(text))
    assert is_over(budget(Kind.DB_TIME, text), request) is (Fraction(sent_ns + late_ns, MS) > Fraction(text))
    assert is_over(budget(Kind.QUERIES, text), request) is (queries > Decimal(text))
    assert is_over(budget(Kind.REPEATED_QUERIES, text), request) is (sum(counts) > Decimal(text))
    assert CacheJudge([budget(Kind.CACHE_LATENCY, text)])(CacheResult.HIT, sent_ns)[0].is_over is (
        Fraction(sent_ns, MS) > Fraction(text)
    )


@given(
    limit=st.decimals(Decimal("0.000001"), 1, places=6),
    elapsed_ns=st.integers(SHARE_FLOOR_NS, 10**13),
    share=st.fractions(0, 1),
)
@example(limit=Decimal("0.8"), elapsed_ns=100 * MS, share=Fraction(8, 10))
def test_a_share_agrees_with_the_fraction_of_whole_nanoseconds(
    limit: Decimal, elapsed_ns: int, share: Fraction
) -> None:
    busy_ns = int(elapsed_ns * share)
    request = ending(Figures(elapsed_ns, busy_ns, 1, db_sum_ns=busy_ns))
    assert is_over(budget(Kind.DB_SHARE, f"{limit:f}"), request) is (Fraction(busy_ns, elapsed_ns) > Fraction(limit))


@pytest.mark.parametrize(
    ("result", "duration_ns", "miss", "slow"),
    [
        (CacheResult.HIT, 5 * MS, False, False),
        (CacheResult.HIT, 5 * MS + 1, False, True),
        (CacheResult.MISS, 9 * MS, True, True),
        (CacheResult.MISS, None, True, None),
        (CacheResult.BYPASS, 9 * MS, True, None),
    ],
)
def test_each_look_up_is_an_event_and_timed_if_the_store_answered(
    result: CacheResult, duration_ns: int | None, miss: bool, slow: bool | None
) -> None:
    budgets = [budget(Kind.HIT_RATIO, "0.9"), budget(Kind.CACHE_LATENCY, "5")]
    over = {verdict.budget.kind: verdict.is_over for verdict in CacheJudge(budgets)(result, duration_ns)}
    assert over.get(Kind.HIT_RATIO) is miss
    assert over.get(Kind.CACHE_LATENCY) is slow


def test_budgets_of_caches_do_not_judge_requests_nor_the_reverse() -> None:
    every = [budget(kind, "0.5") for kind in Kind]
    assert {verdict.budget.kind for verdict in RouteJudge(every)(ending(FIGURES))} == set(Kind) - {
        Kind.HIT_RATIO,
        Kind.CACHE_LATENCY,
    }
    assert len(CacheJudge(every)(CacheResult.HIT, MS)) == 2
