"""Circuit breaker: stops traffic to a server that keeps failing, so that it costs requests nothing."""

import threading
from collections.abc import Callable


class Breaker:
    """Opens after some failures in a row; then lets one command through after each rest.

    Args:
        failures: How many open it, >= 1.
        rest_seconds: How long it stays open before one command may probe.
        clock: Monotonic, in seconds.
    """

    __slots__ = ("_clock", "_failed", "_failures", "_lock", "_rest_seconds", "_retry_at")

    def __init__(self, failures: int, rest_seconds: float, clock: Callable[[], float]) -> None:
        self._failures = failures
        self._rest_seconds = rest_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._retry_at: float | None = None

    def admits(self) -> bool:
        """Whether a command may be sent now; the caller must report how it went."""
        if self._retry_at is None:
            return True
        now = self._clock()
        with self._lock:
            if self._retry_at is None:
                return True
            if now < self._retry_at:
                return False
            # A probe that never reports, because its task was cancelled, costs one more rest.
            self._retry_at = now + self._rest_seconds
            return True

    def succeeded(self) -> bool:
        """Takes note that a command was answered; True if that closed the breaker."""
        if self._failed == 0:
            return False
        with self._lock:
            was_open, self._retry_at, self._failed = self._retry_at is not None, None, 0
            return was_open

    def failed(self) -> bool:
        """Takes note that a command failed; True if that opened the breaker."""
        now = self._clock()
        with self._lock:
            self._failed += 1
            if self._failed < self._failures:
                return False
            was_closed, self._retry_at = self._retry_at is None, now + self._rest_seconds
            return was_closed
