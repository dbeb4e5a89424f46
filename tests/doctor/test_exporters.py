"""Exporters are tried, for two seconds at most, by an empty export."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY

UNSAMPLED = {"OTEL_TRACES_SAMPLER": "always_off"}


@contextmanager
def collector(status: int) -> Iterator[tuple[str, list[tuple[str, int]]]]:
    """A receiver that answers *status*, and the paths and sizes that it was sent."""
    received: list[tuple[str, int]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append((self.path, int(self.headers.get("content-length", 0))))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"127.0.0.1:{server.server_port}", received
        finally:
            server.shutdown()
            thread.join()


def refused_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    ("status", "is_problem", "says"),
    [
        (200, False, "/v1/traces can be reached"),
        (401, False, "wants credentials, which are not tried here"),
        (404, True, "answers 404 to an empty export"),
    ],
)
def test_a_collector_is_asked_by_an_empty_export(examine: Doctor, status: int, is_problem: bool, says: str) -> None:
    with collector(status) as (place, received):
        environ = {**UNSAMPLED, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://user:unspoken@{place}"}
        outcome = examine(HEALTHY, environ=environ)
    assert outcome.code == int(is_problem), outcome
    assert says in outcome.whats("exporter")
    assert ("/v1/traces", 0) in received
    assert "unspoken" not in outcome.out


def test_a_collector_that_is_away_is_a_problem(examine: Doctor) -> None:
    place = refused_port()
    outcome = examine(HEALTHY, environ={**UNSAMPLED, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}/ingest/s3cr3tkey"})
    assert outcome.code == 1
    assert outcome.problems() == [
        ("exporter", f"OTLPSpanExporter: http://{place}/*** cannot be reached (Connection refused); spans are lost")
    ]


def test_a_collector_that_says_nothing_is_waited_for_no_longer_than_two_seconds(examine: Doctor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        outcome = examine(HEALTHY, environ={**UNSAMPLED, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}"})
    assert outcome.code == 1
    assert f"http://{place}/v1/traces cannot be reached" in outcome.whats("exporter")


def test_two_exporters_to_one_endpoint_are_a_problem(examine: Doctor) -> None:
    twice = HEALTHY + (
        "from opentelemetry import trace\nfrom opentelemetry.sdk.trace.export import BatchSpanProcessor\n"
        "from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter\n"
        "trace.get_tracer_provider().add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))\n"
    )
    with collector(200) as (place, _received):
        outcome = examine(twice, environ={**UNSAMPLED, "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{place}"})
    assert outcome.code == 1
    assert "every span arrives 2 times" in outcome.whats("exporter")


def test_an_exporter_without_an_endpoint_is_only_named(examine: Doctor) -> None:
    outcome = examine(HEALTHY, environ={**UNSAMPLED, "OTEL_TRACES_EXPORTER": "console"})
    assert outcome.code == 0, outcome
    assert outcome.whats("exporter") == "ConsoleSpanExporter; it has no endpoint to be tried"
