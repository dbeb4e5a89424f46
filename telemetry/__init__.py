"""Request figures that are true: database time, query count and cache status of every request."""

from telemetry.budgets.judge import Verdict
from telemetry.calls import bind, increment_query_count, update_cache_status
from telemetry.errors import ConfigurationError, TelemetryError
from telemetry.handle import Telemetry
from telemetry.install import instrument
from telemetry.outputs.exposure.client_networks import ClientNetworks
from telemetry.outputs.exposure.level import Exposure
from telemetry.outputs.exposure.signed_token import SignedToken
from telemetry.request.breakdown import Breakdown
from telemetry.settings import Settings
from telemetry.timing import timing

__all__ = [
    "Breakdown",
    "ClientNetworks",
    "ConfigurationError",
    "Exposure",
    "Settings",
    "SignedToken",
    "Telemetry",
    "TelemetryError",
    "Verdict",
    "bind",
    "increment_query_count",
    "instrument",
    "timing",
    "update_cache_status",
]
