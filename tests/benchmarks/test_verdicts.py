"""The verdict that is measured is one on six budgets, of which some are over."""

from benchmarks.verdicts import VERDICT_BUDGETS, verdicts_us


def test_each_round_gives_one_time() -> None:
    found = verdicts_us(3)
    assert VERDICT_BUDGETS == 6
    assert len(found) == 3
    assert all(0 < time_us < 1_000 for time_us in found)
