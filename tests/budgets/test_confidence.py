"""What is said of a share after some events is wrong in few runs, and never for want of events."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.confidence import RISK, events_needed, outcome_of
from telemetry.budgets.finding import Outcome

_SHARES = st.decimals(Decimal("0.001"), Decimal("0.5"), places=3)


@pytest.mark.parametrize(("allowed", "needed"), [("0.05", 59), ("0.01", 299), ("0.001", 2995)])
def test_clean_events_are_within_once_there_are_as_many_as_the_rule_says(allowed: str, needed: int) -> None:
    share = Decimal(allowed)
    assert (1 - share) ** needed <= Decimal("0.05") < (1 - share) ** (needed - 1)
    assert events_needed(share) == needed
    assert outcome_of(needed, 0, share) is Outcome.WITHIN
    assert outcome_of(needed - 1, 0, share) is Outcome.INSUFFICIENT


@pytest.mark.parametrize("over", [1, 2, 10, 58])
def test_few_events_say_nothing_however_bad_they_are(over: int) -> None:
    assert outcome_of(58, over, Decimal("0.05")) is Outcome.INSUFFICIENT


@given(_SHARES, st.integers(0, 3_000), st.integers(0, 3_000))
def test_no_more_over_than_allowed_is_no_breach_and_no_fewer_is_not_within(
    allowed: Decimal, events: int, over: int
) -> None:
    over = min(over, events)
    outcome = outcome_of(events, over, allowed)
    if over <= allowed * events:
        assert outcome is not Outcome.EXCEEDED
    if over >= allowed * events:
        assert outcome is not Outcome.WITHIN


@given(_SHARES, st.integers(1, 400))
def test_a_service_just_within_is_accused_in_few_runs_and_one_just_over_cleared_in_few(
    allowed: Decimal, events: int
) -> None:
    chances = _chances(events, float(allowed))
    accused = math.fsum(chances[over] for over in range(events + 1) if _is(Outcome.EXCEEDED, events, over, allowed))
    cleared = math.fsum(chances[over] for over in range(events + 1) if _is(Outcome.WITHIN, events, over, allowed))
    assert accused <= RISK + 1e-9
    assert cleared <= RISK + 1e-9


@given(_SHARES, st.integers(0, 30))
def test_the_number_that_is_asked_for_is_the_smallest_that_is_enough(allowed: Decimal, over: int) -> None:
    needed = events_needed(allowed, over)
    assert outcome_of(needed, over, allowed) is Outcome.WITHIN
    assert outcome_of(needed - 1, over, allowed) is not Outcome.WITHIN


def test_many_events_are_judged_without_losing_digits() -> None:
    assert outcome_of(1_000_000, 49_000, Decimal("0.05")) is Outcome.WITHIN
    assert outcome_of(1_000_000, 51_000, Decimal("0.05")) is Outcome.EXCEEDED


def _chances(events: int, share: float) -> list[float]:
    """By another way than the one under test."""
    return [math.comb(events, over) * share**over * (1 - share) ** (events - over) for over in range(events + 1)]


def _is(outcome: Outcome, events: int, over: int, allowed: Decimal) -> bool:
    return outcome_of(events, over, allowed) is outcome
