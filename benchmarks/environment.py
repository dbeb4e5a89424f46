"""What a run ran on: figures without it mean nothing."""

import os
import platform
from importlib.metadata import version
from typing import Final

_PACKAGES: Final = (
    "fastapi",
    "starlette",
    "sqlalchemy",
    "redis",
    "opentelemetry-sdk",
    "opentelemetry-instrumentation-fastapi",
    "prometheus-client",
    "prometheus-fastapi-instrumentator",
)


def environment(redis_url: str) -> dict[str, str]:
    """Names and versions that matter.

    Args:
        redis_url: Of the Redis that is used; empty for a fake one in the process.
    """
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load": " ".join(f"{value:.1f}" for value in os.getloadavg()),
        "database": "SQLite in memory, in the thread of the request",
        "cache": "redis-server over loopback" if redis_url else "fakeredis in the process",
        **{package: version(package) for package in _PACKAGES},
    }
