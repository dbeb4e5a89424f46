"""Which version of the service runs: where it changes there was a deploy."""

from typing import Final

from opentelemetry.sdk.resources import SERVICE_VERSION
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry, Gauge

from telemetry import conventions as names
from telemetry.outputs.registries import PerRegistry

#: A version longer than this is none that people read.
_MAX_LENGTH: Final = 128


class ServiceInfo:
    """The version as a metric of one registry.

    Args:
        registry: Where the metric is registered.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        what = "1 for the version of the service that runs."
        labels = (names.LABEL_SERVICE_VERSION,)
        self._info = Gauge(names.METRIC_SERVICE_INFO, what, labels, registry=registry, multiprocess_mode="livemax")

    def __call__(self, version: str | None) -> None:
        """Says that this version runs; nothing where it is not known."""
        if version:
            self._info.labels(version[:_MAX_LENGTH]).set(1)


#: The version metric of a registry.
service_info_for = PerRegistry(ServiceInfo)


def version_of(provider: TracerProvider | None, app: object) -> str | None:
    """The version that traces have, else the one that the application states; None if neither says one.

    Args:
        provider: Whose resource may have `service.version`.
        app: FastAPI applications have a version.

    Source: https://opentelemetry.io/docs/specs/semconv/resource/service/
    """
    attributes = {} if provider is None else provider.resource.attributes
    version = attributes.get(SERVICE_VERSION) or getattr(app, "version", None)
    return None if version is None else str(version)
