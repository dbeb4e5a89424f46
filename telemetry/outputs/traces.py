"""The figures of a request as attributes of its SERVER span."""

from opentelemetry.trace import Span

from telemetry.conventions import ATTRIBUTE_CACHE_STATUS, ATTRIBUTE_DB_DURATION, ATTRIBUTE_DB_QUERIES
from telemetry.request.breakdown import Figures
from telemetry.units import seconds_from_ns


def annotate(span: Span, figures: Figures) -> None:
    """Writes the figures that are known onto *span*, which must not have ended.

    Args:
        span: SERVER span of the request.
        figures: What the request has cost.
    """
    if figures.db_busy_ns is not None:
        span.set_attribute(ATTRIBUTE_DB_DURATION, seconds_from_ns(figures.db_busy_ns))
    if figures.db_queries is not None:
        span.set_attribute(ATTRIBUTE_DB_QUERIES, figures.db_queries)
    status = figures.cache_status()
    if status is not None:
        span.set_attribute(ATTRIBUTE_CACHE_STATUS, status.value)
