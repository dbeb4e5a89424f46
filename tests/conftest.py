"""What every test has: the fixtures of the servers, and an environment that decides nothing."""

import os
import signal
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = [
    "tests.servers.alertmanager",
    "tests.servers.chromium",
    "tests.servers.collector",
    "tests.servers.jaeger",
    "tests.servers.otlp_receiver",
    "tests.servers.postgres",
    "tests.servers.prometheus",
    "tests.servers.redis_cluster",
    "tests.servers.redis_server",
    "tests.servers.service_process",
    "tests.servers.stack_process",
]

# A slow machine is no bug. Whether examples are random stays with hypothesis: on CI they are not.
settings.register_profile("unhurried", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")

_OURS: Final = ("OTEL_", "TELEMETRY_")


def pytest_configure() -> None:
    """Forgets what the developer's shell says about telemetry: tests say themselves what they need."""
    for name in [name for name in os.environ if name.startswith(_OURS)]:
        del os.environ[name]
    for number in (signal.SIGHUP, signal.SIGINT):
        # nohup, and a shell's background jobs, ignore these; what a test starts would inherit that and never stop.
        # A handler, even one that does nothing, is not inherited.
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda _number, _frame: None)


@pytest.fixture
def anyio_backend() -> str:
    """Coroutines are tested on asyncio: the drivers of SQLAlchemy and Redis know no other loop."""
    return "asyncio"
