"""How much of each budget is left, and whether it goes better or worse than in the window before."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.history import History, Window, histories, history_of
from telemetry.budgets.known_routes import known_routes
from telemetry.budgets.model import Applied, Budget, Subject
from telemetry.budgets.prometheus import Prometheus
from telemetry.budgets.recorded import selector
from telemetry.budgets.series import SeriesKey, exposed, why_nothing
from telemetry.budgets.tallies import Counting, Pair, Tally, tallies
from telemetry.conventions import ROUTE_UNMATCHED

# A change by less than this part of what is allowed is no change that anybody would act on.
_TREND: Final = 0.1
_NOTHING: Final = Tally(0, 0)


class Trend(StrEnum):
    """How the share over compares with that of the window before."""

    WORSE = "worse"
    SAME = "same"
    BETTER = "better"


@dataclass(frozen=True, slots=True)
class Row:
    """One budget of one route or namespace.

    Attributes:
        subject: The route or the namespace.
        budget: What the file says.
        tally: What was counted in the window.
        history: How much of the window is known of it, None if nothing is.
        before: What was counted in the window before, None if nothing is known of that.
    """

    subject: Subject
    budget: Budget
    tally: Tally
    history: History | None
    before: Tally | None

    @property
    def is_enough(self) -> bool:
        """Whether there were as many events as the budget asks for."""
        return _is_enough(self.tally, self.budget)

    @property
    def left(self) -> float | None:
        """Part of the budget that is left: 1 all, 0 nothing, negative if it is overdrawn; None without events."""
        share = self.tally.share
        return None if share is None else 1 - share / float(self.budget.allowed)

    @property
    def trend(self) -> Trend | None:
        """Against the window before; None unless both have events enough."""
        share, before = self.tally.share, None if self.before is None else self.before.share
        if self.before is None or share is None or before is None:
            return None
        if not (self.is_enough and _is_enough(self.before, self.budget)):
            return None
        change = (share - before) / float(self.budget.allowed)
        if abs(change) < _TREND:
            return Trend.SAME
        return Trend.WORSE if change > 0 else Trend.BETTER


@dataclass(frozen=True, slots=True)
class Report:
    """All budgets of a service.

    Attributes:
        service: Whose they are.
        window: Of the file, up to now.
        history: What is known of it, None if nothing is.
        before: What is known of the window before.
        rows: Worst first; after them those with too few events, and those without any.
        nothing: Why nothing at all is known, None if something is.
    """

    service: str
    window: Window
    history: History | None
    before: History | None
    rows: tuple[Row, ...]
    nothing: str | None


@dataclass(frozen=True, slots=True)
class Source:
    """Which series to read, and how.

    Attributes:
        pair: Of series.
        counting: What they counted in a window.
        recorded: Names of the series that rules have to record for it; none if the service exposes them.
    """

    pair: Pair
    counting: Counting
    recorded: tuple[str, ...] = ()

    def tallies(self, prometheus: Prometheus, window: Window) -> Mapping[SeriesKey, Tally]:
        """What was counted in a window.

        Args:
            prometheus: Where to ask.
            window: In which to count.
        """
        return tallies(prometheus, self.pair, window, self.counting)


def reported(book: BudgetBook, prometheus: Prometheus, window: Window, source: Source) -> Report:
    """Every budget of a file, all its events counted alike: no average of ratios, in which a quiet night weighs most.

    Args:
        book: The file.
        prometheus: Where to ask.
        window: As long as the file says.
        source: What to read.

    Raises:
        PrometheusError: It does not answer.
    """
    counted = source.tallies(prometheus, window)
    before = source.tallies(prometheus, window.before())
    known = histories(prometheus, source.pair.events, window)
    present = exposed(prometheus, book.service, window.end)
    routes = known_routes(book, present, counted.keys())
    rows = [
        _row(entry, counted.get(key := SeriesKey.of(entry)), known.get(key), before.get(key))
        for entry in book.applied(sorted(routes))
    ]
    return Report(
        book.service,
        window,
        history_of(prometheus, source.pair.events, window),
        history_of(prometheus, source.pair.events, window.before()),
        tuple(sorted((row for row in rows if not _is_idle(row)), key=_urgency)),
        None if counted else _why_nothing(prometheus, book.service, window, source.recorded if present else ()),
    )


def _why_nothing(prometheus: Prometheus, job: str, window: Window, recorded: tuple[str, ...]) -> str:
    missing = [name for name in recorded if history_of(prometheus, selector(name, job), window) is None]
    if missing:
        remedy = "load the rules of `budgets build`; if they are, the first slice takes some minutes"
        return f"no rule records {' and '.join(missing)} for it: {remedy}"
    return why_nothing(prometheus, job, window.end)


def _row(entry: Applied, tally: Tally | None, history: History | None, before: Tally | None) -> Row:
    return Row(entry.subject, entry.budget, tally or _NOTHING, history, before)


def _is_enough(tally: Tally, budget: Budget) -> bool:
    return round(tally.events) >= max(1, budget.min_events)


def _is_idle(row: Row) -> bool:
    return row.subject.route == ROUTE_UNMATCHED and not row.tally.events


def _urgency(row: Row) -> tuple[int, float]:
    if row.left is None:
        return 2, 0.0
    return (0 if row.is_enough else 1), row.left
