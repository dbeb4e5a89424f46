"""Traces as the library makes them, by the SDK alone: a SERVER span that may be over budget, and its statements."""

import random
from dataclasses import dataclass
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, StatusCode, Tracer, format_trace_id

from telemetry.conventions import ATTRIBUTE_BUDGET_BREACHED
from tests.servers.collector import Collector

SERVICE: Final = "made-by-a-test"
SPANS: Final = 4
_FLUSH_SECONDS: Final = 10


class SeededIds(IdGenerator):
    """The same ids in every run: which of them a share contains is no matter of luck."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def generate_span_id(self) -> int:
        return self._random.getrandbits(63) + 1

    def generate_trace_id(self) -> int:
        return self._random.getrandbits(127) + 1


@dataclass(frozen=True, slots=True)
class Sent:
    """Ids of the traces that a Collector was sent and that it accepted, each of `SPANS` spans."""

    breached: frozenset[str]
    failed: frozenset[str]
    rest: frozenset[str]

    @property
    def all(self) -> frozenset[str]:
        return self.breached | self.failed | self.rest


def send(collector: Collector, *, breached: int = 0, failed: int = 0, rest: int = 0, seed: int = 7) -> Sent:
    """Sends that many traces of each kind, mixed, and returns once the Collector has taken them all.

    Raises:
        AssertionError: It does not take them in time.
    """
    provider = TracerProvider(resource=Resource({SERVICE_NAME: SERVICE}), id_generator=SeededIds(seed))
    exporter = OTLPSpanExporter(endpoint=f"{collector.otlp_endpoint}/v1/traces", timeout=_FLUSH_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter, max_queue_size=100_000))
    kinds = ["breached"] * breached + ["failed"] * failed + ["rest"] * rest
    random.Random(seed).shuffle(kinds)
    tracer = provider.get_tracer(__name__)
    before = collector.figure("otelcol_receiver_accepted_spans")
    made = [(kind, _trace(tracer, kind)) for kind in kinds]
    assert provider.force_flush(_FLUSH_SECONDS * 1_000)
    provider.shutdown()
    accepted = collector.figure("otelcol_receiver_accepted_spans") - before
    assert accepted == len(made) * SPANS, f"of {len(made) * SPANS} spans, {accepted} were accepted"
    return Sent(*(frozenset(each for kind, each in made if kind == name) for name in ("breached", "failed", "rest")))


def _trace(tracer: Tracer, kind: str) -> str:
    """One request that sends three statements; the id of its trace."""
    attributes = {"http.request.method": "GET", "http.route": "/items/{id}"}
    with tracer.start_as_current_span("GET /items/{id}", kind=SpanKind.SERVER, attributes=attributes) as server:
        server.set_attribute(ATTRIBUTE_BUDGET_BREACHED, kind == "breached")
        for number in range(SPANS - 1):
            statement = {"db.system.name": "postgresql", "db.query.text": "SELECT name FROM items WHERE id = $1"}
            with tracer.start_as_current_span("SELECT items", kind=SpanKind.CLIENT, attributes=statement) as client:
                if kind == "failed" and number == 0:
                    client.set_status(StatusCode.ERROR)
        return format_trace_id(server.get_span_context().trace_id)
