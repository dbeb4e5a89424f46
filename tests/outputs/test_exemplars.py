"""Each bucket has an exemplar at once, and then one a second."""

from telemetry.outputs.exemplars import ExemplarPace


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_first_value_of_each_bucket_is_due() -> None:
    pace = ExemplarPace((0.1, 1.0), Clock())
    assert [pace.is_due(value) for value in (0.05, 0.5, 7.0)] == [True, True, True]
    assert [pace.is_due(value) for value in (0.06, 0.6, 8.0)] == [False, False, False]


def test_a_bucket_is_due_again_after_a_second() -> None:
    clock = Clock()
    pace = ExemplarPace((0.1,), clock)
    found = []
    for clock.now in (100.0, 100.9, 101.0, 101.1):
        found.append(pace.is_due(0.05))
    assert found == [True, False, True, False]


def test_a_bound_belongs_to_the_bucket_that_it_ends() -> None:
    pace = ExemplarPace((0.1,), Clock())
    assert pace.is_due(0.1)
    assert not pace.is_due(0.05)
