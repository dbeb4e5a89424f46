"""The page that Prometheus scrapes."""

import os
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from telemetry.outputs.worker_files import WorkerFiles, is_shared
from telemetry.workers.directory import given_directory


def page(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """The metrics as text, in the format that the client asked for, and the type of that format.

    Where workers share files, these hold all metrics, of whatever registry; the
    registry itself knows only what this one process did, so nothing is taken from it.

    Args:
        registry: The metrics of this process.
        accept: The header of the request.
    """
    encode, content_type = choose_encoder(accept)
    return encode(_of_all_workers() if is_shared() else registry), content_type


def _of_all_workers() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(WorkerFiles(Path(given_directory(os.environ) or ".")))
    return registry
