"""Tracer provider, sampler, and what makes two spans for one thing."""

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY, UNWATCHED


def test_a_provider_of_the_application_is_adopted(examine: Doctor) -> None:
    outcome = examine(
        "from opentelemetry import trace\nfrom opentelemetry.sdk.trace import TracerProvider\n"
        "from opentelemetry.sdk.trace.sampling import TraceIdRatioBased\n"
        "trace.set_tracer_provider(TracerProvider(sampler=TraceIdRatioBased(0.25)))\n" + HEALTHY
    )
    assert outcome.code == 0, outcome
    assert outcome.whats("tracer") == "the tracer provider is the application's own, adopted by telemetry"
    assert outcome.whats("sampler") == "every span is recorded, and TraceIdRatioBased{0.25} says what is exported"


def test_a_provider_that_is_not_the_sdk_s_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        "from opentelemetry import trace\ntrace.set_tracer_provider(trace.NoOpTracerProvider())\n" + HEALTHY
    )
    assert outcome.code == 1
    assert "NoOpTracerProvider is not the OpenTelemetry SDK's" in outcome.whats("tracer")


def test_a_sampler_that_drops_spans_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from opentelemetry import trace\nfrom opentelemetry.sdk.trace.sampling import ALWAYS_OFF\n"
        "trace.get_tracer_provider().sampler = ALWAYS_OFF\n"
    )
    assert outcome.code == 1
    assert outcome.problems() == [
        ("figures", "statements ran that nothing timed, so db is left out and their number stands alone"),
        ("sampler", "AlwaysOffSampler drops spans unseen: unsampled requests have no db;dur"),
    ]


def test_two_server_spans_for_one_request_are_a_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware\n"
        "app = OpenTelemetryMiddleware(app)\n",
        environ={"TELEMETRY_OPERATION_SPANS": "true"},
    )
    assert outcome.code == 1
    assert outcome.problems() == [("spans", "the request has 2 SERVER spans, opened by asgi, fastapi")]


def test_the_contrib_instrumentation_of_fastapi_alone_is_no_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor\n"
        "FastAPIInstrumentor.instrument_app(app)\n"
    )
    assert outcome.code == 0, outcome
    assert "nothing is instrumented twice" in outcome.whats("spans")


def test_an_engine_that_is_instrumented_twice_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        UNWATCHED + "from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor\n"
        "SQLAlchemyInstrumentor().instrument(engines=[engine, engine], skip_dep_check=True)\n"
        "telemetry.instrument(app)\n"
    )
    assert outcome.code == 1
    assert outcome.problems() == [
        ("spans", "sqlite+pysqlite: 2 instrumentations of SQLAlchemy, so 2 spans for each statement")
    ]


def test_a_driver_that_is_instrumented_below_sqlalchemy_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        "from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor\nAsyncPGInstrumentor().instrument()\n"
        + HEALTHY
        + "from sqlalchemy.ext.asyncio import create_async_engine\n"
        "lazy = create_async_engine('postgresql+asyncpg://db.example/shop')\n"
    )
    assert outcome.code == 1
    assert outcome.problems() == [
        ("spans", "SQLAlchemy and asyncpg are both instrumented: two spans for each statement")
    ]
    assert "instrumentations at work: asyncpg, redis, sqlalchemy" in outcome.whats("spans")


def test_a_redis_client_that_is_instrumented_twice_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "import redis\nfrom opentelemetry.instrumentation.redis import RedisInstrumentor\n"
        "client = redis.Redis()\nRedisInstrumentor.instrument_client(client)\n"
    )
    assert outcome.code == 1
    assert [part for part, _ in outcome.problems()] == ["spans"]
    assert "Redis clients instrumented twice, by class and by themselves: 1" in outcome.whats("spans")
