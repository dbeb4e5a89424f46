"""Only so many traces a minute are exported against the sampler, and the others are counted."""

from prometheus_client import CollectorRegistry

from telemetry.outputs.kept_traces import KeptTraces, kept_traces_metrics_for
from telemetry.spans.keeper import Lost, TraceKeeper
from tests.apps import samples


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def made(registry: CollectorRegistry, per_minute: int, clock: Clock) -> KeptTraces:
    metrics = kept_traces_metrics_for(registry)
    return KeptTraces(TraceKeeper(lambda _span: None, metrics.lost), metrics, per_minute, clock)


def counted(registry: CollectorRegistry) -> tuple[float, float]:
    kept = samples(registry, "telemetry_kept_traces_total")[()]
    return kept, samples(registry, "telemetry_kept_traces_held_back_total")[()]


def test_a_minute_has_its_share_and_no_more() -> None:
    registry, clock = CollectorRegistry(), Clock()
    traces = made(registry, 2, clock)
    assert [traces.admitted() for _ in range(3)] == [True, True, False]
    clock.now = 59.9
    assert not traces.admitted()
    clock.now = 60.0
    assert [traces.admitted() for _ in range(3)] == [True, True, False]
    assert counted(registry) == (4, 3)


def test_a_share_of_none_keeps_none() -> None:
    registry = CollectorRegistry()
    assert not made(registry, 0, Clock()).admitted()
    assert counted(registry) == (0, 1)


def test_lost_spans_are_counted_by_reason() -> None:
    registry = CollectorRegistry()
    kept_traces_metrics_for(registry).lost(Lost.TOO_MANY, 3)
    assert samples(registry, "telemetry_kept_spans_lost_total") == {("too_many",): 3}
