"""What follows from measurements."""

import pytest

from benchmarks.plan import AGAIN, BARE, CANDID, CONTRIB, HUNDRED, NO_QUERIES, STACK, THOUSAND
from benchmarks.samples import Memory, Samples
from tests.benchmarks.results import results


def test_what_a_configuration_adds_is_what_the_bare_application_does_not_cost() -> None:
    assert results().samples.added_us(CANDID, NO_QUERIES.name) == [120.0, 120.0]


def test_the_stack_adds_exactly_one_s_and_the_bare_twin_none() -> None:
    samples = results().samples
    assert samples.ratios(STACK, HUNDRED.name) == [1.0, 1.0]
    assert samples.ratios(AGAIN, HUNDRED.name) == [0.0, 0.0]


def test_the_cost_of_a_further_query_is_found_at_both_distances() -> None:
    first, second = results().samples.query_us(CONTRIB)
    assert first == pytest.approx([70.0, 70.0])
    assert second == pytest.approx([70.0, 70.0])


def test_a_cost_per_registered_route_is_found_beside_that_of_the_bare_application() -> None:
    samples = results().samples
    assert samples.route_us(CONTRIB) == pytest.approx([2.0, 2.0])
    assert samples.route_us(CANDID) == pytest.approx([0.0, 0.0])
    assert samples.route_us(BARE) == [0.0, 0.0]


def test_growth_of_memory_counts_from_the_middle_where_caches_are_full() -> None:
    assert Memory(1_000, (10 * 2**20, 40 * 2**20, 50 * 2**20, 50 * 2**20, 52 * 2**20)).late_growth_mib() == 2.0


def test_growth_of_a_query_s_cost_is_held_beside_that_of_the_stack() -> None:
    assert results().samples.rises(CANDID) == pytest.approx([1.0, 1.0])
    samples = results().samples
    dearer = {**samples.cpu_us, (CANDID, THOUSAND.name): [samples.cpu_us[CANDID, THOUSAND.name][0] + 70.0 * 900] * 2}
    assert Samples(dearer).rises(CANDID) == pytest.approx([2.0, 2.0])
