"""The outcome of a gate as a table for people, and as JSON for programs."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from telemetry.budgets.columns import Columns
from telemetry.budgets.finding import Outcome
from telemetry.budgets.gate import Gate, Judged
from telemetry.budgets.labels import labels
from telemetry.budgets.model import Subject
from telemetry.budgets.percent import percent_text

_COLUMNS: Final = Columns(
    ("outcome", "route or cache", "budget", "events", "over", "share", "allowed", ""), 1, frozenset({3, 4, 5, 6})
)

_MAX_LEFT_OUT: Final = 8


def table(gate: Gate) -> str:
    """All budgets, those that are exceeded first, in at most 100 columns.

    Args:
        gate: What was found.
    """
    head = f"gate: {gate.service}, {gate.window.known(gate.history)}"
    budgets = Counter(judged.finding.subject for judged in gate.judged)
    rows = [row for _, group in groupby(gate.judged, key=_group) for row in _rows(tuple(group), budgets)]
    lines = [head, "", *_COLUMNS.lines(rows), ""] if rows else [head, ""]
    if gate.nothing is not None:
        lines += [f"Nothing is known: {gate.nothing}.", ""]
    if gate.left_out:
        lines += [*_left_out(gate.left_out), ""]
    return "\n".join((*lines, summary(gate)))


def summary(gate: Gate) -> str:
    """How many budgets there are of each outcome.

    Args:
        gate: What was found.
    """
    return ", ".join(f"{gate.number(outcome)} {outcome.value}" for outcome in Outcome)


def as_json(gate: Gate) -> str:
    """All budgets as one JSON object.

    Args:
        gate: What was found.
    """
    known = None if gate.history is None else round(gate.history.seconds)
    content = {
        "service": gate.service,
        "window_seconds": gate.window.seconds,
        "window_end": round(gate.window.end, 3),
        "known_seconds": known,
        "nothing_known": gate.nothing,
        "left_out": [str(subject) for subject in gate.left_out],
        "budgets": [_fields(judged) for judged in gate.judged],
    }
    return json.dumps(content, indent=2)


def _left_out(subjects: tuple[Subject, ...]) -> Iterator[str]:
    yield from (f"no route of the application: {subject}" for subject in subjects[:_MAX_LEFT_OUT])
    if len(subjects) > _MAX_LEFT_OUT:
        yield f"no routes of the application: {len(subjects) - _MAX_LEFT_OUT} more, shown by --json"


def _group(judged: Judged) -> object:
    finding = judged.finding
    return (finding.subject, judged.note) if not finding.events else finding.title


def _rows(group: tuple[Judged, ...], budgets: Mapping[Subject, int]) -> Iterator[tuple[str, ...]]:
    (finding, note), *others = group
    if others and len(group) == budgets[finding.subject]:
        yield finding.outcome.value, str(finding.subject), f"all {len(group)}", "0", "0", "", "", note
    else:
        yield from map(_row, group)


def _row(judged: Judged) -> tuple[str, ...]:
    finding, note = judged
    allowed, share = float(finding.budget.allowed), None
    if finding.events:
        share = finding.over / finding.events
    return (
        finding.outcome.value,
        str(finding.subject),
        f"{finding.budget.name} {finding.budget.limit_text}",
        str(finding.events),
        str(finding.over),
        "" if share is None else percent_text(share, allowed),
        percent_text(allowed, share),
        note,
    )


def _fields(judged: Judged) -> dict[str, Any]:
    finding = judged.finding
    budget = finding.budget
    return {
        **labels(finding.subject, budget),
        "objective": float(budget.objective),
        "allowed": float(budget.allowed),
        "min_events": budget.min_events,
        "events": finding.events,
        "over": finding.over,
        "share_over": finding.over / finding.events if finding.events else None,
        "outcome": finding.outcome.value,
        "message": finding.message,
    }
