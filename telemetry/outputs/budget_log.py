"""Logs requests that exceed a budget, a few lines a minute for each route."""

import json
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter

from telemetry import conventions as names
from telemetry.budgets.verdict_text import figure_text, over_text
from telemetry.outputs.registries import PerRegistry
from telemetry.outputs.verdicts import Breach

_logger = logging.getLogger("telemetry.budgets")
LINES_PER_MINUTE: Final = 6
_MINUTE_SECONDS: Final = 60.0
_MAX_ROUTES: Final = 1_000
_MAX_STATEMENT: Final = 500


class _Lines:
    __slots__ = ("held_back", "said")

    def __init__(self) -> None:
        self.said: deque[float] = deque(maxlen=LINES_PER_MINUTE)
        self.held_back = 0


class BudgetLog:
    """A listener that logs a line for a breach, at most 6 within a minute for each route.

    What is held back is counted, and the next line of its route says how much it was.

    Args:
        held_back: Counts the lines that were not written.
        clock: Monotonic, in seconds.
    """

    def __init__(self, held_back: Counter, clock: Callable[[], float] = time.monotonic) -> None:
        self._held_back = held_back
        self._clock = clock
        self._lock = threading.Lock()
        self._lines: dict[tuple[str, str], _Lines] = {}

    def __call__(self, breach: Breach) -> None:
        """Takes one request that exceeded a budget."""
        breakdown = breach.ending.breakdown
        route = (breakdown.method, breakdown.route or names.ROUTE_UNMATCHED)
        held_back = self._admitted(route)
        if held_back is None:
            self._held_back.inc()
            return
        fields = dict(_fields(route, breach, held_back))
        shown = " ".join(f"{name}={json.dumps(value)}" for name, value in fields.items() if name != "budgets")
        _logger.warning("over budget: %s", shown, extra={"over_budget": fields})

    def _admitted(self, route: tuple[str, str]) -> int | None:
        """How many lines of *route* were held back before this one; None if it is held back too."""
        with self._lock:
            lines = self._lines.get(route)
            if lines is None:
                if len(self._lines) >= _MAX_ROUTES:
                    return None
                lines = self._lines[route] = _Lines()
            now = self._clock()
            if len(lines.said) == LINES_PER_MINUTE and now - lines.said[0] < _MINUTE_SECONDS:
                lines.held_back += 1
                return None
            lines.said.append(now)
            held_back, lines.held_back = lines.held_back, 0
            return held_back


def _fields(route: tuple[str, str], breach: Breach, held_back: int) -> Iterator[tuple[str, Any]]:
    yield names.LABEL_METHOD, route[0]
    yield names.LABEL_ROUTE, route[1]
    yield "over", ", ".join(map(over_text, breach.over))
    yield (
        "budgets",
        [
            {"budget": verdict.budget.name, "figure": figure_text(verdict), "limit": verdict.budget.limit_text}
            for verdict in breach.over
        ],
    )
    if breach.trace_id is not None:
        yield "trace_id", breach.trace_id
    if breach.ending.final.repeats:
        worst = breach.ending.final.repeats[0]
        yield "repeated_count", worst.count
        yield "repeated_statement", worst.fingerprint[:_MAX_STATEMENT]
        yield "repeated_source", worst.source or "an unknown line"
    if held_back:
        yield "held_back", held_back


def _budget_log(registry: CollectorRegistry) -> BudgetLog:
    what = "Log lines about exceeded budgets that were not written, because their route had its share of the minute."
    return BudgetLog(Counter(names.METRIC_BUDGET_LINES_HELD_BACK, what, registry=registry))


#: The log of a registry.
budget_log_for = PerRegistry(_budget_log)
