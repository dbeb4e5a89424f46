"""What telemetry raises at start, and the guard around what it does inside a request.

TelemetryError
└── ConfigurationError   a setting or an argument cannot work; raised at start only
"""

import logging
import os
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final, Protocol, Self
from weakref import WeakSet

_logger = logging.getLogger("telemetry")


class TelemetryError(Exception):
    """Base of all errors that telemetry raises."""


class ConfigurationError(TelemetryError, ValueError):
    """A setting or argument cannot work; the message names it, its value and the remedy."""


class Guard:
    """Context manager that keeps a defect of telemetry away from the application.

    An exception inside is logged once for each part, counted, and swallowed.
    Under pytest it is raised, so that a defect cannot hide in a test.

    Args:
        part: The part of telemetry at work; few and constant, it becomes a label.
    """

    __slots__ = ("_part",)

    def __init__(self, part: str) -> None:
        self._part: Final = part

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        return isinstance(error, Exception) and self.took(error)

    def took(self, error: Exception) -> bool:
        """Takes an exception that was caught; for paths on which a context manager costs too much.

        Returns:
            Whether to go on; False means that it is to be raised again.
        """
        with _lock:
            _counts[self._part] += 1
            first = _counts[self._part] == 1
            listeners = tuple(_listeners)
        if first:
            _logger.error(
                "telemetry failed in %s; the request goes on without its figures (counted, not logged again)",
                self._part,
                exc_info=error,
            )
        for listener in listeners:
            # One that fails must not be the failure that the guard is there to keep away.
            with suppress(Exception):
                listener.failed(self._part)
        return "PYTEST_CURRENT_TEST" not in os.environ


class FailureListener(Protocol):
    """Wants to know of failures."""

    def failed(self, part: str) -> None:
        """Takes one failure of *part*."""


def tell_failures_to(listener: FailureListener) -> Mapping[str, int]:
    """Tells *listener* of each failure from now on, for as long as something else refers to it.

    Returns:
        How often each part failed before.
    """
    with _lock:
        _listeners.add(listener)
        return dict(_counts)


def internal_errors() -> Mapping[str, int]:
    """How often each part of telemetry failed since the process started."""
    with _lock:
        return dict(_counts)


_lock = threading.Lock()
_counts: Counter[str] = Counter()
_listeners: WeakSet[FailureListener] = WeakSet()
