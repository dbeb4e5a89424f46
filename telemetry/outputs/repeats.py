"""Says once for each route which statement it repeats, and from which line."""

import logging
import threading
from typing import Final

from telemetry.conventions import ROUTE_UNMATCHED
from telemetry.request.breakdown import Breakdown
from telemetry.units import ms_from_ns

_logger = logging.getLogger("telemetry")
_MAX_ROUTES: Final = 1_000


class RepeatLog:
    """An output that logs the longest repeat of a request, at most once for each route of the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._said: set[tuple[str, str]] = set()

    def __call__(self, breakdown: Breakdown) -> None:
        """Takes one finished request."""
        if not breakdown.figures.repeats:
            return
        route = (breakdown.method, breakdown.route or ROUTE_UNMATCHED)
        if not self._is_new(route):
            return
        worst = breakdown.figures.repeats[0]
        _logger.warning(
            "%s %s sent one statement %d times, one after another%s, from %s: %s",
            *route,
            worst.count,
            "" if worst.total_ns is None else f" ({ms_from_ns(worst.total_ns):.1f} ms in all)",
            worst.source or "an unknown line",
            worst.fingerprint,
        )

    def _is_new(self, route: tuple[str, str]) -> bool:
        with self._lock:
            if route in self._said or len(self._said) >= _MAX_ROUTES:
                return False
            self._said.add(route)
        return True
