"""Whoever observes sees what begins from then on; without anybody nothing is made for it."""

from telemetry.outputs import observers
from telemetry.outputs.observers import Observation
from telemetry.request.breakdown import Breakdown, Figures
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult
from telemetry.request.noted import NotedStatements
from telemetry.request.record import RequestRecord

_FIGURES = Figures(1)
_ENDING = Ending(Breakdown("GET", "/", 200, _FIGURES), _FIGURES, is_served=True, has_failed=False)


class Seen:
    def __init__(self) -> None:
        self.endings: list[Ending] = []
        self.namespaces: list[str] = []

    def finished(self, observation: Observation) -> None:
        self.endings.append(observation.ending)

    def looked_up(self, namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        self.namespaces.append(namespace)


def test_an_observer_sees_requests_and_look_ups_until_it_is_dismissed() -> None:
    first: list[str] = []
    seen = Seen()
    observers.observe(seen)
    try:
        told = observers.also_told(lambda namespace, _result, _duration: first.append(namespace))
        assert told is not None
        told("brands", CacheResult.HIT, 5)
        assert isinstance(observers.new_tally(), NotedStatements)
        observers.tell(_ENDING, RequestRecord())
    finally:
        observers.dismiss(seen)
    observers.tell(_ENDING, RequestRecord())
    assert (seen.endings, seen.namespaces, first) == ([_ENDING], ["brands"], ["brands"])


def test_without_an_observer_requests_are_as_they_were() -> None:
    def listener(_namespace: str, _result: CacheResult, _duration_ns: int | None) -> None: ...

    assert observers.also_told(listener) is listener
    assert not isinstance(observers.new_tally(), NotedStatements)
