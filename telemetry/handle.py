"""What `instrument` gives back: the means to flush and close."""

from typing import Final

import anyio.to_thread
from opentelemetry.sdk.trace import TracerProvider

from telemetry.spans.provider import bounded

_MS_PER_SECOND: Final = 1_000


class Telemetry:
    """Handle of an instrumented application; inert where telemetry is switched off.

    The application's lifespan flushes it; call `aflush` or `flush` yourself only
    where the server runs no lifespan.

    Args:
        provider: Where spans come from; None without spans.
        flush_seconds: Longest wait for the exporter, s.
    """

    def __init__(self, provider: TracerProvider | None, flush_seconds: float) -> None:
        self._provider = provider
        self._flush_seconds = flush_seconds

    def flush(self) -> bool:
        """Exports what waits; returns whether it was done in time. Never raises and never waits longer than set."""
        if self._provider is None:
            return True
        provider, milliseconds = self._provider, int(self._flush_seconds * _MS_PER_SECOND)
        return bounded(lambda: provider.force_flush(milliseconds), self._flush_seconds)

    async def aflush(self) -> bool:
        """As `flush`, without holding up the event loop."""
        return await anyio.to_thread.run_sync(self.flush)
