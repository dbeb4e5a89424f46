"""The figures of a request as attributes of its SERVER span."""

from collections.abc import Iterable
from typing import Final

from opentelemetry.trace import Span
from opentelemetry.util.types import AttributeValue

from telemetry import conventions as names
from telemetry.budgets.judge import Verdict
from telemetry.budgets.verdict_text import over_names
from telemetry.request.breakdown import Figures
from telemetry.request.ending import Ending
from telemetry.request.repeats import Repeat
from telemetry.units import seconds_from_ns

_MAX_REPEATS: Final = 5


def annotate(span: Span, figures: Figures) -> None:
    """Writes the figures that are known onto *span*, which must not have ended.

    Args:
        span: SERVER span of the request.
        figures: What the request has cost.
    """
    span.set_attributes(_attributes(figures))


def annotate_over(span: Span, verdicts: Iterable[Verdict]) -> None:
    """Writes the names of the budgets that are over onto *span*, which must not have ended; nothing if none is.

    Args:
        span: SERVER span of the request.
        verdicts: On the request.
    """
    over = over_names(verdicts)
    if over:
        span.set_attributes({names.ATTRIBUTE_BUDGET_BREACHED: True, names.ATTRIBUTE_BUDGET_OVER: over})


def annotate_late(span: Span, ending: Ending) -> None:
    """Writes what the request did after its last byte onto *span*, which must not have ended.

    Args:
        span: SERVER span of the request.
        ending: Of the request.
    """
    sent, final = ending.breakdown.figures, ending.final
    attributes: dict[str, AttributeValue] = {
        names.ATTRIBUTE_LATE_DURATION: seconds_from_ns(final.elapsed_ns - sent.elapsed_ns)
    }
    queries = final.queries_since(sent)
    if queries is not None:
        attributes[names.ATTRIBUTE_LATE_QUERIES] = queries
    if final.db_sum_ns is not None and sent.db_sum_ns is not None:
        attributes[names.ATTRIBUTE_LATE_DB_SUM] = seconds_from_ns(final.db_sum_ns - sent.db_sum_ns)
    span.set_attributes(attributes)


def _attributes(figures: Figures) -> dict[str, AttributeValue]:
    attributes: dict[str, AttributeValue] = {}
    if figures.db_busy_ns is not None:
        attributes[names.ATTRIBUTE_DB_DURATION] = seconds_from_ns(figures.db_busy_ns)
    if figures.db_sum_ns is not None:
        attributes[names.ATTRIBUTE_DB_SUM] = seconds_from_ns(figures.db_sum_ns)
    if figures.db_queries is not None:
        attributes[names.ATTRIBUTE_DB_QUERIES] = figures.db_queries
    status = figures.cache_status()
    if status is not None:
        attributes[names.ATTRIBUTE_CACHE_STATUS] = status.value
    for phase, time in figures.phases.items():
        attributes[names.ATTRIBUTE_PHASES[phase.value]] = seconds_from_ns(time.busy_ns)
    if figures.unknown:
        attributes[names.ATTRIBUTE_UNKNOWN] = [reason.value for reason in figures.unknown]
    if figures.repeats:
        attributes.update(_repeats(figures.repeats))
    return attributes


def _repeats(repeats: tuple[Repeat, ...]) -> dict[str, AttributeValue]:
    worst = repeats[:_MAX_REPEATS]
    seconds = [seconds_from_ns(repeat.total_ns) for repeat in worst if repeat.total_ns is not None]
    attributes: dict[str, AttributeValue] = {
        names.ATTRIBUTE_REPEATED: sum(repeat.count for repeat in repeats),
        names.ATTRIBUTE_REPEATED_STATEMENTS: [repeat.fingerprint for repeat in worst],
        names.ATTRIBUTE_REPEATED_COUNTS: [repeat.count for repeat in worst],
        names.ATTRIBUTE_REPEATED_SOURCES: [repeat.source or "" for repeat in worst],
    }
    # By its place a duration belongs to a statement: one that is not known takes the others with it.
    if len(seconds) == len(worst):
        attributes[names.ATTRIBUTE_REPEATED_SECONDS] = seconds
    return attributes
