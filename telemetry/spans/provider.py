"""The tracer provider: the one that is there, or one made from the standard OTEL_* variables."""

import atexit
import logging
import threading
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any, Final
from urllib.parse import urlsplit
from weakref import WeakSet

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

from telemetry.errors import ConfigurationError
from telemetry.spans.resource import HashedResource
from telemetry.spans.sampler import RecordAll

_logger = logging.getLogger("telemetry")
_FLUSH_SECONDS: Final = 2.0


def tracer_provider(environ: Mapping[str, str]) -> TracerProvider | None:
    """The process's SDK tracer provider, made and set globally if there is none.

    Every span is recorded afterwards, whatever the sampler decides, because an
    unsampled request has figures too; what is exported does not change.

    Args:
        environ: Process environment, for the choice of the exporter.

    Returns:
        None where another implementation than the SDK is set: its spans cannot be seen.

    Raises:
        ConfigurationError: An OTEL_* variable that names the exporter cannot work.
    """
    current = trace.get_tracer_provider()
    if isinstance(current, trace.ProxyTracerProvider):
        exporters = _exporters(environ)
        # The SDK's own exit hook waits without bound for a Collector that is away.
        current = TracerProvider(resource=HashedResource(Resource.create()), shutdown_on_exit=False)
        _made.add(current)
        for exporter in exporters:
            current.add_span_processor(BatchSpanProcessor(exporter))
        trace.set_tracer_provider(current)
        atexit.register(bounded, current.shutdown, _FLUSH_SECONDS)
    if not isinstance(current, TracerProvider):
        _logger.warning(
            "the tracer provider %s is not the OpenTelemetry SDK's: statements cannot be timed", type(current).__name__
        )
        return None
    _record_all(current)
    return current


def is_ours(provider: TracerProvider) -> bool:
    """Whether *provider* was made here, and not adopted."""
    return provider in _made


def keep_attributes(provider: TracerProvider) -> None:
    """Lets spans of *provider* that are not sampled have their attributes, for those that are exported all the same."""
    if isinstance(provider.sampler, RecordAll):
        provider.sampler.keeps_attributes = True


def bounded(work: Callable[[], Any], seconds: float) -> bool:
    """Does *work*, or gives up waiting for it.

    The SDK's own time limits do not hold: `force_flush(500)` took 2 s against a Collector that is away.
    https://github.com/open-telemetry/opentelemetry-python/issues/4568

    Args:
        work: Called on a thread of its own that does not keep the process alive;
            what it raises is logged.
        seconds: Longest wait, > 0.

    Returns:
        Whether the work was done in time, and did not answer False.
    """
    answers: list[Any] = []

    def run() -> None:
        try:
            answers.append(work())
        except Exception:
            _logger.exception("spans could not be exported")

    thread = threading.Thread(target=run, name="candid-flush", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # The interpreter is shutting down and starts no more threads.
        return False
    thread.join(seconds)
    return bool(answers) and answers[0] is not False


def _record_all(provider: TracerProvider) -> None:
    if isinstance(provider.sampler, RecordAll):
        return
    # Outermost, or a child of an unsampled span is dropped unseen. Tracers keep the sampler that they were made with.
    sampler = RecordAll(provider.sampler)
    provider.sampler = sampler
    for tracer in getattr(provider, "_tracers", {}).values():
        tracer.sampler = sampler


def _exporters(environ: Mapping[str, str]) -> list[SpanExporter]:
    default = "otlp" if _endpoint(environ)[1] else "none"
    named = environ.get("OTEL_TRACES_EXPORTER", "").strip() or default
    return [_exporter(name.strip(), environ) for name in named.split(",") if name.strip() not in {"", "none"}]


def _exporter(name: str, environ: Mapping[str, str]) -> SpanExporter:
    if name == "otlp":
        name = _otlp(environ)
    # The registry that the SDK's own configuration reads, so that any installed exporter can be named.
    found = list(entry_points(group="opentelemetry_traces_exporter", name=name))
    if not found:
        remedy = "pip install 'candid-telemetry[otlp]'" if name == "otlp_proto_http" else "install its package"
        raise ConfigurationError(f"the trace exporter {name!r} is asked for by OTEL_* but not installed; {remedy}")
    exporter = found[0].load()()
    if not isinstance(exporter, SpanExporter):
        raise ConfigurationError(f"OTEL_TRACES_EXPORTER={name!r} names no span exporter; use otlp, console or none")
    return exporter


def _otlp(environ: Mapping[str, str]) -> str:
    """Name of the OTLP exporter for the protocol that is asked for."""
    specific = environ.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "").strip()
    protocol = specific or environ.get("OTEL_EXPORTER_OTLP_PROTOCOL", "").strip() or "http/protobuf"
    if protocol == "grpc":
        return "otlp_proto_grpc"
    if protocol != "http/protobuf":
        raise ConfigurationError(f"OTEL_EXPORTER_OTLP_PROTOCOL={protocol!r} is not supported; use http/protobuf")
    variable, endpoint = _endpoint(environ)
    # The exporter takes `localhost:4318` and then fails at every export.
    if endpoint and urlsplit(endpoint).scheme not in {"http", "https"}:
        shown = endpoint.rpartition("@")[2]
        raise ConfigurationError(f"{variable}={shown!r} has no scheme; write http://{shown} or https://{shown}")
    return "otlp_proto_http"


def _endpoint(environ: Mapping[str, str]) -> tuple[str, str]:
    for variable in ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"):
        if environ.get(variable, "").strip():
            return variable, environ[variable].strip()
    return "OTEL_EXPORTER_OTLP_ENDPOINT", ""


_made: WeakSet[TracerProvider] = WeakSet()
