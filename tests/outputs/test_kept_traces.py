"""Only so many traces a minute are exported against the sampler, and the others are counted."""

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.trace import INVALID_SPAN
from prometheus_client import CollectorRegistry

from telemetry.outputs.kept_traces import KeptTraces, kept_traces_metrics_for
from telemetry.request.record import RequestRecord
from telemetry.spans.keeper import Lost, TraceKeeper
from tests.apps import samples


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Exporters:
    """The way to exporters, which are there or not."""

    def __init__(self) -> None:
        self.is_there = True

    def __call__(self, span: ReadableSpan, /) -> None:
        raise AssertionError(f"{span.name} was exported")

    def is_open(self) -> bool:
        return self.is_there


class Traces:
    """Asks for one request after another."""

    def __init__(
        self, registry: CollectorRegistry, per_minute: int, clock: Clock, exporters: Exporters | None = None
    ) -> None:
        metrics = kept_traces_metrics_for(registry)
        keeper = TraceKeeper(exporters or Exporters(), metrics.lost)
        self._traces = KeptTraces(keeper, metrics, per_minute, clock)

    def admitted(self, span: object = INVALID_SPAN) -> bool:
        record = RequestRecord()
        self._traces.adopt(record, span)
        return self._traces.admitted(record, span)


def counted(registry: CollectorRegistry) -> tuple[float, float]:
    kept = samples(registry, "telemetry_kept_traces_total")[()]
    return kept, samples(registry, "telemetry_kept_traces_held_back_total")[()]


def test_a_minute_has_its_share_and_no_more() -> None:
    registry, clock = CollectorRegistry(), Clock()
    traces = Traces(registry, 2, clock)
    assert [traces.admitted() for _ in range(3)] == [True, True, False]
    clock.now = 59.9
    assert not traces.admitted()
    clock.now = 60.0
    assert [traces.admitted() for _ in range(3)] == [True, True, False]
    assert counted(registry) == (4, 3)


def test_a_share_of_none_keeps_none() -> None:
    registry = CollectorRegistry()
    assert not Traces(registry, 0, Clock()).admitted()
    assert counted(registry) == (0, 1)


def test_a_request_without_a_server_span_has_no_trace_to_export() -> None:
    registry = CollectorRegistry()
    assert not Traces(registry, 2, Clock()).admitted(None)
    assert counted(registry) == (0, 0)
    assert samples(registry, "telemetry_kept_spans_lost_total") == {("no_server_span",): 1}


def test_nothing_is_kept_where_nobody_takes_it() -> None:
    registry, exporters = CollectorRegistry(), Exporters()
    traces = Traces(registry, 2, Clock(), exporters)
    exporters.is_there = False
    assert not traces.admitted()
    assert counted(registry) == (0, 0)
    assert samples(registry, "telemetry_kept_spans_lost_total") == {("no_exporter",): 1}
    exporters.is_there = True
    assert traces.admitted()


def test_lost_spans_are_counted_by_reason() -> None:
    registry = CollectorRegistry()
    kept_traces_metrics_for(registry).lost(Lost.TOO_MANY, 3)
    assert samples(registry, "telemetry_kept_spans_lost_total") == {("too_many",): 3}
