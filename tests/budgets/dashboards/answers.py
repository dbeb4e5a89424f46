"""What a Prometheus answers to the queries of the dashboards."""

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telemetry.budgets.dashboards.addresses import Uid
from tests.budgets.dashboards.content import Chosen, Content, Target
from tests.budgets.dashboards.selections import selections
from tests.servers.prometheus import Prometheus

_RANGE: Final = timedelta(minutes=5)
_RATE: Final = timedelta(seconds=5)
_STEP_SECONDS: Final = 1
_SHOWN_SECONDS: Final = 10
_POLL_SECONDS: Final = 0.5

_ANY: Final = {"job": "candid-demo", "instance": ".+", "method": ".*", "route": ".*", "namespace": ".+"}
_ONE_ROUTE: Final = {**_ANY, "method": "GET", "route": "/demo/loop"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A Prometheus, asked as Grafana would."""

    prometheus: Prometheus

    def is_answered(self, target: Target) -> bool:
        """Whether there is data; what is there must be finite, or the panel is of no use."""
        values = self.values(target)
        assert all(math.isfinite(value) for value in values), target.name
        return bool(values)

    def values(self, target: Target) -> list[float]:
        """All that a panel would show."""
        series = self.shown(target, time.time(), _SHOWN_SECONDS)
        return [float(value) for each in series for _, value in each.get("values", [each.get("value")])]

    def shown(self, target: Target, now: float, seconds: int) -> list[dict[str, Any]]:
        """What Prometheus answers to a panel, as it answers it.

        Args:
            target: The query.
            now: End of the range that is shown, s since the epoch.
            seconds: Of the range.
        """
        asked = {"query": _chosen(target.uid).fill(target.expression)}
        if target.content["instant"]:
            answer = self.prometheus.api("query", {**asked, "time": f"{now}"})
        else:
            moments = {"start": f"{now - seconds}", "end": f"{now}", "step": f"{_STEP_SECONDS}"}
            answer = self.prometheus.api("query_range", {**asked, **moments})
        found: list[dict[str, Any]] = answer["result"]
        return found

    def selections(self, target: Target) -> list[str]:
        """Each selector of a query by itself."""
        return [each.selector for each in selections(_chosen(target.uid).fill(target.expression))]

    def has_exemplars(self, target: Target) -> bool:
        """Whether there are requests that are examples, with their traces."""
        now = time.time()
        asked = {"query": _chosen(target.uid).fill(target.expression), "start": f"{now - 60}", "end": f"{now}"}
        found = self.prometheus.api("query_exemplars", asked)
        return any(exemplar["labels"].get("trace_id") for series in found for exemplar in series["exemplars"])

    def offers(self, dashboard: Content, variable: Content) -> set[str]:
        """The values that a variable offers."""
        query = _chosen(dashboard["uid"]).fill(variable["query"]["query"])
        series, _, label = query.removeprefix("label_values(").removesuffix(")").rpartition(", ")
        return set(self.prometheus.api(f"label/{label}/values", {"match[]": series}))

    def await_all(self, targets: Iterable[Target], seconds: float) -> list[Target]:
        """Waits until all have an answer, and returns those that have none in time.

        Args:
            targets: What to ask.
            seconds: Longest wait.
        """
        end = time.monotonic() + seconds
        waiting = list(targets)
        while waiting and time.monotonic() < end:
            time.sleep(_POLL_SECONDS)
            waiting = [target for target in waiting if not self.is_answered(target)]
        return waiting

    def await_selected(self, selections: Iterable[str], seconds: float) -> set[str]:
        """Waits until all select something, and returns those that select nothing in time.

        Args:
            selections: Selectors of series; an alert takes its time to fire.
            seconds: Longest wait.
        """
        end = time.monotonic() + seconds
        waiting = set(selections)
        while waiting:
            waiting = {each for each in waiting if not self.prometheus.query(f"count({each})")}
            if time.monotonic() > end:
                break
            if waiting:
                time.sleep(_POLL_SECONDS)
        return waiting


def _chosen(uid: str) -> Chosen:
    return Chosen(_ONE_ROUTE if uid == Uid.ROUTE else _ANY, _RANGE, _RATE)
