"""A receiver of traces, as an OpenTelemetry Collector is one: OTLP over HTTP, in real protobuf."""

import gzip
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.servers.ports import PortTakenError, on_free_ports

_HOST: Final = "127.0.0.1"
_PATH: Final = "/v1/traces"
_HUNG_SECONDS: Final = 60
_WAIT_SECONDS: Final = 15


@dataclass(frozen=True, slots=True)
class ReceivedSpan:
    """A span as it came over the wire.

    Attributes:
        parent_id: Empty for a root.
        kind: "SERVER", "CLIENT", …
        start_ns: Unix time, ns.
        end_ns: Unix time, ns.
        status: "UNSET", "OK" or "ERROR".
        scope: Name of the instrumentation that made it.
        resource: Attributes of the process that made it.
    """

    name: str
    trace_id: str
    span_id: str
    parent_id: str
    kind: str
    start_ns: int
    end_ns: int
    status: str
    attributes: Mapping[str, Any]
    scope: str
    resource: Mapping[str, Any]


class OtlpReceiver:
    """Keeps the spans that it is sent; can be made to hang or to be away."""

    def __init__(self, port: int) -> None:
        """Starts to listen.

        Raises:
            PortTakenError: The port is not free.
        """
        self.port = port
        self._changed = threading.Condition()
        self._spans: list[ReceivedSpan] = []
        self._requests = 0
        self._flows = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self.resume()

    @property
    def endpoint(self) -> str:
        """For OTEL_EXPORTER_OTLP_ENDPOINT."""
        return f"http://{_HOST}:{self.port}"

    @property
    def spans(self) -> list[ReceivedSpan]:
        """All that came so far, in the order in which it came."""
        with self._changed:
            return list(self._spans)

    @property
    def requests(self) -> int:
        """How many requests came so far, those included that it lets hang."""
        with self._changed:
            return self._requests

    def wait_for(
        self, is_enough: Callable[[list[ReceivedSpan]], bool], *, seconds: float = _WAIT_SECONDS
    ) -> list[ReceivedSpan]:
        """All spans, once they are enough.

        Raises:
            AssertionError: They are not in time; the message names those that came.
        """
        with self._changed:
            if not self._changed.wait_for(lambda: is_enough(self._spans), seconds):
                names = [span.name for span in self._spans]
                raise AssertionError(f"not enough after {seconds} s: {names}")
            return list(self._spans)

    def wait_for_requests(self, count: int, *, seconds: float = _WAIT_SECONDS) -> None:
        """Returns once that many requests came in all, answered or not."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._requests >= count, seconds), self._requests

    def hang(self) -> None:
        """Accepts requests from now on and does not answer them."""
        self._flows.clear()

    def refuse(self) -> None:
        """Is away from now on: nothing listens on the port."""
        self._flows.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def resume(self) -> None:
        """Answers again, also what hangs."""
        self._flows.set()
        if self._server is None:
            try:
                self._server = ThreadingHTTPServer((_HOST, self.port), self._handler())
            except OSError as error:
                raise PortTakenError(self.port) from error
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                answer = receiver._answer(self.path, body)
                with suppress(ConnectionError):  # the sender may have given up
                    self.send_response(404 if answer is None else 200)
                    self.send_header("Content-Type", "application/x-protobuf")
                    self.send_header("Content-Length", str(len(answer or b"")))
                    self.end_headers()
                    self.wfile.write(answer or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
                pass

        return Handler

    def _answer(self, path: str, body: bytes) -> bytes | None:
        with self._changed:
            self._requests += 1
            self._changed.notify_all()
        self._flows.wait(_HUNG_SECONDS)
        if path != _PATH:
            return None
        spans = list(_spans_in(ExportTraceServiceRequest.FromString(body)))
        with self._changed:
            self._spans += spans
            self._changed.notify_all()
        return bytes(ExportTraceServiceResponse().SerializeToString())


def _spans_in(request: ExportTraceServiceRequest) -> Iterator[ReceivedSpan]:
    for of_resource in request.resource_spans:
        resource = _attributes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield _received(span, of_scope.scope.name, resource)


def _received(span: Span, scope: str, resource: Mapping[str, Any]) -> ReceivedSpan:
    return ReceivedSpan(
        name=span.name,
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        kind=Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_"),
        start_ns=span.start_time_unix_nano,
        end_ns=span.end_time_unix_nano,
        status=type(span.status).StatusCode.Name(span.status.code).removeprefix("STATUS_CODE_"),
        attributes=_attributes(span.attributes),
        scope=scope,
        resource=resource,
    )


def _attributes(pairs: Iterable[KeyValue]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    match value.WhichOneof("value"):
        case None:
            return None
        case "array_value":
            return [_value(item) for item in value.array_value.values]
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case name:
            return getattr(value, name)


@pytest.fixture
def otlp_receiver() -> Iterator[OtlpReceiver]:
    """A receiver for one test."""
    receiver = on_free_ports(1, lambda ports: OtlpReceiver(ports[0]))
    yield receiver
    receiver.refuse()
