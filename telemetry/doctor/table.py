"""Findings as a table for people, and as JSON for programs."""

import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from telemetry.doctor.finding import Finding, Status

WIDTH: Final = 100

_HEADINGS: Final = ("part", "status", "what was found")
_REMEDY: Final = "Remedy: "
_GAP: Final = "  "
_COLOURS: Final = {Status.OK: "32", Status.NOTE: "33", Status.PROBLEM: "31;1"}

Paint = Callable[[Status, str], str]


def plain(_status: Status, text: str) -> str:
    """*text* as it is."""
    return text


def coloured(status: Status, text: str) -> str:
    """*text* in the colour of a status, for terminals."""
    return f"\x1b[{_COLOURS[status]}m{text}\x1b[0m"


def table(title: str, findings: Sequence[Finding], paint: Paint = plain) -> str:
    """The findings, one below the other, in at most 100 columns.

    Args:
        title: What was examined.
        findings: In the order in which they are to stand.
        paint: Makes a status stand out.
    """
    part_width = max(len(text) for text in (_HEADINGS[0], *(finding.part for finding in findings)))
    status_width = max(len(text) for text in (_HEADINGS[1], *Status))
    head = _GAP.join((_HEADINGS[0].ljust(part_width), _HEADINGS[1].ljust(status_width), _HEADINGS[2]))
    lines = [title, "", head, _GAP.join(("-" * part_width, "-" * status_width, "-" * len(_HEADINGS[2])))]
    for finding in findings:
        lines += _rows(finding, part_width, status_width, paint)
    return "\n".join((*lines, "", summary(findings)))


def summary(findings: Iterable[Finding]) -> str:
    """How many findings there are of each status."""
    counts = Counter(finding.status for finding in findings)
    return ", ".join(_counted(counts[status], status.value) for status in (Status.PROBLEM, Status.NOTE)) + (
        f", {counts[Status.OK]} ok"
    )


def as_json(target: str, findings: Iterable[Finding]) -> str:
    """The findings as one JSON object.

    Args:
        target: What was examined.
        findings: In the order in which they are to stand.
    """
    return json.dumps({"target": target, "findings": [_fields(finding) for finding in findings]}, indent=2)


def _rows(finding: Finding, part_width: int, status_width: int, paint: Paint) -> Iterator[str]:
    room = WIDTH - part_width - status_width - 2 * len(_GAP)
    texts = textwrap.wrap(finding.what, room)
    if finding.remedy is not None:
        texts += textwrap.wrap(_REMEDY + finding.remedy, room, subsequent_indent=" " * len(_REMEDY))
    status = paint(finding.status, finding.status.value) + " " * (status_width - len(finding.status.value))
    yield _GAP.join((finding.part.ljust(part_width), status, texts[0] if texts else "")).rstrip()
    indent = " " * (part_width + status_width + 2 * len(_GAP))
    yield from (indent + text for text in texts[1:])


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _fields(finding: Finding) -> Mapping[str, str | None]:
    return {
        "part": finding.part,
        "status": finding.status.value,
        "what": finding.what,
        "remedy": finding.remedy,
    }
