"""History that a Prometheus has from its start, and the same figures worked out without it."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from telemetry import conventions as names
from telemetry.budgets.model import Subject
from telemetry.budgets.recorded import events_slice, over_slice
from telemetry.budgets.windows import schedule
from tests.budgets.readers.exposition import JOB
from tests.servers.prometheus import Promtool

STEP: Final = 120
DAY: Final = 86_400
DAYS: Final = 57
_SLICE: Final = schedule(28).slice
#: Blocks must end some hours before what Prometheus writes itself.
END: Final = (int(time.time()) - 4 * 3_600) // STEP * STEP


@dataclass(frozen=True)
class Events:
    """What one process counted for one budget.

    Attributes:
        subject: The route or the namespace.
        budget: Name of the budget.
        limit: As text.
        per_step: Events, and how many of them are over, of the step that ends at a time.
        days: How long before the end it began, and when it ended.
        restarts: Days after each of which it began again at 0.
        instance: Which process.
    """

    subject: Subject
    budget: str
    limit: str
    per_step: Callable[[int], tuple[int, int]]
    days: tuple[float, float] = (DAYS, 0)
    restarts: float = DAYS + 1
    instance: str = "a"

    @property
    def times(self) -> range:
        """Of the samples."""
        first, last = (END - int(days * DAY) // STEP * STEP for days in self.days)
        return range(first, last + 1, STEP)

    def counters(self) -> Iterator[tuple[int, int, int]]:
        """Time, events and those over, as a process exposes them."""
        events = over = 0
        life = int(self.restarts * DAY) // STEP
        for number, moment in enumerate(self.times):
            if number % life == 0:
                events = over = 0
            elif number:
                more = self.per_step(moment)
                events, over = events + more[0], over + more[1]
            yield moment, events, over

    def happened(self) -> Iterator[tuple[int, int, int]]:
        """Time, events and those over, of each step."""
        life = int(self.restarts * DAY) // STEP
        for number, moment in enumerate(self.times):
            if number % life:
                yield moment, *self.per_step(moment)

    def counted(self, start: int, end: int) -> tuple[int, int]:
        """Events and those over between two moments, as they happened."""
        found = [(count, over) for moment, count, over in self.happened() if start < moment <= end]
        return sum(one[0] for one in found), sum(one[1] for one in found)


@dataclass(frozen=True)
class Past:
    """All that was counted.

    Attributes:
        events: By budget and process.
    """

    events: Sequence[Events]

    def counted(self, subject: Subject, budget: str, limit: str, days: tuple[float, float]) -> tuple[int, int]:
        """Events and those over of one budget, from so many days before the end to so many."""
        start, end = (END - int(day * DAY) for day in days)
        found = [
            events.counted(start, end)
            for events in self.events
            if (events.subject, events.budget, events.limit) == (subject, budget, limit)
        ]
        return sum(one[0] for one in found), sum(one[1] for one in found)

    def write_blocks(self, promtool: Promtool, directory: Path) -> Path:
        """Writes it as the data of a Prometheus, and returns their directory."""
        text, data = directory / "past.txt", directory / "data"
        text.write_text("".join(self._text()), encoding="utf-8")
        # Not in help: without it there are blocks of 2 h, and the file is read once for each.
        made = promtool("tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=700h", text, data)
        assert made.returncode == 0, made.stderr
        return data

    def _text(self) -> Iterator[str]:
        for metric, column in ((names.METRIC_BUDGET_EVENTS, 1), (names.METRIC_BUDGET_OVER, 2)):
            yield f"# TYPE {metric} counter\n"
            for events in self.events:
                labels = _labels(events)
                yield from (f"{metric}_total{labels} {sample[column]} {sample[0]}\n" for sample in events.counters())
        for metric, column in ((events_slice(_SLICE), 0), (over_slice(_SLICE), 1)):
            yield f"# TYPE {metric} gauge\n"
            yield from (f"{metric}{labels} {counted[column]} {end}\n" for labels, counted, end in self._slices())
        yield "# EOF\n"

    def _slices(self) -> Iterator[tuple[str, tuple[int, int], int]]:
        """What the rules would have recorded, all processes together."""
        length = int(_SLICE.total_seconds())
        by_labels: dict[str, list[Events]] = defaultdict(list)
        for events in self.events:
            by_labels[_labels(replace(events, instance=""))].append(events)
        for labels, group in by_labels.items():
            happened: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
            for moment, count, over in (one for events in group for one in events.happened()):
                end = -(-moment // length) * length
                happened[end] = happened[end][0] + count, happened[end][1] + over
            yield from ((labels, counted, end) for end, counted in sorted(happened.items()))


def _labels(events: Events) -> str:
    method, route, namespace = events.subject
    labels = {
        "job": JOB,
        "instance": events.instance,
        names.LABEL_METHOD: method,
        names.LABEL_ROUTE: route,
        names.LABEL_CACHE_NAMESPACE: namespace,
        names.LABEL_BUDGET: events.budget,
        names.LABEL_LIMIT: events.limit,
    }
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items() if value) + "}"
