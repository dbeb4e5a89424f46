"""Our own SERVER span: what it is told of a request, and what it is not."""

from typing import Any

import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.trace import SpanKind, Tracer, use_span

from telemetry.spans.binding import ServerSpan
from telemetry.spans.native import is_excluded
from telemetry.spans.server import makes_server_span, open_server_span, server_span_at_entry
from tests.asgi import scope_of
from tests.fresh import fresh
from tests.install.recorded import recorded, servers


@pytest.fixture
def tracer() -> Tracer:
    return TracerProvider(shutdown_on_exit=False).get_tracer("tests")


def test_the_server_span_that_is_current_is_adopted(tracer: Tracer) -> None:
    with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER) as span:
        assert server_span_at_entry(None) is span


def test_a_span_that_is_no_server_s_is_not_adopted(tracer: Tracer) -> None:
    assert server_span_at_entry(None) is None
    with tracer.start_as_current_span("task", kind=SpanKind.CONSUMER):
        assert server_span_at_entry(None) is None


def test_a_span_that_ended_is_not_adopted(tracer: Tracer) -> None:
    span = tracer.start_span("GET /", kind=SpanKind.SERVER)
    span.end()
    with use_span(span):
        assert server_span_at_entry(None) is None


def test_the_span_of_the_request_that_asks_in_process_is_not_the_one_that_answers(tracer: Tracer) -> None:
    with tracer.start_as_current_span("GET /outer", kind=SpanKind.SERVER) as span:
        assert server_span_at_entry(ServerSpan(span)) is None
        assert server_span_at_entry(ServerSpan(None)) is span


class Layer:
    """A middleware that names the next one as everybody does."""

    def __init__(self, app: object) -> None:
        self.app = app


def test_the_contrib_middleware_is_found_under_others() -> None:
    contrib = type("OpenTelemetryMiddleware", (Layer,), {"__module__": "opentelemetry.instrumentation.asgi"})
    assert makes_server_span(Layer(Layer(contrib(None))))
    assert not makes_server_span(Layer(Layer(None)))
    assert not makes_server_span(object())


def test_a_stack_that_leads_back_to_itself_is_not_walked_for_ever() -> None:
    layer = Layer(None)
    layer.app = layer
    assert not makes_server_span(layer)


def test_only_a_request_that_fastapi_was_told_to_leave_alone_is_excluded() -> None:
    assert is_excluded({"fastapi.telemetry": None})
    assert not is_excluded({"fastapi.telemetry": object()})
    assert not is_excluded({})


def opened(scope: dict[str, Any]) -> dict[str, Any]:
    spans = recorded()
    own = open_server_span(scope_of("/items/1") | scope)
    own.end(own.answered("/items/{item_id}", 200, None))
    own.detach()
    (server,) = servers(spans())
    return dict(server.attributes or {})


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"client": ["192.0.2.1", 1234]}, {"client.address": "192.0.2.1"}),
        ({"client": None, "server": None}, {"client.address": None, "server.address": None}),
        ({"server": ("app.example", 8000)}, {"server.address": "app.example", "server.port": 8000}),
        ({"server": ("/run/app.sock", None)}, {"server.address": "/run/app.sock", "server.port": None}),
        ({"scheme": "https", "http_version": "2"}, {"url.scheme": "https", "network.protocol.version": "2"}),
        ({"headers": [(b"user-agent", b"caf\xe9")]}, {"user_agent.original": "café"}),
        ({"headers": [(b"traceparent", b"\xff"), (b"baggage", b"\xff=1")]}, {"url.path": "/items/1"}),
        ({"query_string": b"token=geheim"}, {"url.query": None, "url.full": None}),
        ({"method": "BREW"}, {"http.request.method": "_OTHER", "http.request.method_original": "BREW"}),
    ],
)
def test_the_attributes_are_those_of_the_scope(scope: dict[str, Any], expected: dict[str, Any]) -> None:
    attributes = fresh(opened, scope)
    assert {name: attributes.get(name) for name in expected} == expected


def parents() -> list[bool]:
    spans = recorded()
    own = open_server_span(scope_of("/"))
    tracer = TracerProvider(shutdown_on_exit=False).get_tracer("tests")
    inside, outside = tracer.start_span("inside"), None
    own.end(own.answered(None, 200, None))
    own.detach()
    outside = tracer.start_span("outside")
    assert isinstance(inside, ReadableSpan)
    assert isinstance(outside, ReadableSpan)
    (server,) = servers(spans())
    return [inside.parent == server.context, outside.parent is None]


def test_it_is_the_current_span_until_it_is_detached() -> None:
    assert fresh(parents) == [True, True]
