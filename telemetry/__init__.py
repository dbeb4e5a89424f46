"""Request figures that are true: database time, query count and cache status of every request."""

from telemetry.calls import increment_query_count, update_cache_status
from telemetry.errors import ConfigurationError, TelemetryError
from telemetry.handle import Telemetry
from telemetry.install import instrument
from telemetry.settings import Settings

__all__ = [
    "ConfigurationError",
    "Settings",
    "Telemetry",
    "TelemetryError",
    "increment_query_count",
    "instrument",
    "update_cache_status",
]
