"""The tracer provider that is there is adopted; what is exported, and how, stays the application's choice."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

import pytest
import sqlalchemy
from fastapi import FastAPI
from opentelemetry import trace
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased, Sampler, TraceIdRatioBased
from prometheus_client import CollectorRegistry

import telemetry
from tests.apps import called, header_of, memory_engine, select
from tests.fresh import fresh, fresh_with
from tests.install.recorded import header_after, logged, recorded
from tests.server_timing import dur_of, parse, queries_of


def sampled(sampler: Sampler, parent: str | None) -> tuple[str, int]:
    spans = recorded(sampler)
    # Tracers keep the sampler that they were made with: this one is made before.
    SQLAlchemyInstrumentor().instrument(skip_dep_check=True)
    engine, app = memory_engine(sqlalchemy.create_engine), FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())
    app.get("/")(lambda: select(engine, 3))
    response = called(app, "/", headers={"traceparent": parent} if parent else None)
    return header_of(response), len(spans())


SAMPLED_OUT = {
    "always off": (ALWAYS_OFF, None),
    "ratio 0": (TraceIdRatioBased(0), None),
    "ratio 0 by parent": (ParentBased(TraceIdRatioBased(0)), None),
    "unsampled parent": (ParentBased(ALWAYS_ON), "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"),
}


@pytest.mark.parametrize(("sampler", "parent"), SAMPLED_OUT.values(), ids=SAMPLED_OUT)
def test_figures_are_true_where_no_span_is_sampled_and_none_is_exported(sampler: Sampler, parent: str | None) -> None:
    header, exported = fresh(sampled, sampler, parent)
    assert queries_of(header) == 3
    assert dur_of(header, "db") > 0
    assert exported == 0


def test_a_sampled_request_is_exported_by_the_exporter_of_the_application() -> None:
    header, exported = fresh(sampled, ALWAYS_ON, None)
    assert queries_of(header) == 3
    assert exported > 3


def adopted() -> tuple[bool, int, int]:
    provider = TracerProvider(shutdown_on_exit=False)
    trace.set_tracer_provider(provider)
    apps = [FastAPI(), FastAPI()]
    engine = memory_engine()
    for app in apps:
        app.get("/")(lambda: select(engine, 2))
        telemetry.instrument(app, registry=CollectorRegistry())
    counts = [queries_of(header_of(called(app, "/"))) or 0 for app in apps]
    return trace.get_tracer_provider() is provider, *counts  # type: ignore[return-value]


def test_a_provider_serves_several_applications() -> None:
    assert fresh(adopted) == (True, 2, 2)


class Foreign(trace.TracerProvider):
    """A provider of another implementation than the SDK."""

    def get_tracer(self, *args: object, **kwargs: object) -> trace.Tracer:
        return trace.NoOpTracer()


def foreign(provider: trace.TracerProvider, queries: int) -> tuple[str, list[str]]:
    trace.set_tracer_provider(provider)
    warnings = logged("telemetry")
    engine = memory_engine()
    return header_after(lambda: select(engine, queries)), warnings


@pytest.mark.parametrize("provider", [Foreign(), trace.NoOpTracerProvider()])
def test_under_a_provider_of_another_kind_statements_are_counted_and_no_time_is_claimed(
    provider: trace.TracerProvider,
) -> None:
    header, warnings = fresh(foreign, provider, 3)
    assert [metric.name for metric in parse(header)] == ["queries", "total"]
    assert queries_of(header) == 3
    assert any(type(provider).__name__ in warning for warning in warnings)


REFUSED = {
    "no scheme": (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318"],
    ),
    "no scheme, traces": (
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4318/v1/traces"},
        ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector:4318/v1/traces"],
    ),
    "unknown exporter": ({"OTEL_TRACES_EXPORTER": "zipkin"}, ["zipkin", "install"]),
    "unknown protocol": (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"},
        ["OTEL_EXPORTER_OTLP_PROTOCOL", "http/json", "http/protobuf"],
    ),
    "exporter that is not installed": (
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://c", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
        ["grpc", "install"],
    ),
}


def refusal() -> str:
    try:
        telemetry.instrument(FastAPI(), registry=CollectorRegistry())
    except telemetry.ConfigurationError as error:
        return str(error)
    return "accepted"


@pytest.mark.parametrize(("environ", "named"), REFUSED.values(), ids=REFUSED)
def test_an_exporter_that_cannot_work_is_refused_at_start_with_the_remedy(
    environ: Mapping[str, str], named: Sequence[str]
) -> None:
    message = fresh_with(environ, refusal)
    assert [part for part in named if part not in message] == []
    assert "\n" not in message


def test_a_password_in_an_endpoint_is_not_shown() -> None:
    message = fresh_with({"OTEL_EXPORTER_OTLP_ENDPOINT": "user:geheim@collector:4318"}, refusal)
    assert "collector:4318" in message
    assert "geheim" not in message


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "collector:4318"},
        {"OTEL_TRACES_EXPORTER": " console "},
        {"OTEL_TRACES_EXPORTER": "otlp,console", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "OTEL_EXPORTER_OTLP_PROTOCOL": ""},
        {"OTEL_EXPORTER_OTLP_ENDPOINT": "HTTPS://collector:4318"},
    ],
    ids=str,
)
def test_what_the_specification_allows_is_accepted(environ: Mapping[str, str]) -> None:
    assert fresh_with(environ, refusal) == "accepted"


def refused_then_corrected() -> str:
    app, engine = FastAPI(), memory_engine()
    app.get("/")(lambda: select(engine))
    os.environ["OTEL_TRACES_EXPORTER"] = "zipkin"
    try:
        telemetry.instrument(app, registry=CollectorRegistry())
    except telemetry.ConfigurationError:
        del os.environ["OTEL_TRACES_EXPORTER"]
    telemetry.instrument(app, registry=CollectorRegistry())
    return header_of(called(app, "/"))


def test_a_refused_start_leaves_nothing_behind() -> None:
    assert queries_of(fresh(refused_then_corrected)) == 1


PROGRAM = """
import asyncio, httpx, telemetry, time
from fastapi import FastAPI
app = FastAPI()
app.get("/at/the/end")(lambda: 1)
telemetry.instrument(app)
async def main():
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://t") as client:
        assert (await client.get("/at/the/end")).status_code == 200
asyncio.run(main())
print(f"ends at {time.time()}", flush=True)
"""


def test_spans_that_wait_at_the_end_are_exported_and_a_collector_that_is_away_holds_up_nothing() -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TELEMETRY_"))}
    exporters = {"OTEL_TRACES_EXPORTER": "console,otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, env=clean | exporters, capture_output=True, check=True, text=True, timeout=60)
    ended, (started_to_end,) = time.time(), re.findall(r"ends at ([\d.]+)", done.stdout)
    assert '"GET /at/the/end"' in done.stdout
    # The bound is 2 s; the rest is for a machine that is busy.
    assert ended - float(started_to_end) < 6
