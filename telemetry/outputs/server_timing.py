"""The `Server-Timing` value of a request: pure, from figures to text.

Source: https://www.w3.org/TR/server-timing/#the-server-timing-header-field
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from telemetry.outputs.exposure.level import Exposure
from telemetry.request.breakdown import Figures
from telemetry.request.lookups import CacheStatus
from telemetry.request.timings import CustomTiming
from telemetry.units import ms_from_ns

#: Proxies refuse long headers, nginx a response whose headers exceed 4 kB together.
MAX_BYTES: Final = 512
#: Characters of a custom name, and of a custom description before it is escaped.
MAX_TEXT: Final = 64
RESERVED_NAMES: Final = frozenset({"budget", "cache", "db", "queries", "total", "traceparent"})

_CACHE_DESCRIPTIONS: Final = {
    CacheStatus.HIT: "Cache Hit",
    CacheStatus.MISS: "Cache Miss",
    CacheStatus.PARTIAL: "Cache Partial",
    CacheStatus.BYPASS: "Cache Bypass",
}
# Keeps the number of digits, and so the size of the header, bounded: 2 h 46 min.
_MAX_MS: Final = 9_999_999.99
# What no request sends; a caller that adds nonsense must not push the other entries out.
_MAX_QUERIES: Final = 10**12
_RESERVED_PREFIX: Final = "app-"
_UNNAMED: Final = "unnamed"
# Fewer characters than a token may have: some readers stop at the others.
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_NOT_PRINTABLE = re.compile(r"[^ -~]")
_ESCAPED = re.compile(r'["\\]')


@dataclass(frozen=True, slots=True)
class HeaderLine:
    """Our own `Server-Timing` line.

    Attributes:
        value: ASCII, at most 512 bytes, whole entries only.
        omitted: Timings of user code for which there was no room.
    """

    value: str
    omitted: int = 0


def header_line(
    figures: Figures,
    exposure: Exposure = Exposure.FULL,
    traceparent: str | None = None,
    budget_entry: str | None = None,
) -> HeaderLine:
    """Our own line: db, cache, queries, total, the budgets that are over, then what user code timed, then the trace.

    A figure that is not known has no entry. `queries` carries no `dur`, because
    devtools would print a count as milliseconds.

    Args:
        figures: What the request had cost when its response started.
        exposure: How much of it is shown.
        traceparent: As `traceparent_of` makes it; None for no such entry.
        budget_entry: The whole entry, at most 160 bytes; shown with everything only. None for no such entry.

    >>> header_line(Figures(elapsed_ns=55_100_000, db_busy_ns=42_560_000, db_queries=3)).value
    'db;dur=42.56;desc="Database Query Time", queries;desc="3 Queries", total;dur=55.10'
    >>> header_line(Figures(elapsed_ns=55_100_000, db_busy_ns=42_560_000, db_queries=3), Exposure.COARSE).value
    'db;dur=43;desc="Database Query Time", total;dur=55'
    """
    digits = 2 if exposure is Exposure.FULL else 0
    entries = list(_own(figures, exposure, digits))
    if budget_entry is not None and exposure is Exposure.FULL:
        entries.append(budget_entry)
    last = [] if traceparent is None else [f'traceparent;desc="{traceparent}"']
    omitted = 0
    if figures.timings:
        custom = [_custom(timing, digits) for timing in figures.timings]
        shown = _fitting(custom, MAX_BYTES - len(", ".join(entries + last)))
        omitted = len(custom) - shown
        entries += custom[:shown]
    return HeaderLine(", ".join(entries + last), omitted)


def traceparent_of(trace_id: int, span_id: int) -> str:
    """The identity of a sampled SERVER span, as readers of it expect it.

    The flags are 01 whatever they are in the trace: several agents read nothing else.

    Source: https://www.w3.org/TR/trace-context/#traceparent-header-field-values

    >>> traceparent_of(0x4BF92F3577B34DA6A3CE929D0E0E4736, 0x00F067AA0BA902B7)
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    """
    return f"00-{trace_id:032x}-{span_id:016x}-01"


def entry_name(text: object) -> str:
    """*text* as the name of a custom entry: it cannot end the header and is no name of ours.

    Characters other than letters, digits, `_`, `.` and `-` become `-`; a name of
    our own entries gets the prefix `app-`. A name made here stays as it is when
    it is made again.

    >>> entry_name("render html"), entry_name("db"), entry_name("")
    ('render-html', 'app-db', 'unnamed')
    """
    name = _NOT_IN_NAMES.sub("-", text[:MAX_TEXT]) if isinstance(text, str) else ""
    if name.lower() in RESERVED_NAMES:
        return _RESERVED_PREFIX + name
    return name or _UNNAMED


def _own(figures: Figures, exposure: Exposure, digits: int) -> Iterator[str]:
    if figures.db_busy_ns is not None:
        yield f'db;dur={_dur(figures.db_busy_ns, digits)};desc="Database Query Time"'
    if exposure is Exposure.FULL:
        status = figures.cache_status()
        if status is not None:
            yield f'cache;desc="{_CACHE_DESCRIPTIONS[status]}"'
        if figures.db_queries is not None and figures.db_queries <= _MAX_QUERIES:
            yield f'queries;desc="{_counted(figures.db_queries)}"'
    yield f"total;dur={_dur(figures.elapsed_ns, digits)}"


def _custom(timing: CustomTiming, digits: int) -> str:
    entry = f"{entry_name(timing.name)};dur={_dur(timing.duration_ns, digits)}"
    description = _quotable(timing.description)
    return f'{entry};desc="{description}"' if description else entry


def _quotable(text: object) -> str:
    if not isinstance(text, str):
        return ""
    return _ESCAPED.sub(r"\\\g<0>", _NOT_PRINTABLE.sub("?", text[:MAX_TEXT]))


def _fitting(entries: list[str], room: int) -> int:
    """How many of the first entries fit: one that is shown never had an earlier one left out for it."""
    for count, entry in enumerate(entries):
        room -= len(", ") + len(entry)
        if room < 0:
            return count
    return len(entries)


def _dur(duration_ns: int, digits: int) -> str:
    return f"{min(max(ms_from_ns(duration_ns), 0.0), _MAX_MS):.{digits}f}"


def _counted(queries: int) -> str:
    return "1 Query" if queries == 1 else f"{queries} Queries"
