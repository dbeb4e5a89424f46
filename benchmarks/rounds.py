"""Asks every configuration for small batches, in random order, again and again."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import Final, TypeVar

from benchmarks.fleet import Places, Worker, fleet
from benchmarks.plan import CASES, CONFIGURATIONS, LARGE, NO_QUERIES, Case, Configuration, Plan
from benchmarks.samples import Samples

T = TypeVar("T")
Say = Callable[[str], None]
Spans = dict[tuple[str, str], float]

_NS_PER_US: Final = 1_000
_COMPARED: Final = ((NO_QUERIES, LARGE), *((case,) for case in CASES if case not in (NO_QUERIES, LARGE)))


def measured(plan: Plan, places: Places, say: Say) -> tuple[Samples, Spans]:
    """CPU time of all cases in all configurations, and the spans that each case exported per request.

    Args:
        plan: How much is measured.
        places: What the processes talk to.
        say: Told of progress.
    """
    cpu_us: dict[tuple[str, str], list[float]] = defaultdict(list)
    spans: Spans = {}
    began = monotonic()
    for number in range(plan.sets):
        with fleet(CONFIGURATIONS, places) as workers:
            say(f"set {number + 1} of {plan.sets}: starting and warming up {len(workers)} processes")
            spans = _spans_per_request(workers, places, plan)
            for worker in workers.values():
                worker.pin()
            for at in range(plan.rounds):
                if at and monotonic() > began + plan.most_seconds * (number + 1) / plan.sets:
                    break
                say(f"set {number + 1} of {plan.sets}, round {at + 1} of {plan.rounds}")
                for configuration, case in _order():
                    requests = requests_of(case, plan)
                    cost = workers[configuration.name].serve(case, requests)
                    cpu_us[configuration.name, case.name].append(cost.cpu_ns / requests / _NS_PER_US)
    return Samples(dict(cpu_us)), spans


def requests_of(case: Case, plan: Plan) -> int:
    """How many requests of *case* make one measurement."""
    return max(1, round(case.requests * plan.share))


def _order() -> Iterator[tuple[Configuration, Case]]:
    # What is compared follows each other, so that what else runs on the machine meets it alike.
    for cases in _shuffled(_COMPARED):
        for configuration in _shuffled(CONFIGURATIONS):
            for case in cases:
                yield configuration, case


def _shuffled(values: Sequence[T]) -> list[T]:
    return random.sample(values, len(values))


def _spans_per_request(workers: dict[str, Worker], places: Places, plan: Plan) -> Spans:
    """One unmeasured pass over everything, which also shows whether each configuration does what it is meant to."""
    spans = {}
    for name, worker in workers.items():
        for case in CASES:
            before, requests = places.sink.count(name), requests_of(case, plan)
            worker.serve(case, requests)
            spans[name, case.name] = (places.sink.count(name) - before) / requests
    return spans
