"""How many events of each budget a Prometheus counted in a window, and how many of them were over."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Self

from telemetry.budgets.history import Window
from telemetry.budgets.prometheus import Prometheus
from telemetry.budgets.recorded import EVENTS_TOTAL, OVER_TOTAL, events_slice, over_slice, selector
from telemetry.budgets.series import BY, SeriesKey
from telemetry.budgets.windows import schedule


class Tally(NamedTuple):
    """Events of one budget, all instances of the service together.

    Attributes:
        events: How many there were; not whole where Prometheus extrapolated.
        over: How many of them were over.
    """

    events: float
    over: float

    @property
    def share(self) -> float | None:
        """Share of the events that were over, None without events."""
        return self.over / self.events if self.events > 0 else None


class Pair(NamedTuple):
    """PromQL that selects events, and those over, of all budgets of a service.

    Attributes:
        events: Selects the events.
        over: Selects those over.
    """

    events: str
    over: str

    @classmethod
    def counters(cls, job: str) -> Self:
        """The counters that the service exposes."""
        return cls(selector(EVENTS_TOTAL, job), selector(OVER_TOTAL, job))

    @classmethod
    def slices(cls, job: str, window_days: int) -> Self:
        """What the rules record of them, a slice of time after the other."""
        events, over = slices_of(window_days)
        return cls(selector(events, job), selector(over, job))


def slices_of(window_days: int) -> tuple[str, str]:
    """Names of the two series that the rules record, slice by slice: events, and events over.

    Args:
        window_days: Of the budgets.
    """
    length = schedule(window_days).slice
    return events_slice(length), over_slice(length)


#: PromQL for what one series of a pair counted within so many seconds.
Counting = Callable[[Pair, str, int], str]


def exact(pair: Pair, counter: str, seconds: int) -> str:
    """What was counted between the first and the last sample; extrapolated only where a process restarted.

    `increase` stretches what it saw to the ends of the window, and a counter
    that stood at 0 less than another. In a short window that alone can carry a
    share across what is allowed.

    Args:
        pair: Both counters; they restart together.
        counter: One of them.
        seconds: Length of the window.
    """
    window = f"[{seconds}s]"
    restarts = f"resets({pair.events}{window}) + resets({pair.over}{window})"
    counted = f"max_over_time({counter}{window}) - min_over_time({counter}{window})"
    return f"(({counted}) and ({restarts} == 0)) or {extrapolated(pair, counter, seconds)}"


def extrapolated(_pair: Pair, counter: str, seconds: int) -> str:
    """As Prometheus counts: cheap, and exact enough where the window is long beside the scrape interval.

    Args:
        counter: One of the counters.
        seconds: Length of the window.

    Source: https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
    """
    return f"increase({counter}[{seconds}s])"


def added_up(_pair: Pair, slices: str, seconds: int) -> str:
    """The sum of what the rules recorded, slice by slice.

    Args:
        slices: Of the events, or of those over.
        seconds: Length of the window.
    """
    return f"sum_over_time({slices}[{seconds}s])"


def tallies(prometheus: Prometheus, pair: Pair, window: Window, counting: Counting) -> Mapping[SeriesKey, Tally]:
    """Every budget, whatever its limit, of which both are known.

    Args:
        prometheus: Where to ask.
        pair: What to count.
        window: In which to count.
        counting: How.

    Raises:
        PrometheusError: It does not answer.
    """

    def total(series: str) -> Mapping[SeriesKey, float]:
        found = prometheus.vector(f"sum by ({BY}) ({counting(pair, series, window.seconds)})", window.end)
        return {SeriesKey.from_sample(sample): sample.value for sample in found}

    events, over = total(pair.events), total(pair.over)
    return {key: Tally(count, over[key]) for key, count in events.items() if key in over}
