"""Makes every Redis client of the process emit spans, where redis is installed."""

import importlib.util
from collections.abc import Iterable
from typing import Any

from opentelemetry.sdk.trace import TracerProvider


def watch(provider: TracerProvider | None, clients: Iterable[Any]) -> bool:
    """Instruments the client classes, so that clients made before and after are seen alike.

    Args:
        provider: Where spans come from; None for none.
        clients: Clients to instrument by themselves, if their class sends commands in a way of its own.

    Returns:
        Whether redis is installed and its commands make spans.
    """
    if provider is None or importlib.util.find_spec("redis") is None:
        return False
    # Imports redis at its top, so it must not be imported where redis is missing.
    from opentelemetry.instrumentation.redis import RedisInstrumentor  # noqa: PLC0415

    instrumentor = RedisInstrumentor()
    if not instrumentor.is_instrumented_by_opentelemetry:
        instrumentor.instrument(tracer_provider=provider)
    for client in clients:
        if not hasattr(type(client).execute_command, "__wrapped__"):
            RedisInstrumentor.instrument_client(client, tracer_provider=provider)
    return True
