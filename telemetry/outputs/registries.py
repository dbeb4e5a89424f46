"""Metrics that exist once in each Prometheus registry, however many applications of a process share it."""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from prometheus_client import CollectorRegistry

from telemetry.errors import ConfigurationError
from telemetry.outputs.worker_files import is_shared

T = TypeVar("T")


class PerRegistry(Generic[T]):
    """Makes what registers metrics at the first call for a registry, and returns the same one afterwards.

    Args:
        make: Registers the metrics; raises ValueError where one of that name exists.
    """

    def __init__(self, make: Callable[[CollectorRegistry], T]) -> None:
        self._make = make
        self._made: WeakKeyDictionary[CollectorRegistry, T] = WeakKeyDictionary()

    def __call__(self, registry: CollectorRegistry) -> T:
        """What was made for *registry*.

        Raises:
            ConfigurationError: The registry holds a metric of the same name that is not ours.
        """
        # Workers write to the same files whatever the registry: a second set of metrics would write over the first.
        made = next(iter(self._made.values()), None) if is_shared() else self._made.get(registry)
        if made is None:
            try:
                made = self._made[registry] = self._make(registry)
            except ValueError as error:
                raise ConfigurationError(
                    f"registry: it holds a metric of one of our names already ({error}); pass another CollectorRegistry"
                ) from error
        return made
