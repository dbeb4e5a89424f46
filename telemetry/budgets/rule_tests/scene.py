"""What the scenarios of the tests are told with: time, series, alerts."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telemetry.budgets import recorded
from telemetry.budgets.model import Alerts, Applied
from telemetry.budgets.rule_tests.counts import Counts
from telemetry.budgets.rules import Ruling, labels_of
from telemetry.budgets.windows import BurnPair, promql_duration

_SHORT_WINDOW: Final = timedelta(minutes=5)
#: So many that a share of any budget is a whole number of events.
MANY: Final = 10_000_000

RuleTest = dict[str, Any]
Series = dict[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """A service with its budgets, watched by its rules.

    Attributes:
        ruling: What the rules were made for.
    """

    ruling: Ruling

    @property
    def sample(self) -> timedelta:
        """Time between two samples: at least five are in the shortest window."""
        is_long = self.ruling.schedule.burn_windows[0] >= _SHORT_WINDOW
        return timedelta(minutes=1) if is_long else timedelta(seconds=12)

    @property
    def sorts(self) -> list[Applied]:
        """A budget of each sort."""
        sorts: dict[tuple[object, ...], Applied] = {}
        for applied in self.ruling.applied:
            budget = applied.budget
            sort = (budget.name, budget.objective, budget.alerts, budget.min_events, budget.owner)
            sorts.setdefault(sort, applied)
        return list(sorts.values())

    @property
    def loud(self) -> list[Applied]:
        """A budget of each sort that alerts."""
        return [applied for applied in self.sorts if applied.budget.alerts is not Alerts.NONE]

    def ticks(self, count: int) -> timedelta:
        """A time at which rules are evaluated."""
        return count * self.ruling.schedule.slice

    def after(self, duration: timedelta, more: int = 1) -> timedelta:
        """The evaluation that comes some evaluations after a time."""
        return self.ticks(-(-duration // self.ruling.schedule.slice) + more)

    def still(self) -> Counts:
        """A counter that has just begun, at 0."""
        return Counts(self.sample)

    def up(self, instance: str = "a", value: int = 1) -> Series:
        """A process that answers Prometheus, or does not, as long as any scenario lasts."""
        return {self.up_key(instance): f"{value}x1000"}

    def up_key(self, instance: str) -> str:
        return series_key("up", {recorded.JOB: self.ruling.job, "instance": instance})

    def counted(self, applied: Iterable[Applied], events: Counts, over: Counts, instance: str = "a") -> Series:
        """The counters of budgets, as one process exposes them."""
        series = {}
        for one in applied:
            labels = labels_of(one, self.ruling.job) | {"instance": instance}
            series[series_key(recorded.EVENTS_TOTAL, labels)] = str(events)
            series[series_key(recorded.OVER_TOTAL, labels)] = str(over)
        return series

    def owned(self, applied: Applied) -> dict[str, str]:
        """Labels of what is recorded of a budget."""
        owner = applied.budget.owner
        return labels_of(applied, self.ruling.job) | ({} if owner is None else {"owner": owner})

    def able(self, applied: Applied) -> Iterator[BurnPair]:
        """The pairs of windows that alert if the budget is never kept."""
        for pair in self.ruling.schedule.pairs:
            is_wanted = pair.severity.at_most(applied.budget.alerts) is pair.severity
            if is_wanted and pair.can_fire(applied.budget.objective):
                yield pair

    def service_alert(self, name: str, severity: Alerts) -> str:
        """An alert about the whole service, firing."""
        return fired(name, severity, {recorded.JOB: self.ruling.job})

    def told(self, name: str, series: Series, *checks: RuleTest) -> RuleTest:
        """A scenario as a test.

        Args:
            name: What is claimed.
            series: What Prometheus gets to see.
            *checks: What must come out.
        """
        return {
            "name": name,
            "interval": promql_duration(self.sample),
            "input_series": [{"series": key, "values": values} for key, values in series.items()],
            "promql_expr_test": list(checks),
        }


def check(query: str, at: timedelta, labels: Sequence[str], value: float = 1) -> RuleTest:
    """What a query must return.

    Args:
        query: PromQL.
        at: Since the start.
        labels: Of each sample, with the metric's name if it has one.
        value: Of all samples.
    """
    samples = [{"labels": text, "value": value} for text in labels]
    return {"expr": query, "eval_time": promql_duration(at), "exp_samples": samples}


def firing(*alerts: str) -> str:
    """PromQL for alerts that fire."""
    return f'ALERTS{{alertname=~"{"|".join(alerts)}",alertstate="firing"}}'


def fired(name: str, severity: Alerts, labels: Mapping[str, str]) -> str:
    """The sample that PromQL has for an alert that fires."""
    return series_key("ALERTS", {"alertname": name, "alertstate": "firing", "severity": severity.value, **labels})


def series_key(metric: str, labels: Mapping[str, str]) -> str:
    """A series by its name, which may be empty, and its labels."""
    inner = ",".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in labels.items())
    return f"{metric}{{{inner}}}"
