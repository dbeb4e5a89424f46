"""A dashboard from its parts, and its text."""

import json
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from telemetry.budgets.dashboards import annotations, links
from telemetry.budgets.dashboards.addresses import Uid
from telemetry.budgets.dashboards.sdk import JSONEncoder, dashboard
from telemetry.budgets.dashboards.variables import Choice, data_source

_COLUMNS: Final = 24
_MOST_ID: Final = 1_000_000
# What the SDK writes by itself: what Grafana's own types do not have any more, and links hidden in a menu.
_LEFTOVERS: Final = {"footer", "auto", "auto_count", "auto_min"}
_HIDDEN: Final = ("placement", "inControlsMenu")


@dataclass(frozen=True, slots=True)
class Section:
    """Panels under a heading.

    Attributes:
        title: Of the heading; unique within the dashboard.
        panels: They flow from left to right, and on to the next line.
        is_collapsed: Whether one opens it to see them; nothing is asked until then.
    """

    title: str
    panels: tuple[dashboard.Panel, ...]
    is_collapsed: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A dashboard.

    Attributes:
        uid: The same in every Grafana.
        title: Of the dashboard.
        says: Which question it answers.
        choices: Its variables beside the data source, in their order.
        sections: From top to bottom.
        since: Begin of the range that it shows at first.
        refresh: How often it asks again, empty for never.
    """

    uid: Uid
    title: str
    says: str
    choices: tuple[Choice, ...]
    sections: tuple[Section, ...]
    since: str = "now-1h"
    refresh: str = "30s"

    def text(self) -> str:
        """The dashboard as JSON; the same parts give the same bytes."""
        return json.dumps(self.content(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"

    def content(self) -> dict[str, Any]:
        """The dashboard as Grafana reads it."""
        model = dashboard.Dashboard(
            uid=self.uid,
            title=self.title,
            description=self.says,
            tags=[links.TAG],
            editable=False,
            graph_tooltip=dashboard.DashboardCursorSync.CROSSHAIR,
            time=dashboard.DashboardDashboardTime(from_val=self.since, to="now"),
            timezone="browser",
            refresh=self.refresh,
            templating=dashboard.DashboardDashboardTemplating(
                list_val=[data_source(), *(choice.variable() for choice in self.choices)]
            ),
            annotations=dashboard.AnnotationContainer(list_val=[annotations.of_grafana(), annotations.deploys()]),
            links=[links.sisters()],
            panels=list(_placed(self.sections)),
        )
        return cast("dict[str, Any]", _cleaned(json.loads(json.dumps(model, cls=JSONEncoder))))


def _placed(sections: Sequence[Section]) -> Iterator[dashboard.Panel | dashboard.RowPanel]:
    y = 0
    for section in sections:
        row = dashboard.RowPanel(
            collapsed=section.is_collapsed,
            title=section.title,
            id_val=_id(f"section {section.title}"),
            grid_pos=dashboard.GridPos(h=1, w=_COLUMNS, x=0, y=y),
            panels=[],
        )
        panels, end = _flowing(section.panels, y + 1)
        yield row
        if section.is_collapsed:
            row.panels = panels
            y += 1
        else:
            yield from panels
            y = end


def _flowing(panels: Sequence[dashboard.Panel], top: int) -> tuple[list[dashboard.Panel], int]:
    """The panels with their places and ids, and the line below the last."""
    x, y, bottom, placed = 0, top, top, []
    for panel in panels:
        place = panel.grid_pos or dashboard.GridPos()
        if x + place.w > _COLUMNS:
            x, y = 0, bottom
        panel.grid_pos = dashboard.GridPos(h=place.h, w=place.w, x=x, y=y)
        panel.id_val = _id(panel.title or "")
        x, bottom = x + place.w, max(bottom, y + place.h)
        placed.append(panel)
    return placed, bottom


def _id(title: str) -> int:
    """A number that stays as long as the title does: links to a panel hang on it."""
    return zlib.crc32(title.encode()) % _MOST_ID + 1


def _cleaned(value: Any) -> Any:
    clean: Callable[[Any], Any] = _cleaned
    if isinstance(value, dict):
        kept = (item for item in value.items() if item[0] not in _LEFTOVERS and item != _HIDDEN)
        return {key: clean(inner) for key, inner in kept}
    return [clean(inner) for inner in value] if isinstance(value, list) else value
