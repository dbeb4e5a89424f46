"""The header may name the SERVER span, so that monitoring in the browser finds the trace."""

from collections.abc import Sequence

import pytest
from fastapi import FastAPI
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON, ParentBased
from prometheus_client import CollectorRegistry

import telemetry
from telemetry import Exposure, Settings
from tests.apps import called, header_of
from tests.fresh import fresh, fresh_with
from tests.install.recorded import recorded, servers
from tests.server_timing import Metric, parse

TRACE_ID, PARENT_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
ON = Settings(traceparent=True)


def application(settings: Settings | None = None, exposure: Exposure = Exposure.FULL) -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def page() -> None:
        with telemetry.timing("render"):
            pass

    @app.get("/fails")
    def fails() -> None:
        raise KeyError("unhandled")

    telemetry.instrument(app, settings=settings, exposure=lambda _scope: exposure, registry=CollectorRegistry())
    return app


def identity(spans: Sequence[ReadableSpan]) -> str:
    (server,) = servers(spans)
    context = server.get_span_context()
    assert context is not None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-01"


def named_and_exported(maker: str, path: str) -> tuple[Metric, str]:
    spans = recorded(ALWAYS_ON)
    if maker == "contrib":
        FastAPIInstrumentor().instrument()
    app = application(ON)
    return parse(header_of(called(app, path)))[-1], identity(spans())


@pytest.mark.parametrize("path", ["/", "/fails", "/nowhere"])
@pytest.mark.parametrize("maker", ["native", "contrib"])
def test_it_is_the_server_span_last_with_flags_01(maker: str, path: str) -> None:
    named, exported = fresh(named_and_exported, maker, path)
    assert named == Metric("traceparent", None, exported)


def last_entry(traceparent: str | None = None) -> Metric:
    recorded(ParentBased(ALWAYS_OFF))
    headers = {} if traceparent is None else {"traceparent": traceparent}
    return parse(header_of(called(application(ON), "/", headers=headers)))[-1]


def test_a_trace_that_nobody_keeps_is_not_named() -> None:
    assert fresh(last_entry).name == "render"
    assert fresh(last_entry, f"00-{TRACE_ID}-{PARENT_ID}-00").name == "render"


@pytest.mark.parametrize("flags", ["01", "03"])
def test_a_trace_that_came_in_is_named_with_flags_01(flags: str) -> None:
    named = fresh(last_entry, f"00-{TRACE_ID}-{PARENT_ID}-{flags}")
    assert named.name == "traceparent"
    assert named.desc is not None
    version, trace_id, span_id, masked = named.desc.split("-")
    assert (version, trace_id, masked) == ("00", TRACE_ID, "01")
    assert span_id != PARENT_ID


def line(exposure: Exposure) -> str | None:
    recorded(ALWAYS_ON)
    value: str | None = called(application(None, exposure), "/").headers.get("server-timing")
    return value


@pytest.mark.parametrize(("value", "shown"), [("true", True), ("false", False), ("", False)])
def test_it_is_off_unless_switched_on(value: str, shown: bool) -> None:
    assert ("traceparent" in str(fresh_with({"TELEMETRY_TRACEPARENT": value}, line, Exposure.FULL))) is shown


def test_it_is_shown_with_coarse_figures_and_hidden_with_all_others() -> None:
    switched_on = {"TELEMETRY_TRACEPARENT": "true"}
    assert str(fresh_with(switched_on, line, Exposure.COARSE)).endswith('-01"')
    assert fresh_with(switched_on, line, Exposure.NOTHING) is None
