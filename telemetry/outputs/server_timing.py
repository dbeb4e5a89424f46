"""The `Server-Timing` value of a request: pure, from figures to text.

Source: https://www.w3.org/TR/server-timing/#the-server-timing-header-field
"""

from collections.abc import Iterator
from typing import Final

from telemetry.request.breakdown import Figures
from telemetry.request.lookups import CacheStatus
from telemetry.units import ms_from_ns

_CACHE_DESCRIPTIONS: Final = {
    CacheStatus.HIT: "Cache Hit",
    CacheStatus.MISS: "Cache Miss",
    CacheStatus.PARTIAL: "Cache Partial",
    CacheStatus.BYPASS: "Cache Bypass",
}
# Keeps the number of digits, and so the size of the header, bounded: 2 h 46 min.
_MAX_MS: Final = 9_999_999.99


def header_value(figures: Figures) -> str:
    """The value of our own `Server-Timing` line: ASCII, at most 200 bytes.

    A figure that is not known has no entry. `queries` carries no `dur`, because
    devtools would print a count as milliseconds.

    Args:
        figures: What the request had cost when its response started.

    >>> header_value(Figures(elapsed_ns=55_100_000, db_busy_ns=42_560_000, db_queries=3))
    'db;dur=42.56;desc="Database Query Time", queries;desc="3 Queries", total;dur=55.10'
    """
    return ", ".join(_entries(figures))


def _entries(figures: Figures) -> Iterator[str]:
    if figures.db_busy_ns is not None:
        yield f'db;dur={_dur(figures.db_busy_ns)};desc="Database Query Time"'
    status = figures.cache_status()
    if status is not None:
        yield f'cache;desc="{_CACHE_DESCRIPTIONS[status]}"'
    if figures.db_queries is not None:
        yield f'queries;desc="{_counted(figures.db_queries)}"'
    yield f"total;dur={_dur(figures.elapsed_ns)}"


def _dur(duration_ns: int) -> str:
    return f"{min(max(ms_from_ns(duration_ns), 0.0), _MAX_MS):.2f}"


def _counted(queries: int) -> str:
    return "1 Query" if queries == 1 else f"{queries} Queries"
