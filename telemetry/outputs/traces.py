"""The figures of a request as attributes of its SERVER span."""

from typing import Final

from opentelemetry.trace import Span

from telemetry import conventions as names
from telemetry.request.breakdown import Figures
from telemetry.request.repeats import Repeat
from telemetry.units import seconds_from_ns

_MAX_REPEATS: Final = 5


def annotate(span: Span, figures: Figures) -> None:
    """Writes the figures that are known onto *span*, which must not have ended.

    Args:
        span: SERVER span of the request.
        figures: What the request has cost.
    """
    if figures.db_busy_ns is not None:
        span.set_attribute(names.ATTRIBUTE_DB_DURATION, seconds_from_ns(figures.db_busy_ns))
    if figures.db_sum_ns is not None:
        span.set_attribute(names.ATTRIBUTE_DB_SUM, seconds_from_ns(figures.db_sum_ns))
    if figures.db_queries is not None:
        span.set_attribute(names.ATTRIBUTE_DB_QUERIES, figures.db_queries)
    status = figures.cache_status()
    if status is not None:
        span.set_attribute(names.ATTRIBUTE_CACHE_STATUS, status.value)
    for phase, time in figures.phases.items():
        span.set_attribute(names.ATTRIBUTE_PHASES[phase.value], seconds_from_ns(time.busy_ns))
    if figures.unknown:
        span.set_attribute(names.ATTRIBUTE_UNKNOWN, [reason.value for reason in figures.unknown])
    if figures.repeats:
        _annotate_repeats(span, figures.repeats)


def _annotate_repeats(span: Span, repeats: tuple[Repeat, ...]) -> None:
    worst = repeats[:_MAX_REPEATS]
    span.set_attribute(names.ATTRIBUTE_REPEATED, sum(repeat.count for repeat in repeats))
    span.set_attribute(names.ATTRIBUTE_REPEATED_STATEMENTS, [repeat.fingerprint for repeat in worst])
    span.set_attribute(names.ATTRIBUTE_REPEATED_COUNTS, [repeat.count for repeat in worst])
    span.set_attribute(names.ATTRIBUTE_REPEATED_SECONDS, [seconds_from_ns(repeat.total_ns) for repeat in worst])
    span.set_attribute(names.ATTRIBUTE_REPEATED_SOURCES, [repeat.source or "" for repeat in worst])
