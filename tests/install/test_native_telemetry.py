"""Where the tracer provider is ours, so is the SERVER span of each request; the rest of FastAPI's telemetry goes on."""

from collections.abc import Callable, Sequence

from fastapi import BackgroundTasks, FastAPI, WebSocket
from fastapi.testclient import TestClient
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from prometheus_client import CollectorRegistry

import telemetry
from telemetry.settings import Settings
from tests.apps import called, memory_engine, select
from tests.fresh import fresh
from tests.install.recorded import servers


def instrumented(app: FastAPI, settings: Settings | None = None) -> Callable[[], Sequence[ReadableSpan]]:
    """Instruments *app* first of all; returns what gives the spans that ended since."""
    telemetry.instrument(app, registry=CollectorRegistry(), settings=settings)
    exporter, provider = InMemorySpanExporter(), trace.get_tracer_provider()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return exporter.get_finished_spans


def scopes(spans: Sequence[ReadableSpan]) -> list[str]:
    return [span.instrumentation_scope.name for span in servers(spans) if span.instrumentation_scope]


def with_late_work() -> dict[str, object]:
    app, engine = FastAPI(), memory_engine()

    @app.get("/items/{n}")
    def item(n: int, tasks: BackgroundTasks) -> None:
        select(engine, n)
        tasks.add_task(select, engine, 2)

    spans = instrumented(app)
    called(app, "/items/3")
    (server,) = servers(spans())
    return {"name": server.name, "scopes": scopes(spans()), **(server.attributes or {})}


def test_the_server_span_has_also_what_comes_after_the_response() -> None:
    found = fresh(with_late_work)
    assert (found["name"], found["scopes"]) == ("GET /items/{n}", ["candid"])
    assert (found["performance.db.queries"], found["performance.late.db.queries"]) == (3, 2)


def with_a_mounted_application() -> list[str]:
    app, inner = FastAPI(), FastAPI()

    @inner.get("/{n}")
    def endpoint(n: int) -> int:
        return n

    app.mount("/inner", inner)
    spans = instrumented(app)
    called(app, "/inner/1")
    return [span.name for span in servers(spans())]


def test_a_mounted_application_makes_no_second_span() -> None:
    assert fresh(with_a_mounted_application) == ["GET /inner/{n}"]


def with_a_websocket() -> list[str]:
    app = FastAPI()

    @app.websocket("/socket")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.close()

    spans = instrumented(app)
    with TestClient(app).websocket_connect("/socket"):
        pass
    return [span.name for span in servers(spans())]


def test_a_websocket_keeps_the_span_of_fastapi() -> None:
    assert fresh(with_a_websocket) == ["WS /socket"]


def with_metrics() -> tuple[list[str], set[str]]:
    reader = InMemoryMetricReader()
    metrics.set_meter_provider(MeterProvider([reader]))
    app = FastAPI()

    @app.get("/{n}")
    def endpoint(n: int) -> int:
        return n

    spans = instrumented(app)
    called(app, "/1")
    data = reader.get_metrics_data()
    assert data is not None
    found = {
        metric.name
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        if scope.scope.name == "fastapi"
        for metric in scope.metrics
    }
    return scopes(spans()), found


def test_the_metrics_of_fastapi_go_on() -> None:
    found, names = fresh(with_metrics)
    assert found == ["candid"]
    assert "http.server.request.duration" in names


def excluding() -> tuple[list[str], int]:
    app = FastAPI(telemetry={"exclude": lambda scope: scope["path"] == "/health"})

    @app.get("/{name}")
    def endpoint(name: str) -> str:
        return name

    spans = instrumented(app)
    statuses = [called(app, path).status_code for path in ("/health", "/other")]
    return [str((span.attributes or {})["url.path"]) for span in servers(spans())], sum(statuses)


def test_what_the_application_excluded_has_no_span() -> None:
    assert fresh(excluding) == (["/other"], 400)


def with_a_provider_of_its_own() -> list[str]:
    own = TracerProvider(shutdown_on_exit=False)
    exporter = InMemorySpanExporter()
    own.add_span_processor(SimpleSpanProcessor(exporter))
    app = FastAPI(telemetry={"tracer_provider": own})
    instrumented(app)
    called(app, "/")
    return scopes(exporter.get_finished_spans())


def test_an_application_that_names_a_provider_keeps_its_spans() -> None:
    assert fresh(with_a_provider_of_its_own) == ["fastapi"]


def with_operation_spans() -> list[str]:
    app = FastAPI()
    spans = instrumented(app, Settings(operation_spans=True))
    called(app, "/")
    return scopes(spans())


def test_whoever_wants_the_spans_of_operations_has_all_of_fastapi_s() -> None:
    assert fresh(with_operation_spans) == ["fastapi"]


def of_another_kind() -> list[str]:
    app = FastAPI()
    app._native_telemetry = object()  # type: ignore[assignment]
    telemetry.instrument(app, registry=CollectorRegistry())
    return [type(app._native_telemetry).__name__]


def test_a_fastapi_that_is_other_than_known_is_left_alone() -> None:
    assert fresh(of_another_kind) == ["object"]
