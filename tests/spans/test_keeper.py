"""The spans of a request that was not sampled wait for its end, within bounds, and go or stay together."""

from collections import Counter
from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, AlwaysRecordSampler
from opentelemetry.trace import SpanKind, Tracer

from telemetry.request.record import RequestRecord
from telemetry.spans import keeper as module
from telemetry.spans.binding import ServerSpan, attach
from telemetry.spans.keeper import ExportersOf, Lost, TraceKeeper


class Exported:
    """What reached the exporters, and what was lost."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []
        self.lost: Counter[Lost] = Counter()
        self.has_exporter = True
        self.keeper = TraceKeeper(self, lambda reason, count: self.lost.update({reason: count}))

    def __call__(self, span: ReadableSpan, /) -> None:
        self.spans.append(span)

    def is_open(self) -> bool:
        return self.has_exporter

    @property
    def names(self) -> list[str]:
        return [span.name for span in self.spans]


@pytest.fixture
def exported() -> Exported:
    return Exported()


def tracer_of(exported: Exported, sampler: AlwaysRecordSampler | None) -> Tracer:
    provider = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    provider.add_span_processor(exported.keeper)
    return provider.get_tracer("any")


@pytest.fixture
def tracer(exported: Exported) -> Tracer:
    """Makes spans that are recorded and not sampled."""
    return tracer_of(exported, AlwaysRecordSampler(ALWAYS_OFF))


@pytest.fixture
def stranger() -> Iterator[RequestRecord]:
    """The record of the request that these tests are in, of which the keeper was not told."""
    record = RequestRecord()
    detach = attach(record, ServerSpan())
    yield record
    detach()


@pytest.fixture
def record(exported: Exported, stranger: RequestRecord) -> RequestRecord:
    """The same, of which it was told."""
    exported.keeper.adopt(stranger, None)
    return stranger


def test_what_a_request_made_is_exported_once_it_is_worth_it(
    exported: Exported, tracer: Tracer, record: RequestRecord
) -> None:
    with tracer.start_as_current_span("outer"), tracer.start_as_current_span("inner"):
        pass
    assert (exported.names, exported.keeper.waiting_spans) == ([], 2)
    exported.keeper.settle(record, None, is_kept=True)
    assert exported.names == ["inner", "outer"]
    inner = exported.spans[0]
    contexts = [span.context for span in exported.spans if span.context is not None]
    assert [context.trace_flags.sampled for context in contexts] == [True, True]
    assert inner.parent is not None
    assert inner.parent.span_id == contexts[1].span_id
    assert exported.keeper.waiting_spans == 0


def test_what_a_request_made_is_forgotten_if_it_is_not(
    exported: Exported, tracer: Tracer, record: RequestRecord
) -> None:
    tracer.start_span("any").end()
    exported.keeper.settle(record, None, is_kept=False)
    assert (exported.names, exported.keeper.waiting_spans) == ([], 0)


def test_an_exported_span_is_the_one_that_was_made(exported: Exported, tracer: Tracer, record: RequestRecord) -> None:
    span = tracer.start_span("any", kind=SpanKind.CLIENT, attributes={"a": 1}, start_time=5)
    span.add_event("happened")
    span.end(9)
    exported.keeper.settle(record, None, is_kept=True)
    (found,) = exported.spans
    assert isinstance(span, ReadableSpan)
    for name in ("kind", "attributes", "events", "links", "status", "start_time", "end_time", "resource"):
        assert getattr(found, name) == getattr(span, name), name


@pytest.mark.parametrize(("is_kept", "names"), [(True, ["GET /"]), (False, [])])
def test_a_server_span_that_others_end_later_follows_its_request(
    exported: Exported, tracer: Tracer, record: RequestRecord, is_kept: bool, names: list[str]
) -> None:
    server = tracer.start_span("GET /", kind=SpanKind.SERVER)
    exported.keeper.settle(record, server, is_kept=is_kept)
    server.end()
    assert exported.names == names


def test_a_span_that_began_before_its_request_was_known_belongs_to_it(exported: Exported, tracer: Tracer) -> None:
    server, record = tracer.start_span("GET /", kind=SpanKind.SERVER), RequestRecord()
    exported.keeper.adopt(record, server)
    server.end()
    exported.keeper.settle(record, server, is_kept=True)
    assert exported.names == ["GET /"]


def test_a_sampled_span_is_left_to_the_exporters(exported: Exported, record: RequestRecord) -> None:
    server = tracer_of(exported, None).start_span("GET /", kind=SpanKind.SERVER)
    exported.keeper.adopt(record, server)
    server.end()
    exported.keeper.settle(record, server, is_kept=True)
    assert exported.names == []


def test_a_span_outside_requests_is_left_alone(exported: Exported, tracer: Tracer) -> None:
    tracer.start_span("job").end()
    assert exported.keeper.waiting_spans == 0


def test_a_request_keeps_a_bounded_number_of_spans_and_its_server_span_always(
    exported: Exported, tracer: Tracer, record: RequestRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_SPANS", 2)
    server = tracer.start_span("GET /", kind=SpanKind.SERVER)
    for _ in range(5):
        tracer.start_span("SELECT").end()
    server.end()
    exported.keeper.settle(record, server, is_kept=True)
    assert exported.names == ["SELECT", "SELECT", "GET /"]
    assert exported.lost == {Lost.TOO_MANY: 3}


def test_all_requests_together_keep_a_bounded_number(
    exported: Exported, tracer: Tracer, record: RequestRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_WAITING", 3)
    for _ in range(5):
        tracer.start_span("SELECT").end()
    assert (exported.keeper.waiting_spans, exported.lost) == (3, {Lost.TOO_MANY: 2})


def test_spans_that_never_end_are_forgotten_with_their_request(
    exported: Exported, tracer: Tracer, record: RequestRecord
) -> None:
    never = tracer.start_span("never")
    exported.keeper.settle(record, None, is_kept=True)
    never.end()
    assert exported.names == []


def test_spans_of_a_request_that_nobody_will_settle_are_not_held(
    exported: Exported, tracer: Tracer, stranger: RequestRecord
) -> None:
    tracer.start_span("SELECT").end()
    assert (exported.keeper.waiting_spans, exported.keeper.holds(stranger)) == (0, False)


@pytest.mark.parametrize("is_kept", [True, False])
def test_nothing_is_held_of_a_request_that_is_settled(
    exported: Exported, tracer: Tracer, record: RequestRecord, is_kept: bool
) -> None:
    exported.keeper.settle(record, None, is_kept=is_kept)
    tracer.start_span("still running").end()
    assert (exported.names, exported.keeper.waiting_spans) == ([], 0)


def test_without_an_exporter_nothing_is_held(exported: Exported, tracer: Tracer, stranger: RequestRecord) -> None:
    exported.has_exporter = False
    exported.keeper.adopt(stranger, tracer.start_span("GET /", kind=SpanKind.SERVER))
    tracer.start_span("SELECT").end()
    assert (exported.keeper.waiting_spans, exported.keeper.holds(stranger)) == (0, False)


class Redacting(SpanProcessor):
    """Somebody's own processor, which passes on what it sees."""

    def __init__(self, inner: SpanProcessor) -> None:
        self._inner = inner

    def on_end(self, span: ReadableSpan) -> None:
        self._inner.on_end(span)


def test_the_way_out_is_open_while_a_processor_of_the_sdk_exports() -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    export, exporter = ExportersOf(provider), InMemorySpanExporter()
    assert not export.is_open()
    provider.add_span_processor(Redacting(SimpleSpanProcessor(exporter)))
    assert not export.is_open()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    assert export.is_open()
