"""Stories of one budget, each with what the simulation says to them, as files for promtool."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tests.budgets.rules.budgets import ITEM
from tests.budgets.rules.simulation import (
    Minutes,
    chosen,
    factor,
    file_text,
    fires,
    firing,
    minute_seconds,
    scenario,
    sure,
)

_PAIRS = ("page_fast", "page_slow", "ticket_fast", "ticket_slow")
_PAGES, _TICKETS = _PAIRS[:2], _PAIRS[2:]
_DAY = 1440
RULES_FILE = "rules.yml"
#: The budget that the stories are about, see `budgets.PAGED`.
LABELS = {
    "job": "shop",
    "http_request_method": ITEM.method,
    "http_route": ITEM.route,
    "budget": "p99_ms",
    "limit": "120",
    "instance": "a",
}
ALLOWED = Fraction(1, 100)
MIN_EVENTS = 50


@dataclass(frozen=True)
class Looks:
    """How a story is looked at.

    Attributes:
        pairs: That are asked.
        evaluation: Minutes between two evaluations.
        tolerance: Minutes around a change that are not asked.
        every: How many evaluations lie between two that are asked where nothing changes.
    """

    pairs: tuple[str, ...]
    evaluation: int
    tolerance: int
    every: int = 20


_MINUTELY = Looks(_PAGES, 1, 1)
# Slices are recorded as seldom as all else is evaluated; where the share over stays the same for hours, that is enough.
_SLICED = Looks(_TICKETS, 12, 28, 8)
# As often as slices are recorded: each event is in one of them.
_BY_SLICE = Looks(("ticket_slow",), 4, 8, 4)


def _story(minutes: Minutes, looks: Looks, window_days: int) -> str:
    checks, seconds = [], minute_seconds(window_days)
    for pair in looks.pairs:
        expected = fires(pair, minutes, window_days=window_days, allowed=ALLOWED, min_events=MIN_EVENTS)
        at = [minute for minute in sure(expected, looks.tolerance) if minute % looks.evaluation == 0]
        checks += [
            firing(pair, minute, is_expected=expected[minute], seconds=seconds)
            for minute in chosen(expected, at, looks.every)
        ]
    return file_text(RULES_FILE, f"{looks.evaluation * seconds}s", [scenario(LABELS, minutes, checks, seconds)])


def outage(window_days: int) -> str:
    """Twenty minutes in which all is over, between quiet hours."""
    return _story(Minutes.of((240, 100, 0), (20, 100, 100), (60, 100, 0)), _MINUTELY, window_days)


def outage_tickets(window_days: int) -> str:
    """Half of the events of some hours are over, a day after the start; then a day and a half pass."""
    return _story(Minutes.of((_DAY, 100, 0), (120, 100, 50), (_DAY * 3 // 2, 100, 0)), _SLICED, window_days)


def slow(window_days: int) -> str:
    """After a day without, a burn of 2 for thirty hours, then of 5 for ten, then none for ten."""
    parts = ((_DAY, 100, 0), (1800, 100, 2), (600, 100, 5), (600, 100, 0))
    return _story(Minutes.of(*parts), _SLICED, window_days)


def flapping(window_days: int) -> str:
    """Three bad minutes of each twenty, for over three hours."""
    return _story(Minutes.of(*[(17, 100, 0), (3, 100, 100)] * 10), _MINUTELY, window_days)


def low_traffic(window_days: int) -> str:
    """Some events in an hour, each of them over: 40 are too few for the hour, and enough for six."""
    night = [(1, 1, 1), (1, 0, 0), (1, 0, 0)] * 60
    return _story(Minutes.of((120, 100, 0), (240, 0, 0), *night), _MINUTELY, window_days)


def one_over(window_days: int) -> str:
    """An event each minute: the share of the first that is over would do, and the second is told.

    Both fall inside a slice of four minutes: what is counted between two slices, Prometheus 3 does not see.
    """
    parts = ((62, 1, 0), (1, 1, 1), (20, 1, 0), (1, 1, 1), (240, 1, 0))
    return _story(Minutes.of(*parts), _BY_SLICE, window_days)


def thresholds(window_days: int) -> str:
    """Burns just below and just above each factor, from the start on: all windows see the same share."""
    tests = []
    many = 1_000_000
    for percent in (98, 102):
        for pair in _PAIRS:
            burn = factor(pair, window_days) * percent / 100
            minutes = Minutes.of((24, many, int(burn * ALLOWED * many)))
            seconds = minute_seconds(window_days)
            checks = [
                firing(other, 20, is_expected=burn > factor(other, window_days), seconds=seconds) for other in _PAIRS
            ]
            tests.append(scenario(LABELS, minutes, checks, seconds))
    return file_text(RULES_FILE, f"{4 * minute_seconds(window_days)}s", tests)


STORIES: Mapping[str, Callable[[int], str]] = {
    "outage": outage,
    "outage tickets": outage_tickets,
    "slow": slow,
    "flapping": flapping,
    "low traffic": low_traffic,
    "one over": one_over,
    "thresholds": thresholds,
}
