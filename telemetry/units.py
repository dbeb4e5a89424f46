"""Conversions out of nanoseconds, the only unit of time inside."""

_NS_PER_MS = 1_000_000
_NS_PER_SECOND = 1_000_000_000


def ms_from_ns(duration_ns: int) -> float:
    """Milliseconds, for `Server-Timing` and budgets only.

    Args:
        duration_ns: A duration in ns.
    """
    return duration_ns / _NS_PER_MS


def seconds_from_ns(duration_ns: int) -> float:
    """Seconds, the base unit of Prometheus and of OpenTelemetry durations.

    Args:
        duration_ns: A duration in ns.
    """
    return duration_ns / _NS_PER_SECOND
