"""The receiver understands what the exporter of the SDK sends."""

import threading
from collections.abc import Iterator

import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.util.types import Attributes

from tests.servers.otlp_receiver import OtlpReceiver


class _Kept(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: object) -> SpanExportResult:
        assert isinstance(spans, tuple)
        self.spans += spans
        return SpanExportResult.SUCCESS


def _two_spans() -> list[ReadableSpan]:
    kept = _Kept()
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracer = provider.get_tracer("a test")
    attributes: Attributes = {"db.queries": 2, "of": ("a", "b")}
    with (
        tracer.start_as_current_span("GET /items", kind=SpanKind.SERVER, attributes=attributes),
        tracer.start_as_current_span("SELECT", kind=SpanKind.CLIENT) as child,
    ):
        child.set_status(Status(StatusCode.ERROR))
    provider.shutdown()
    return kept.spans


@pytest.fixture
def exporter(otlp_receiver: OtlpReceiver) -> Iterator[OTLPSpanExporter]:
    made = OTLPSpanExporter(f"{otlp_receiver.endpoint}/v1/traces", timeout=1)
    yield made
    made.shutdown()  # type: ignore[no-untyped-call]


def test_spans_arrive_as_they_were_sent(otlp_receiver: OtlpReceiver, exporter: OTLPSpanExporter) -> None:
    sent_child, sent = _two_spans()
    exporter.export([sent_child, sent])

    child, span = otlp_receiver.wait_for(lambda spans: len(spans) == 2)
    assert (span.name, span.kind, span.status, span.scope) == ("GET /items", "SERVER", "UNSET", "a test")
    assert (child.name, child.kind, child.status) == ("SELECT", "CLIENT", "ERROR")
    assert (child.trace_id, child.parent_id, span.parent_id) == (span.trace_id, span.span_id, "")
    assert span.attributes == {"db.queries": 2, "of": ["a", "b"]}
    assert span.resource["service.name"] == "shop"
    assert (span.start_ns, span.end_ns) == (sent.start_time, sent.end_time)


def test_waiting_ends_when_the_spans_come(otlp_receiver: OtlpReceiver, exporter: OTLPSpanExporter) -> None:
    sending = threading.Thread(target=exporter.export, args=(_two_spans(),))
    sending.start()
    assert len(otlp_receiver.wait_for(lambda spans: len(spans) == 2)) == 2
    sending.join()


def test_waiting_in_vain_names_what_came(otlp_receiver: OtlpReceiver, exporter: OTLPSpanExporter) -> None:
    exporter.export(_two_spans())
    with pytest.raises(AssertionError, match=r"\['SELECT', 'GET /items'\]"):
        otlp_receiver.wait_for(lambda spans: len(spans) == 3, seconds=0.05)


def test_one_that_hangs_answers_when_it_may_go_on(otlp_receiver: OtlpReceiver, exporter: OTLPSpanExporter) -> None:
    otlp_receiver.hang()
    sending = threading.Thread(target=exporter.export, args=(_two_spans(),))
    sending.start()
    otlp_receiver.wait_for_requests(1)
    assert otlp_receiver.spans == []
    otlp_receiver.resume()
    assert len(otlp_receiver.wait_for(lambda spans: len(spans) >= 2)) >= 2
    sending.join()


def test_one_that_is_away_is_found_again_on_its_port(otlp_receiver: OtlpReceiver, exporter: OTLPSpanExporter) -> None:
    otlp_receiver.refuse()
    assert exporter.export(_two_spans()) is SpanExportResult.FAILURE
    otlp_receiver.resume()
    assert exporter.export(_two_spans()) is SpanExportResult.SUCCESS
    assert len(otlp_receiver.spans) == 2
