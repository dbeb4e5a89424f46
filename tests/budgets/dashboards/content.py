"""The dashboards as Grafana reads them, and what is asked in them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telemetry.budgets.dashboards.files import sheets
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.windows import Schedule, promql_duration, schedule

Content = dict[str, Any]

SCENE: Final = Scene(schedule(28), "docs/runbooks")


@dataclass(frozen=True, slots=True)
class Target:
    """A query, and where it stands.

    Attributes:
        uid: Of the dashboard.
        panel: Title of the panel.
        content: The query as Grafana reads it.
    """

    uid: str
    panel: str
    content: Content

    @property
    def expression(self) -> str:
        return str(self.content["expr"])

    @property
    def name(self) -> str:
        """For messages, and to name exceptions: `candid-route / Burn / A`."""
        return f"{self.uid} / {self.panel} / {self.content['refId']}"


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person has chosen above a dashboard.

    Attributes:
        values: By variable.
        range: That the dashboard shows.
        rate_interval: Over which rates are taken.
    """

    values: dict[str, str]
    range: timedelta
    rate_interval: timedelta

    def fill(self, text: str) -> str:
        """Puts the values in the place of the variables, as Grafana does.

        Args:
            text: With variables.
        """
        known = {
            **self.values,
            "__range": promql_duration(self.range),
            "__rate_interval": promql_duration(self.rate_interval),
        }
        return re.sub(r"\$(\w+)", lambda match: known[match[1]], text)


EVERYTHING: Final = Chosen(
    {"job": ".+", "instance": ".+", "method": ".*", "route": ".*", "namespace": ".+"},
    timedelta(hours=1),
    timedelta(minutes=1),
)


def dashboards(scene: Scene = SCENE) -> dict[str, Content]:
    """All dashboards by their uid."""
    return {sheet.uid: sheet.content() for sheet in sheets(scene)}


def panels(dashboard: Content) -> Iterator[Content]:
    """Panels that show something, those in closed rows too."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel["panels"]
        else:
            yield panel


def targets(scene: Scene = SCENE) -> Iterator[Target]:
    """Every query of every panel."""
    for uid, dashboard in dashboards(scene).items():
        for panel in panels(dashboard):
            for target in panel["targets"]:
                yield Target(uid, panel["title"], target)


def quick(window_days: int = 28) -> Schedule:
    """The schedule whose rules say something after seconds, with windows of the usual length."""
    usual = schedule(window_days)
    return Schedule(
        usual.window,
        usual.pairs,
        scrape=timedelta(seconds=1),
        evaluation=timedelta(seconds=1),
        slice=timedelta(seconds=4),
    )
