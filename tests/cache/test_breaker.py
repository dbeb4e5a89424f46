"""A breaker opens, rests, probes and closes."""

from telemetry.cache.breaker import Breaker


class SteppingClock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: SteppingClock) -> Breaker:
    breaker = Breaker(3, 1.0, clock)
    assert [breaker.failed() for _ in range(3)] == [False, False, True]
    return breaker


def test_failures_with_a_success_between_them_do_not_open_it() -> None:
    breaker = Breaker(3, 1.0, SteppingClock())
    for _ in range(5):
        breaker.failed()
        breaker.failed()
        assert breaker.succeeded() is False
    assert breaker.admits()


def test_it_opens_at_the_limit_and_admits_nothing_until_it_has_rested() -> None:
    clock = SteppingClock()
    breaker = opened(clock)
    clock.now += 0.999
    assert not breaker.admits()


def test_after_the_rest_one_probe_is_admitted_and_no_second() -> None:
    clock = SteppingClock()
    breaker = opened(clock)
    clock.now += 1.0
    assert [breaker.admits() for _ in range(3)] == [True, False, False]


def test_a_probe_that_fails_makes_it_rest_again_without_news() -> None:
    clock = SteppingClock()
    breaker = opened(clock)
    clock.now += 1.0
    assert breaker.admits()
    clock.now += 0.25
    assert breaker.failed() is False
    clock.now += 0.999
    assert not breaker.admits()
    clock.now += 0.001
    assert breaker.admits()


def test_a_probe_that_succeeds_closes_it_and_says_so_once() -> None:
    clock = SteppingClock()
    breaker = opened(clock)
    clock.now += 1.0
    assert breaker.admits()
    assert [breaker.succeeded(), breaker.succeeded()] == [True, False]
    assert all(breaker.admits() for _ in range(3))


def test_a_probe_that_never_reports_costs_one_more_rest() -> None:
    clock = SteppingClock()
    breaker = opened(clock)
    clock.now += 1.0
    assert breaker.admits()
    clock.now += 1.0
    assert breaker.admits()
