"""Prometheus rules of a budget file: few and for all budgets at once; what differs are two static series of each."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telemetry.budgets import recorded
from telemetry.budgets.alerts import (
    Links,
    burn_alert,
    exhausted_alert,
    missing_alert,
    partly_down_alert,
    target_down_alert,
)
from telemetry.budgets.breach import breach_text
from telemetry.budgets.generated import Inline, yaml_text
from telemetry.budgets.model import Applied, decimal_text
from telemetry.budgets.recorded import selector
from telemetry.budgets.windows import SOURCE, Schedule, promql_duration

_BY: Final = ", ".join(recorded.BUDGET_LABELS)

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What rules are made for.

    Attributes:
        job: The service.
        applied: Its budgets.
        schedule: Of the alerts.
        links: Of the alerts.
    """

    job: str
    applied: Sequence[Applied]
    schedule: Schedule
    links: Links


Choice = Callable[[Ruling, timedelta], bool]


def rules_text(ruling: Ruling, source: str) -> str:
    """The rules as a file for Prometheus.

    Args:
        ruling: What they are made for.
        source: The budget file.
    """
    return yaml_text({"groups": groups(ruling)}, source, f"alert windows: {SOURCE}")


def groups(ruling: Ruling) -> list[dict[str, Any]]:
    """Two groups: short windows, often; and those that are added up from slices, as often as slices are recorded.

    Each alert stands with its long window, and reads one moment of it.
    """
    schedule = ruling.schedule
    often, seldom = group_names(ruling.job)
    return [
        {
            "name": often,
            "interval": promql_duration(schedule.evaluation),
            "rules": [
                *_static(ruling),
                *_burns(ruling, _is_raw),
                *_burn_alerts(ruling, _is_raw),
                *_service_alerts(ruling),
            ],
        },
        {
            "name": seldom,
            "interval": promql_duration(schedule.slice),
            "rules": [
                *_slices(ruling),
                *_remaining(ruling),
                *_burns(ruling, _is_sliced),
                *_burn_alerts(ruling, _is_sliced),
                exhausted_alert(ruling.job, schedule, ruling.links),
            ],
        },
    ]


def group_names(job: str) -> list[str]:
    """Names of the groups, in the order in which they build on each other.

    Args:
        job: The service.
    """
    return [f"{job} budgets", f"{job} budgets left"]


def labels_of(applied: Applied, job: str) -> dict[str, str]:
    """Labels that tell a budget from all others, as Prometheus holds them: without those that are empty."""
    subject, budget = applied
    values = (job, *subject, budget.name, budget.limit_text)
    return {name: value for name, value in zip(recorded.BUDGET_LABELS, values, strict=True) if value}


def _static(ruling: Ruling) -> Iterator[Rule]:
    for applied in ruling.applied:
        budget, labels = applied.budget, labels_of(applied, ruling.job)
        more = {"alerts": budget.alerts.value, "breach": breach_text(budget)}
        if budget.owner is not None:
            more["owner"] = budget.owner
        # The decimal as it is exactly: 1 - 0.999 is none in binary.
        allowed = f"vector({decimal_text(budget.allowed)})"
        yield {"record": recorded.ALLOWED, "expr": allowed, "labels": Inline(labels | more)}
        yield {"record": recorded.MIN_EVENTS, "expr": f"vector({budget.min_events})", "labels": Inline(labels)}


def _is_raw(ruling: Ruling, window: timedelta) -> bool:
    return window <= ruling.schedule.raw_limit


def _is_sliced(ruling: Ruling, window: timedelta) -> bool:
    return not _is_raw(ruling, window)


def _burns(ruling: Ruling, is_here: Choice) -> Iterator[Rule]:
    counted = ruling.schedule.event_windows
    windows = [window for window in ruling.schedule.burn_windows if is_here(ruling, window)]
    for window in windows:
        if window in counted:
            yield from _counts(ruling, window)
    for window in windows:
        events = _increase(ruling, window, recorded.EVENTS_TOTAL)
        over = _increase(ruling, window, recorded.OVER_TOTAL)
        if window in counted:
            events, over = (selector(name(window), ruling.job) for name in (recorded.events, recorded.over))
        yield {"record": recorded.burn(window), "expr": _per_allowed(f"{over}\n/ ({events} > 0)", ruling.job)}


def _counts(ruling: Ruling, window: timedelta) -> Iterator[Rule]:
    yield {"record": recorded.events(window), "expr": _increase(ruling, window, recorded.EVENTS_TOTAL)}
    yield {"record": recorded.over(window), "expr": _increase(ruling, window, recorded.OVER_TOTAL)}


def _increase(ruling: Ruling, window: timedelta, counter: str) -> str:
    length = promql_duration(window)
    if _is_raw(ruling, window):
        # Each counter by itself before they are added up: the start of one process is no fall of all together.
        return f"sum by ({_BY}) (increase({selector(counter, ruling.job)}[{length}]))"
    slices = {recorded.EVENTS_TOTAL: recorded.events_slice, recorded.OVER_TOTAL: recorded.over_slice}[counter]
    return f"sum_over_time({selector(slices(ruling.schedule.slice), ruling.job)}[{length}])"


def _per_allowed(share: str, job: str) -> str:
    return f"{share}\n/ on ({_BY}) group_left (owner) {selector(recorded.ALLOWED, job)}"


def _slices(ruling: Ruling) -> Iterator[Rule]:
    window = ruling.schedule.slice
    yield {"record": recorded.events_slice(window), "expr": _increase(ruling, window, recorded.EVENTS_TOTAL)}
    yield {"record": recorded.over_slice(window), "expr": _increase(ruling, window, recorded.OVER_TOTAL)}


def _remaining(ruling: Ruling) -> Iterator[Rule]:
    # All events and all that were over, each added up: an average of ratios would weigh a quiet night like a busy day.
    window = ruling.schedule.window
    yield from _counts(ruling, window)
    events, over = (selector(name(window), ruling.job) for name in (recorded.events, recorded.over))
    used = _per_allowed(f"{over}\n/ ({events} > 0)", ruling.job)
    yield {"record": recorded.REMAINING, "expr": f"1 - {used}"}


def _burn_alerts(ruling: Ruling, is_here: Choice) -> Iterator[Rule]:
    for pair in ruling.schedule.pairs:
        if is_here(ruling, pair.long):
            yield burn_alert(ruling.job, ruling.schedule, pair, ruling.links)


def _service_alerts(ruling: Ruling) -> Iterator[Rule]:
    yield target_down_alert(ruling.job, ruling.schedule, ruling.links)
    yield partly_down_alert(ruling.job, ruling.schedule, ruling.links)
    yield missing_alert(ruling.job, ruling.schedule, ruling.links)
