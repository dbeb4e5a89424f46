"""Names of what the rules record in Prometheus, for all who read it there."""

import json
from datetime import timedelta
from typing import Final

from telemetry import conventions
from telemetry.budgets.windows import promql_duration

JOB: Final = "job"
#: What tells one budget from another, in every series that the rules record.
BUDGET_LABELS: Final = (
    JOB,
    conventions.LABEL_METHOD,
    conventions.LABEL_ROUTE,
    conventions.LABEL_CACHE_NAMESPACE,
    conventions.LABEL_BUDGET,
    conventions.LABEL_LIMIT,
)

EVENTS_TOTAL: Final = f"{conventions.METRIC_BUDGET_EVENTS}_total"
OVER_TOTAL: Final = f"{conventions.METRIC_BUDGET_OVER}_total"

#: Share of events that may be over. Its further labels: `alerts` (page, ticket, none), `owner`, `breach` (in words).
ALLOWED: Final = "performance:budget_allowed:ratio"
#: Events that a window must hold before it may alert.
MIN_EVENTS: Final = "performance:budget_min_events:count"
#: What is left of the budget in its window: 1 nothing used, 0 all used, negative overdrawn.
REMAINING: Final = "performance:budget_remaining:ratio"


def burn(window: timedelta) -> str:
    """How fast the budget is used, seen over a window; 1 uses up exactly all of it. Silent without events."""
    return f"performance:budget_burn:rate{promql_duration(window)}"


def events(window: timedelta) -> str:
    """Events within a window."""
    return f"performance:budget_events:increase{promql_duration(window)}"


def over(window: timedelta) -> str:
    """Events over the limit within a window."""
    return f"performance:budget_over:increase{promql_duration(window)}"


def events_slice(length: timedelta) -> str:
    """Events within a slice; slices follow one another without gaps, and long windows are added up from them."""
    return f"performance:budget_events_slice:increase{promql_duration(length)}"


def over_slice(length: timedelta) -> str:
    """Events over the limit within a slice."""
    return f"performance:budget_over_slice:increase{promql_duration(length)}"


def selector(metric: str, job: str, **labels: str) -> str:
    """PromQL for the series of a metric that one service has.

    Args:
        metric: Its name.
        job: The service.
        **labels: Further labels, each with its exact value.

    Source: https://prometheus.io/docs/prometheus/latest/querying/basics/#string-literals
    """
    matchers = (f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in {JOB: job, **labels}.items())
    return f"{metric}{{{','.join(matchers)}}}"
