"""What the dashboards of one service are made for."""

from dataclasses import dataclass
from datetime import timedelta

from telemetry.budgets.model import Alerts
from telemetry.budgets.windows import Schedule


@dataclass(frozen=True, slots=True)
class Scene:
    """What differs from one budget file to another; limits do not: they are series.

    Attributes:
        schedule: Of the alerts; the names of recorded series follow from its windows.
        runbooks: Address of the directory that has a page for each alert.
    """

    schedule: Schedule
    runbooks: str

    @property
    def fast(self) -> timedelta:
        """The window that best says how it is now, of those that rules record the burn of."""
        return self.schedule.pairs[0].long

    @property
    def slow(self) -> timedelta:
        """The longest window that rules record the burn of."""
        return self.schedule.pairs[-1].long

    @property
    def page_factor(self) -> float:
        """Burn from which somebody is woken."""
        return float(next(pair.factor for pair in self.schedule.pairs if pair.severity is Alerts.PAGE))
