"""A report as a table for people, and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from telemetry.budgets.columns import Columns
from telemetry.budgets.duration import rough_text
from telemetry.budgets.history import History, Window
from telemetry.budgets.labels import labels
from telemetry.budgets.model import Subject
from telemetry.budgets.percent import percent_text
from telemetry.budgets.report import Report, Row

_COLUMNS: Final = Columns(
    ("route or cache", "budget", "events", "over", "allowed", "left", "before", "known"),
    0,
    frozenset({2, 3, 4, 5, 6, 7}),
)


def table(report: Report) -> str:
    """All budgets, the worst first, in at most 100 columns.

    Args:
        report: To show.
    """
    head = f"report: {report.service}, {report.window.known(report.history)}"
    compared = f"before: {_compared(report.window, report.before)}"
    budgets = Counter(row.subject for row in report.rows)
    grouped = (tuple(group) for _, group in groupby(report.rows, key=_group))
    rows = [texts for group in grouped for texts in _rows(report.window, group, budgets)]
    lines = [head, compared, "", *(_COLUMNS.lines(rows) if rows else ())]
    if any(row.tally.events and not row.is_enough for row in report.rows):
        lines += ["", "* too few events to say so"]
    if report.nothing is not None:
        lines += ["", f"Nothing is known: {report.nothing}."]
    return "\n".join(lines)


def as_json(report: Report) -> str:
    """All budgets as one JSON object.

    Args:
        report: To show.
    """
    content = {
        "service": report.service,
        "window_seconds": report.window.seconds,
        "window_end": round(report.window.end, 3),
        "known_seconds": _seconds(report.history),
        "known_seconds_before": _seconds(report.before),
        "nothing_known": report.nothing,
        "budgets": [_fields(row) for row in report.rows],
    }
    return json.dumps(content, indent=2)


def _compared(window: Window, history: History | None) -> str:
    text = f"the {rough_text(window.seconds)} before that"
    if history is None:
        return f"{text}, of which nothing is known"
    return text if window.is_whole(history) else f"{text}, of which only {rough_text(history.seconds)} are known"


def _group(row: Row) -> object:
    return row.subject if not row.tally.events else id(row)


def _rows(window: Window, group: tuple[Row, ...], budgets: Mapping[Subject, int]) -> Iterator[tuple[str, ...]]:
    row, *others = group
    known = {_known(window, one.history) for one in group}
    if others and len(group) == budgets[row.subject] and len(known) == 1:
        yield str(row.subject), f"all {len(group)}", "0", "", "", "", "", *known
    else:
        yield from (_texts(window, one) for one in group)


def _texts(window: Window, row: Row) -> tuple[str, ...]:
    budget, tally = row.budget, row.tally
    name = f"{budget.name} {budget.limit_text}"
    known = _known(window, row.history)
    if row.left is None or tally.share is None:
        return str(row.subject), name, "0", "", "", "", "", known
    allowed = float(budget.allowed)
    return (
        str(row.subject),
        name,
        str(round(tally.events)),
        percent_text(tally.share, allowed),
        percent_text(allowed, tally.share),
        percent_text(row.left) + ("" if row.is_enough else " *"),
        _before(row),
        known,
    )


def _known(window: Window, history: History | None) -> str:
    if history is None:
        return "nothing"
    return rough_text(window.seconds if window.is_whole(history) else history.seconds)


def _before(row: Row) -> str:
    share = None if row.before is None else row.before.share
    if share is None:
        return ""
    return percent_text(share) if row.trend is None else f"{percent_text(share)}, {row.trend.value}"


def _fields(row: Row) -> dict[str, Any]:
    before = row.before
    return {
        **labels(row.subject, row.budget),
        "objective": float(row.budget.objective),
        "allowed": float(row.budget.allowed),
        "min_events": row.budget.min_events,
        "events": round(row.tally.events),
        "over": round(row.tally.over),
        "share_over": row.tally.share,
        "left": row.left,
        "is_enough": row.is_enough,
        "events_before": None if before is None else round(before.events),
        "share_over_before": None if before is None else before.share,
        "trend": None if row.trend is None else row.trend.value,
        "known_seconds": _seconds(row.history),
        "known_since": None if row.history is None else round(row.history.since, 3),
    }


def _seconds(history: History | None) -> int | None:
    return None if history is None else round(history.seconds)
