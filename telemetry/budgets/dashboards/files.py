"""The dashboards as files."""

from collections.abc import Callable
from typing import Final

from telemetry.budgets.dashboards import budgets, cache, database, route, service, telemetry, trend
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.dashboards.sheet import Sheet

#: In the order in which one looks at them.
_SHEETS: Final[tuple[Callable[[Scene], Sheet], ...]] = (
    budgets.sheet,
    route.sheet,
    service.sheet,
    database.sheet,
    cache.sheet,
    trend.sheet,
    telemetry.sheet,
)


def sheets(scene: Scene) -> tuple[Sheet, ...]:
    """All dashboards.

    Args:
        scene: What they are made for.
    """
    return tuple(make(scene) for make in _SHEETS)


def dashboard_files(scene: Scene) -> tuple[tuple[str, str], ...]:
    """Name and text of the file of each dashboard; the same scene gives the same bytes.

    Args:
        scene: What they are made for.
    """
    return tuple((f"{sheet.uid.removeprefix('candid-')}.json", sheet.text()) for sheet in sheets(scene))
