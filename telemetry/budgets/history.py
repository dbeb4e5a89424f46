"""How much of a window a Prometheus really knows."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from telemetry.budgets.duration import rough_text
from telemetry.budgets.prometheus import Prometheus, Sample
from telemetry.budgets.series import BY, SeriesKey

K = TypeVar("K")

# A window is looked at in so many places.
_PLACES: Final = 672
# Samples lie a scrape interval apart, so a little of a window that is known wholly seems to be missing.
_WHOLE: Final = 0.97


class Window(NamedTuple):
    """The time that is looked at.

    Attributes:
        seconds: Its length, > 0.
        end: Its end, s since 1970.
    """

    seconds: int
    end: float

    @property
    def start(self) -> float:
        """Its begin, s since 1970."""
        return self.end - self.seconds

    @property
    def step(self) -> int:
        """Time between two places at which it is looked at, s."""
        return max(1, self.seconds // _PLACES)

    def before(self) -> "Window":
        """The window of the same length that ends where this one begins."""
        return Window(self.seconds, self.start)

    def is_whole(self, history: "History") -> bool:
        """Whether all of it is known.

        Args:
            history: What is known of it.
        """
        return history.seconds >= self.seconds * _WHOLE

    def known(self, history: "History | None") -> str:
        """How long it is, and how much of it is known if that is not all.

        Args:
            history: What is known of it, None if nothing is.
        """
        length = f"the last {rough_text(self.seconds)}"
        if history is None:
            return f"{length}, of which nothing is known"
        known = rough_text(max(1, history.seconds))
        return length if self.is_whole(history) else f"{length}, of which only {known} are known"


class History(NamedTuple):
    """What is known of a window.

    Attributes:
        since: Time of about the oldest sample in it, s since 1970; at most 1/672 of the window too late.
        seconds: How much of it has samples; what lies in gaps is not counted.
    """

    since: float
    seconds: float


def histories(prometheus: Prometheus, series: str, window: Window) -> Mapping[SeriesKey, History]:
    """What is known of a window for each budget; those of which nothing is known are left out.

    Args:
        prometheus: Where to ask.
        series: PromQL that selects the events.
        window: About which to ask.

    Raises:
        PrometheusError: It does not answer.
    """
    return _histories(prometheus, series, BY, window, SeriesKey.from_sample)


def history_of(prometheus: Prometheus, series: str, window: Window) -> History | None:
    """What is known of a window for some series together; None if nothing is.

    Args:
        prometheus: Where to ask.
        series: PromQL that selects them.
        window: About which to ask.

    Raises:
        PrometheusError: It does not answer.
    """
    return _histories(prometheus, series, "", window, lambda _sample: None).get(None)


def _histories(
    prometheus: Prometheus, series: str, by: str, window: Window, key_of: Callable[[Sample], K]
) -> Mapping[K, History]:
    def look(looked: Window) -> Mapping[K, History]:
        places = f"[{looked.seconds}s:{looked.step}s]"
        known = f"count_over_time((count by ({by}) ({series})){places})"
        # Not timestamp(): in a subquery it reads each series anew for every place, a hundred times as long.
        first = f"min_over_time((0 * count by ({by}) ({series}) + time()){places})"
        counts = {key_of(sample): sample.value for sample in prometheus.vector(known, looked.end)}
        since = {key_of(sample): sample.value for sample in prometheus.vector(first, looked.end)}
        return {
            key: History(time, min(counts[key] * looked.step, looked.end - time))
            for key, time in since.items()
            if key in counts
        }

    # What is younger than one step lies between the places.
    return {**look(Window(window.step, window.end)), **look(window)}
