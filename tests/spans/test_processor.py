"""Spans are told to the record of the request in which they started, and to no other."""

import contextvars
from collections.abc import Iterator

import pytest
from opentelemetry import context as otel_context
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.trace import SpanKind, Tracer

from telemetry.errors import internal_errors
from telemetry.request.phases import Phase
from telemetry.request.record import RequestRecord
from telemetry.request.slots import current_slot
from telemetry.request.statement import Statement
from telemetry.request.statements import StatementTally
from telemetry.spans import processor as module
from telemetry.spans.binding import ServerSpan, attach
from telemetry.spans.processor import FigureProcessor

SELECT = Statement(is_query=True, is_select=True, fingerprint="select ?")


@pytest.fixture
def processor() -> FigureProcessor:
    return FigureProcessor()


@pytest.fixture
def provider(processor: FigureProcessor) -> TracerProvider:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    return provider


@pytest.fixture
def sqlalchemy(provider: TracerProvider) -> Tracer:
    return provider.get_tracer("opentelemetry.instrumentation.sqlalchemy")


@pytest.fixture
def record() -> RequestRecord:
    return RequestRecord(StatementTally())


@pytest.fixture
def server(record: RequestRecord) -> Iterator[ServerSpan]:
    """The holder of the SERVER span of the request that these tests are in."""
    server = ServerSpan()
    detach = attach(record, server)
    yield server
    detach()


def announced(record: RequestRecord) -> None:
    record.statement_counted(SELECT, current_slot())


@pytest.mark.usefixtures("server")
def test_a_statement_is_timed_from_its_start_to_its_end(
    sqlalchemy: Tracer, record: RequestRecord, processor: FigureProcessor
) -> None:
    announced(record)
    span = sqlalchemy.start_span("SELECT app", kind=SpanKind.CLIENT)
    in_flight = record.figures().db_busy_ns
    assert processor.open_spans == 1
    span.end()
    ended = record.figures().db_busy_ns
    assert in_flight is not None
    assert ended is not None
    assert 0 < in_flight <= ended == record.figures().db_busy_ns
    assert processor.open_spans == 0


@pytest.mark.usefixtures("server")
def test_a_checkout_is_waiting_for_the_pool_and_no_statement(sqlalchemy: Tracer, record: RequestRecord) -> None:
    sqlalchemy.start_span("connect", kind=SpanKind.CLIENT).end()
    figures = record.figures()
    assert (figures.db_queries, figures.db_busy_ns) == (0, 0)
    assert figures.phases[Phase.POOL_WAIT].count == 1


@pytest.mark.usefixtures("server")
def test_redis_commands_are_a_phase_and_no_statements(provider: TracerProvider, record: RequestRecord) -> None:
    provider.get_tracer("opentelemetry.instrumentation.redis").start_span("GET", kind=SpanKind.CLIENT).end()
    figures = record.figures()
    assert (figures.db_queries, figures.db_busy_ns) == (0, 0)
    assert figures.phases[Phase.REDIS].count == 1


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    "scope", ["opentelemetry.instrumentation.asyncpg", "opentelemetry.instrumentation.psycopg", "app"]
)
def test_spans_of_drivers_and_of_the_application_are_nothing_to_us(
    provider: TracerProvider, record: RequestRecord, processor: FigureProcessor, scope: str
) -> None:
    span = provider.get_tracer(scope).start_span("SELECT app", kind=SpanKind.CLIENT)
    assert processor.open_spans == 0
    span.end()
    assert (record.figures().db_busy_ns, record.figures().phases) == (0, {})


def test_a_span_outside_any_request_is_not_kept(sqlalchemy: Tracer, processor: FigureProcessor) -> None:
    span = sqlalchemy.start_span("SELECT app")
    assert processor.open_spans == 0
    span.end()


def test_a_span_belongs_to_the_request_in_which_it_started(sqlalchemy: Tracer) -> None:
    one, other = RequestRecord(StatementTally()), RequestRecord(StatementTally())
    detach = attach(one, ServerSpan())
    announced(one)
    span = sqlalchemy.start_span("SELECT app")
    detach()
    detach = attach(other, ServerSpan())
    span.end()
    detach()
    assert (one.figures().db_queries, other.figures().db_queries) == (1, 0)
    assert one.figures().db_busy_ns != 0
    assert other.figures().db_busy_ns == 0


def test_the_context_that_a_span_is_given_decides_where_no_variable_is_bound(
    sqlalchemy: Tracer, record: RequestRecord
) -> None:
    def context_of_a_request() -> otel_context.Context:
        attach(record, ServerSpan())
        return otel_context.get_current()

    given = contextvars.copy_context().run(context_of_a_request)
    announced(record)
    sqlalchemy.start_span("SELECT app", context=given).end()
    assert record.figures().db_busy_ns != 0
    assert record.figures().unknown == ()


@pytest.mark.usefixtures("server")
def test_a_closed_record_is_forgotten_with_its_spans_that_never_ended(
    sqlalchemy: Tracer, record: RequestRecord, processor: FigureProcessor
) -> None:
    announced(record)
    span = sqlalchemy.start_span("SELECT app")
    processor.release(record)
    assert record.is_closed
    assert processor.open_spans == 0
    span.end()
    sqlalchemy.start_span("SELECT app").end()
    assert processor.open_spans == 0


@pytest.mark.usefixtures("server")
def test_a_second_tracer_of_an_engine_leaves_no_span_open(
    sqlalchemy: Tracer, record: RequestRecord, processor: FigureProcessor
) -> None:
    for _ in range(3):
        announced(record)
        never_ends = sqlalchemy.start_span("SELECT app")
        sqlalchemy.start_span("SELECT app").end()
        assert never_ends.is_recording()
    assert processor.open_spans == 0
    assert record.figures().db_queries == 3
    assert record.figures().unknown == ()


@pytest.mark.usefixtures("server")
def test_open_spans_are_bounded_and_what_is_not_timed_is_not_claimed(
    sqlalchemy: Tracer, record: RequestRecord, processor: FigureProcessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MAX_OPEN", 2)
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    failed_before = internal_errors().get("spans", 0)
    for slot in range(3):
        contextvars.copy_context().run(record.statement_counted, SELECT, slot)
        sqlalchemy.start_span("connect")
    announced(record)
    sqlalchemy.start_span("SELECT app").end()
    assert processor.open_spans == 2
    assert internal_errors()["spans"] - failed_before == 2
    assert record.figures().db_busy_ns is None


def test_the_first_server_span_of_a_request_is_adopted(provider: TracerProvider, server: ServerSpan) -> None:
    tracer = provider.get_tracer("opentelemetry.instrumentation.asgi")
    tracer.start_span("GET /", kind=SpanKind.INTERNAL)
    assert server.span is None
    first = tracer.start_span("GET /", kind=SpanKind.SERVER)
    tracer.start_span("GET /mounted", kind=SpanKind.SERVER)
    assert server.span is first


@pytest.mark.usefixtures("server")
def test_a_defect_reaches_no_query(sqlalchemy: Tracer, record: RequestRecord, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_args: object) -> None:
        raise RuntimeError("a defect")

    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    for method in ("statement_began", "statement_ended"):
        with monkeypatch.context() as patched:
            patched.setattr(RequestRecord, method, fails)
            sqlalchemy.start_span("SELECT app").end()
