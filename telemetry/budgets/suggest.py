"""Budgets a little above what was seen, and what could not be known."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Final

from telemetry.budgets.confidence import RISK, events_needed
from telemetry.budgets.histogram import Bound, Histogram
from telemetry.budgets.model import decimal_text
from telemetry.budgets.observations import Lookups, RouteFigures
from telemetry.budgets.percent import percent_text
from telemetry.budgets.readable import readable_above, shortened
from telemetry.request.repeats import THRESHOLD

_P95: Final = Decimal("0.05")
_P99: Final = Decimal("0.01")
# A limit at which all that is allowed was over already would be exceeded the next day.
_ROOM: Final = 0.5
_MARGIN: Final = Decimal("1.1")
_MS: Final = Decimal(1000)
# Adding floats up in another order gives another sum.
_ROUNDING: Final = 1e-6
_DECIMALS: Final = Decimal("1e-6")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a file may say under one key.

    Attributes:
        key: Of the file.
        limit: To write; None if nothing is known that could be written.
        why: What was seen, or why nothing is known, in one line.
    """

    key: str
    limit: Decimal | None
    why: str


def for_route(figures: RouteFigures) -> tuple[Suggestion, ...]:
    """What the file may say of a route.

    Args:
        figures: What was seen of it.
    """
    return (
        *_latencies(figures.durations),
        _errors(figures),
        _queries(figures),
        _repeated(figures),
        _db_time(figures),
    )


def for_cache(lookups: Lookups) -> tuple[Suggestion, ...]:
    """What the file may say of a namespace of cache keys.

    Args:
        lookups: What was seen of it.
    """
    key, misses = "hit_ratio", lookups.count - lookups.hits
    if few := _too_few(lookups.count, _P99, "look-ups"):
        return (Suggestion(key, None, few),)
    if misses <= 0:
        return (Suggestion(key, None, f"each of {round(lookups.count)} look-ups hit, {_at_most(lookups.count)} miss"),)
    share = _share(misses, lookups.count)
    limit = 1 - readable_above(share * _MARGIN)
    seen = f"{percent_text(float(1 - share))} of {round(lookups.count)} look-ups hit"
    return (Suggestion(key, limit, seen) if limit > 0 else Suggestion(key, None, f"only {seen}"),)


def _latencies(durations: Histogram) -> Iterator[Suggestion]:
    tail = _bounded("p99_ms", durations, _P99, _MS)
    most = _bounded("p95_ms", durations, _P95, _MS)
    if most.limit is not None and most.limit == tail.limit:
        # The file refuses both: the one that asks for more says it all.
        most = Suggestion(most.key, None, f"the same bucket as {tail.key}")
    yield from (most, tail)


def _errors(figures: RouteFigures) -> Suggestion:
    key, requests = "error_rate", figures.requests
    if few := _too_few(requests, _P99, "requests"):
        return Suggestion(key, None, few)
    if figures.errors <= 0:
        return Suggestion(key, None, f"none of {round(requests)} requests failed, {_at_most(requests)} do")
    seen = f"{percent_text(figures.errors / requests)} of {round(requests)} requests failed"
    limit = readable_above(_share(figures.errors, requests) * _MARGIN)
    return Suggestion(key, limit if limit < 1 else None, seen)


def _queries(figures: RouteFigures) -> Suggestion:
    if late := _late(figures):
        return Suggestion("queries", None, late)
    found = _bounded("queries", figures.queries, _P99, Decimal(1))
    if found.limit is None:
        return found
    return Suggestion(found.key, max(Decimal(1), found.limit.to_integral_value(ROUND_CEILING)), found.why)


def _repeated(figures: RouteFigures) -> Suggestion:
    key = "repeated_queries"
    why = _late(figures) or _too_few(figures.queries.count, _P99, "requests")
    if why:
        return Suggestion(key, None, why)
    if figures.repeated_queries > 0:
        return Suggestion(
            key, None, f"{round(figures.repeated_queries)} were sent in all, not known by how many requests"
        )
    return Suggestion(key, Decimal(THRESHOLD - 1), f"no SELECT was repeated {THRESHOLD} times")


def _db_time(figures: RouteFigures) -> Suggestion:
    key = "db_ms"
    if late := _late(figures):
        return Suggestion(key, None, late)
    few = _too_few(figures.db_durations.count, _P99, "requests")
    if not few and figures.db_sum_seconds <= 0:
        return Suggestion(key, None, "no statement was seen")
    if figures.db_sum_seconds > figures.db_wall_seconds * (1 + _ROUNDING) + _ROUNDING:
        return Suggestion(key, None, "statements overlapped: only the wall time by request is known, not their sum")
    return _bounded(key, figures.db_durations, _P99, _MS)


def _bounded(key: str, histogram: Histogram, allowed: Decimal, scale: Decimal) -> Suggestion:
    if few := _too_few(histogram.count, allowed, "requests"):
        return Suggestion(key, None, few)
    bound = histogram.lowest(float(allowed) * _ROOM)
    if bound is None:
        return Suggestion(key, None, _beyond(histogram.bounds, scale))
    why = f"{percent_text(bound.over)} of {round(histogram.count)} were over {_text(bound.value * scale)}"
    below = histogram.below(bound)
    if below is not None:
        why += f", {percent_text(below.over, bound.over)} over {_text(below.value * scale)}"
    limit = bound.value * scale
    return Suggestion(key, shortened(limit) if limit > 0 else Decimal(0), why)


def _beyond(bounds: tuple[Bound, ...], scale: Decimal) -> str:
    if not bounds:
        return "the histogram has no buckets"
    last = bounds[-1]
    return f"{percent_text(last.over)} were over {_text(last.value * scale)}, above which there is no bucket"


def _late(figures: RouteFigures) -> str:
    late = figures.late_queries
    return f"{round(late)} statements came after the last byte, not known by how many requests" if late > 0 else ""


def _too_few(events: float, allowed: Decimal, what: str) -> str:
    needed = events_needed(allowed)
    return f"too few {what}: {round(events)} of the {needed} that it takes" if round(events) < needed else ""


def _at_most(events: float) -> str:
    # The share at which so many clean events would be seen in 5 % of all cases.
    share = -math.expm1(math.log(RISK) / events)
    return f"so at most {percent_text(float(readable_above(Decimal(share))))} (95 % sure)"


def _share(part: float, whole: float) -> Decimal:
    return max(Decimal(part / whole).quantize(_DECIMALS, ROUND_CEILING), _DECIMALS)


def _text(number: Decimal) -> str:
    return decimal_text(number)


def proposed(suggestions: Iterable[Suggestion]) -> tuple[Suggestion, ...]:
    """Those that have a limit.

    Args:
        suggestions: Any.
    """
    return tuple(one for one in suggestions if one.limit is not None)
