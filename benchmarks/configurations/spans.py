"""Parts of configurations that people put together by hand."""

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.redis import RedisInstrumentor
from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from sqlalchemy import Engine


def export_spans() -> None:
    """Sends spans to where OTEL_EXPORTER_OTLP_ENDPOINT points."""
    if isinstance(trace.get_tracer_provider(), TracerProvider):
        return
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def trace_clients(engine: Engine) -> None:
    """Traces the statements of *engine* and all Redis commands; does nothing the second time."""
    instrumentor = SQLAlchemyInstrumentor()
    if instrumentor.is_instrumented_by_opentelemetry:
        return
    # Its check refuses SQLAlchemy 2.1, on which it works.
    # https://github.com/open-telemetry/opentelemetry-python-contrib/issues/2971
    instrumentor.instrument(engine=engine, skip_dep_check=True)
    RedisInstrumentor().instrument()
