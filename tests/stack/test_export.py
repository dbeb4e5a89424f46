"""What a Collector gets: a trace of each request, also when a process is told to end, and never at a request's cost."""

import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from signal import SIGTERM
from typing import Final

import httpx
import pytest

from tests.apps import header_of
from tests.server_timing import dur_of, queries_of
from tests.servers.otlp_receiver import OtlpReceiver, ReceivedSpan
from tests.servers.service_process import ServiceProcess, StartService
from tests.stack.running import APPLICATION, Surroundings
from tests.stack.serving import GUNICORN, UVICORN, plain_environ, served

FACTORY: Final = "tests.stack.figures.application:create_app()"
SERVERS: Final = {
    "uvicorn": (*UVICORN, *APPLICATION),
    "uvicorn with two workers": (*UVICORN, "--workers", "2", *APPLICATION),
    "gunicorn": (*GUNICORN, "--workers", "2", FACTORY),
    "gunicorn with preload": (*GUNICORN, "--workers", "2", "--preload", FACTORY),
    "gunicorn with uvicorn's worker": (*GUNICORN, "--worker-class", "uvicorn.workers.UvicornWorker", FACTORY),
}
#: Longer than any test runs: what arrives was flushed.
NEVER: Final = {"OTEL_BSP_SCHEDULE_DELAY": "600000"}
REQUESTS: Final = 10


@contextmanager
def serving(
    surroundings: Surroundings, receiver: OtlpReceiver, module: Sequence[str], environ: Mapping[str, str]
) -> Iterator[ServiceProcess]:
    # Several workers share their metrics; a start without this is refused.
    shared = surroundings.directory / f"metrics-{secrets.token_hex(4)}"
    shared.mkdir()
    settings = {
        **surroundings.environ("engines made before"),
        "PROMETHEUS_MULTIPROC_DIR": str(shared),
        "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint,
        **environ,
    }
    with served(module, plain_environ(settings), surroundings.directory) as process:
        yield process


def traced(url: str, path: str, headers: Mapping[str, str] | None = None) -> tuple[str, httpx.Response]:
    """Asks in a trace of its own; returns its id and the answer."""
    trace_id = secrets.token_hex(16)
    traceparent = f"00-{trace_id}-{secrets.token_hex(8)}-01"
    return trace_id, httpx.get(url + path, headers={"traceparent": traceparent, **(headers or {})}, timeout=30)


def timed(url: str, path: str) -> tuple[httpx.Response, float]:
    """Asks; returns the answer and how long it took, s."""
    began = time.monotonic()
    _, response = traced(url, path)
    return response, time.monotonic() - began


def servers_in(spans: Sequence[ReceivedSpan]) -> dict[str, ReceivedSpan]:
    return {span.trace_id: span for span in spans if span.kind == "SERVER"}


def leads_to(span: ReceivedSpan, ancestor: ReceivedSpan, spans: Mapping[str, ReceivedSpan]) -> bool:
    while span.parent_id in spans:
        span = spans[span.parent_id]
        if span == ancestor:
            return True
    return False


def test_a_request_is_one_trace_that_states_what_its_header_states(
    service_process: StartService, otlp_receiver: OtlpReceiver
) -> None:
    service = service_process({"OTEL_EXPORTER_OTLP_ENDPOINT": otlp_receiver.endpoint, "OTEL_BSP_SCHEDULE_DELAY": "50"})
    trace_id, response = traced(service.url, "/api/v1/items/1", {"Authorization": "Bearer demo-user"})
    otlp_receiver.wait_for(lambda spans: trace_id in servers_in(spans))
    spans = {span.span_id: span for span in otlp_receiver.spans if span.trace_id == trace_id}
    (server,) = (span for span in spans.values() if span.kind == "SERVER")
    clients = [span for span in spans.values() if span.kind == "CLIENT"]
    header = header_of(response)

    assert (server.name, server.status) == ("GET /api/v1/items/{item_id}", "UNSET")
    assert server.attributes["http.route"] == "/api/v1/items/{item_id}"
    assert server.attributes["http.response.status_code"] == 200
    assert server.attributes["performance.db.queries"] == queries_of(header) == 2
    assert round(server.attributes["performance.db.duration_seconds"] * 1_000, 2) == dur_of(header, "db")
    assert server.attributes["performance.cache.status"] == "miss"
    assert 'desc="Cache Miss"' in header
    selects = [span for span in clients if span.name.startswith("SELECT")]
    assert len(selects) == 2
    assert {span.scope.rpartition(".")[2] for span in clients} == {"sqlalchemy", "redis"}
    assert all(leads_to(span, server, spans) for span in clients)
    assert all(server.start_ns <= span.start_ns <= span.end_ns <= server.end_ns for span in clients)


@pytest.mark.parametrize("server", SERVERS)
def test_a_process_that_is_told_to_end_exports_every_request_before(
    surroundings: Surroundings, otlp_receiver: OtlpReceiver, server: str
) -> None:
    with serving(surroundings, otlp_receiver, SERVERS[server], NEVER) as process:
        answers = dict(traced(process.url, "/psycopg/sync") for _ in range(REQUESTS))
        assert servers_in(otlp_receiver.spans) == {}
        process.stop()
        log = process.log_text()

    spans = servers_in(otlp_receiver.spans)
    assert spans.keys() >= answers.keys(), log
    for trace_id, answer in answers.items():
        assert queries_of(header_of(answer)) == spans[trace_id].attributes["performance.db.queries"] == 3
        assert dur_of(header_of(answer), "db") >= 50
    assert "Traceback" not in log


def test_a_process_that_samples_nothing_exports_nothing(
    surroundings: Surroundings, otlp_receiver: OtlpReceiver
) -> None:
    environ = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
    with serving(surroundings, otlp_receiver, SERVERS["uvicorn"], environ) as process:
        _, response = traced(process.url, "/psycopg/sync")
        process.stop()

    assert queries_of(header_of(response)) == 3
    assert otlp_receiver.requests == 0


@pytest.mark.parametrize("state", ["away", "hung"])
def test_a_collector_that_does_not_answer_costs_no_request_and_two_seconds_of_the_end(
    surroundings: Surroundings, otlp_receiver: OtlpReceiver, state: str
) -> None:
    if state == "away":
        otlp_receiver.refuse()
    else:
        otlp_receiver.hang()
    # The queue is full after some requests: even then nobody waits.
    environ = {
        "OTEL_BSP_SCHEDULE_DELAY": "20",
        "OTEL_BSP_MAX_QUEUE_SIZE": "64",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "16",
    }
    with serving(surroundings, otlp_receiver, SERVERS["uvicorn"], environ) as process:
        answers = [timed(process.url, "/marked-sync/3?mark=x") for _ in range(40)]
        began = time.monotonic()
        process.stop(SIGTERM)
        ended = time.monotonic() - began

    assert {queries_of(header_of(answer)) for answer, _ in answers} == {3}
    # The exporter waits for 10 s for an answer, and tries again for as long where nobody listens.
    assert max(seconds for _, seconds in answers) < 5
    assert ended < 6
