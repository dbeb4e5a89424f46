"""What the look-ups of a request say of its cache."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.request.lookups import CacheResult, CacheStatus, LookupTally

HIT, MISS, BYPASS = CacheResult


def tallied(results: list[CacheResult]) -> LookupTally:
    tally = LookupTally()
    for result in results:
        tally = tally.plus(result)
    return tally


@pytest.mark.parametrize(
    ("results", "status"),
    [
        ([], None),
        ([HIT], CacheStatus.HIT),
        ([MISS], CacheStatus.MISS),
        ([BYPASS], CacheStatus.BYPASS),
        ([HIT, MISS], CacheStatus.PARTIAL),
        ([HIT, BYPASS], CacheStatus.PARTIAL),
        ([MISS, BYPASS], CacheStatus.BYPASS),
        ([HIT, MISS, BYPASS], CacheStatus.PARTIAL),
    ],
)
def test_the_status_of_every_combination(results: list[CacheResult], status: CacheStatus | None) -> None:
    assert tallied(results).status() is status


@given(st.lists(st.sampled_from(CacheResult)))
def test_the_status_claims_no_more_than_is_known(results: list[CacheResult]) -> None:
    status = tallied(results).status()
    assert (status is None) == (not results)
    assert (status is CacheStatus.HIT) == (set(results) == {HIT})
    assert (status is CacheStatus.MISS) == (set(results) == {MISS})
    assert (status is CacheStatus.PARTIAL) == (HIT in results and set(results) != {HIT})


@given(st.lists(st.sampled_from(CacheResult)))
def test_no_look_up_is_lost(results: list[CacheResult]) -> None:
    tally = tallied(results)
    assert (tally.hits, tally.misses, tally.bypasses) == tuple(results.count(kind) for kind in (HIT, MISS, BYPASS))


@given(st.lists(st.sampled_from(CacheResult)), st.lists(st.sampled_from(CacheResult)))
def test_a_difference_is_what_came_in_between(earlier: list[CacheResult], later: list[CacheResult]) -> None:
    assert tallied(earlier + later).minus(tallied(earlier)) == tallied(later)
