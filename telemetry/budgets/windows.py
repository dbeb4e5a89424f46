"""Multi-window multi-burn-rate alerting: how far back each alert looks, and from which burn it fires.

Burn 1 uses up exactly the budget within the window. An alert needs two windows over its factor: the long one says that
it matters, the short one that it is still so. https://sre.google/workbook/alerting-on-slos/
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Final, Self

from telemetry.budgets.model import Alerts

SOURCE: Final = "https://sre.google/workbook/alerting-on-slos/#6-multiwindow-multi-burn-rate-alerts"

#: The calendar month that the workbook's factors are about.
_MONTH: Final = timedelta(days=30)
#: Windows so near a month keep its alert windows; others have theirs scaled, so that the shares of the budget stay.
_MONTH_DAYS: Final = range(28, 32)
#: Fewer samples in a window make a rate that is more guess than figure.
_LEAST_SCRAPES: Final = 4
#: Longer windows are added up from recorded slices: reading raw samples of days every evaluation costs too much.
_RAW_LIMIT: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class BurnPair:
    """Two windows and the burn at which they alert together.

    Attributes:
        name: Label `burn` of the alert.
        severity: PAGE or TICKET.
        long: The longer window.
        short: The shorter one.
        factor: Burn that both must be over, >= 1: below that the budget lasts.
    """

    name: str
    severity: Alerts
    long: timedelta
    short: timedelta
    factor: Decimal

    def can_fire(self, objective: Decimal) -> bool:
        """Whether a service that fails always would fire it.

        Args:
            objective: In (0, 1).
        """
        return self.factor * (1 - objective) < 1

    @property
    def least_objective(self) -> Decimal:
        """The objective that one must be above for it ever to fire."""
        return 1 - 1 / self.factor


@dataclass(frozen=True, slots=True)
class Schedule:
    """When rules look, and how far back.

    Attributes:
        window: Of the budgets, rolling.
        pairs: Fastest first.
        scrape: Time between two scrapes.
        evaluation: Time between two evaluations of the alerts.
        slice: Length of the slices that long windows are added up from, and time between two of them. Less than the
            5 minutes for which Prometheus takes a sample for the present one: results do not flicker.
        raw_limit: Longer windows are added up from slices.
        down: How long a target that is down is waited for.
        missing: How long other things that are missing are waited for.
    """

    window: timedelta
    pairs: tuple[BurnPair, ...]
    scrape: timedelta = timedelta(seconds=15)
    evaluation: timedelta = timedelta(seconds=30)
    slice: timedelta = timedelta(minutes=4)
    raw_limit: timedelta = _RAW_LIMIT
    down: timedelta = timedelta(minutes=2)
    missing: timedelta = timedelta(minutes=15)

    @property
    def burn_windows(self) -> tuple[timedelta, ...]:
        """Every window of the pairs, shortest first."""
        return tuple(sorted({window for pair in self.pairs for window in (pair.long, pair.short)}))

    @property
    def event_windows(self) -> tuple[timedelta, ...]:
        """The long windows of the pairs, in which events are counted; shortest first."""
        return tuple(sorted({pair.long for pair in self.pairs}))

    def faster(self, times: int) -> Self:
        """The same with all its times divided, for demonstrations and tests; no window for people.

        Args:
            times: >= 1.
        """
        pairs = tuple(replace(pair, long=pair.long / times, short=pair.short / times) for pair in self.pairs)
        return type(self)(
            self.window / times,
            pairs,
            scrape=self.scrape / times,
            evaluation=self.evaluation / times,
            slice=self.slice / times,
            raw_limit=self.raw_limit / times,
            down=self.down / times,
            missing=self.missing / times,
        )


def schedule(window_days: int) -> Schedule:
    """The alert windows for budgets of a window.

    Args:
        window_days: 1..90.

    Source: https://sre.google/workbook/alerting-on-slos/ (table 5-8)
    """
    window = timedelta(days=window_days)
    is_month = window_days in _MONTH_DAYS
    stretch = 1.0 if is_month else window / _MONTH
    month = window if is_month else _MONTH
    least = _LEAST_SCRAPES * Schedule(window, ()).scrape

    def pair(name: str, severity: Alerts, long: timedelta, percent: int) -> BurnPair:
        factor = Decimal(percent) / 100 * Decimal(month / long)
        # A twelfth of the long window: the alert ends soon after its cause.
        short = max(long * stretch / 12, least)
        return BurnPair(name, severity, _whole(long * stretch), _whole(short), max(_rounded(factor), Decimal(1)))

    return Schedule(
        window,
        (
            pair("page_fast", Alerts.PAGE, timedelta(hours=1), 2),
            pair("page_slow", Alerts.PAGE, timedelta(hours=6), 5),
            pair("ticket_fast", Alerts.TICKET, timedelta(days=1), 10),
            pair("ticket_slow", Alerts.TICKET, timedelta(days=3), 10),
        ),
    )


def promql_duration(duration: timedelta) -> str:
    """As PromQL writes it: `28d`, `1h24m`, `500ms`.

    Args:
        duration: Whole milliseconds, above 0.
    """
    rest = duration // timedelta(milliseconds=1)
    text = ""
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text


def _whole(duration: timedelta) -> timedelta:
    return timedelta(seconds=round(duration.total_seconds()))


def _rounded(factor: Decimal) -> Decimal:
    return factor.quantize(Decimal("0.0001")).normalize()
