"""Takes what exporters send and discards it, but for the number of spans."""

import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

_LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Sink:
    """An OTLP/HTTP receiver that runs on a thread of this process.

    Attributes:
        port: Where it listens on the loopback interface.
        spans: Spans that arrived, by configuration; grows while it runs.
    """

    port: int
    spans: Mapping[str, int]

    def endpoint(self, configuration: str) -> str:
        """URL under which the spans of *configuration* are counted."""
        return f"http://{_LOOPBACK}:{self.port}/{configuration.replace('%', '')}"

    def count(self, configuration: str) -> int:
        """Spans of *configuration* that arrived so far."""
        return self.spans.get(configuration.replace("%", ""), 0)


@contextmanager
def sink() -> Iterator[Sink]:
    """A sink that runs until the block ends."""
    spans: Counter[str] = Counter()
    server = ThreadingHTTPServer((_LOOPBACK, 0), _handler(spans))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Sink(server.server_port, spans)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(spans: Counter[str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            spans[self.path.split("/")[1]] += _spans_in(body)
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name in the base class
            """Says nothing."""

    return Handler


def _spans_in(body: bytes) -> int:
    request = ExportTraceServiceRequest.FromString(body)
    return sum(len(scope.spans) for resource in request.resource_spans for scope in resource.scope_spans)
