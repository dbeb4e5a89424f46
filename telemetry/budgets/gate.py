"""What a Prometheus says of each budget after a deploy."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.history import History, Window, history_of
from telemetry.budgets.known_routes import foreign_routes, known_routes
from telemetry.budgets.model import Applied, Budget, Subject
from telemetry.budgets.percent import percent_text
from telemetry.budgets.prometheus import Prometheus
from telemetry.budgets.series import SeriesKey, exposed, why_nothing
from telemetry.budgets.tallies import Pair, Tally, exact, tallies
from telemetry.conventions import ROUTE_UNMATCHED

# An extrapolated count carries the rounding of floats.
_ROUNDING: Final = 1e-9
_NOTHING: Final = Tally(0, 0)


class Judged(NamedTuple):
    """What was found for one budget.

    Attributes:
        finding: The outcome, and all that is known of it.
        note: What is missing, in a few words; empty if nothing is.
    """

    finding: Finding
    note: str


@dataclass(frozen=True, slots=True)
class Gate:
    """What was found.

    Attributes:
        service: Whose budgets they are.
        window: In which events were counted.
        history: What is known of the window, None if nothing is.
        judged: One for each budget: exceeded ones first, then insufficient ones.
        left_out: Routes that Prometheus knows and the application does not have.
        nothing: Why nothing at all is known, None if something is.
    """

    service: str
    window: Window
    history: History | None
    judged: tuple[Judged, ...]
    nothing: str | None
    left_out: tuple[Subject, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found, for reports."""
        return tuple(judged.finding for judged in self.judged)

    def number(self, outcome: Outcome) -> int:
        """How many budgets have an outcome.

        Args:
            outcome: To count.
        """
        return sum(judged.finding.outcome is outcome for judged in self.judged)


def gated(
    book: BudgetBook, prometheus: Prometheus, window: Window, routes: Collection[tuple[str, str]] | None = None
) -> Gate:
    """Holds what was counted since a deploy against the budgets of a file.

    Only series with the limit that the file states count: those with the limit
    from before the deploy judged other requests.

    Args:
        book: The file.
        prometheus: Where to ask.
        window: From the deploy to now.
        routes: Method and template of each route of the application. Those that Prometheus knows beside them are left
            out, as those are of a method that a route refused. None if they are not known.

    Raises:
        PrometheusError: It does not answer.
    """
    pair = Pair.counters(book.service)
    counted = tallies(prometheus, pair, window, exact)
    present = exposed(prometheus, book.service, window.end)
    known = present | counted.keys()
    found = known_routes(book, present, counted.keys())
    left_out = foreign_routes(book, found, routes)
    wanted = (found | set(routes or ())) - left_out
    judged = [
        _judged(book.path, entry, counted.get(key := SeriesKey.of(entry)), _other_limits(key, known))
        for entry in book.applied(sorted(wanted))
    ]
    order = list(Outcome)
    return Gate(
        book.service,
        window,
        history_of(prometheus, pair.events, window),
        tuple(sorted((one for one in judged if not _is_idle(one)), key=lambda one: order.index(one.finding.outcome))),
        None if counted else why_nothing(prometheus, book.service, window.end),
        tuple(Subject(*route) for route in sorted(left_out)),
    )


def is_exceeded(tally: Tally, budget: Budget) -> bool:
    """Whether a larger share was over than the budget allows; exactly what it allows is within.

    Args:
        tally: What was counted.
        budget: That it is held against.
    """
    return tally.over > float(budget.allowed) * tally.events * (1 + _ROUNDING)


def _is_idle(judged: Judged) -> bool:
    """Whether no route stands behind it and few asked for it: nobody can see to it that more do."""
    return judged.finding.subject.route == ROUTE_UNMATCHED and judged.finding.outcome is Outcome.INSUFFICIENT


def _other_limits(key: SeriesKey, known: Iterable[SeriesKey]) -> list[str]:
    return sorted(other.limit for other in known if other[:2] == key[:2] and other != key)


def _judged(path: str, entry: Applied, tally: Tally | None, other_limits: list[str]) -> Judged:
    subject, budget = entry
    outcome = _outcome(tally or _NOTHING, budget)
    events, over = (round(count) for count in tally or _NOTHING)
    needed = budget.min_events if outcome is Outcome.INSUFFICIENT else None
    note, told = _missing(tally, needed, ", ".join(other_limits))
    message = f"{subject}: {budget.name} {budget.limit_text}: {_seen(tally or _NOTHING, budget)}; {told}"
    return Judged(Finding(outcome, subject, budget, path, message.removesuffix("; "), events, over, needed), note)


def _missing(tally: Tally | None, needed: int | None, other_limits: str) -> tuple[str, str]:
    """What is missing, for a table and for a sentence; empty if nothing is."""
    if tally is None and other_limits:
        return (
            f"only limit {other_limits}",
            f"Prometheus knows it only with limit {other_limits}: is this file deployed?",
        )
    if tally is None:
        return "no series", "Prometheus knows no series of it: is this file deployed?"
    return ("", "") if needed is None else (f"needs {needed}", f"{needed} events are needed to tell")


def _outcome(tally: Tally, budget: Budget) -> Outcome:
    if round(tally.events) < max(1, budget.min_events):
        return Outcome.INSUFFICIENT
    return Outcome.EXCEEDED if is_exceeded(tally, budget) else Outcome.WITHIN


def _seen(tally: Tally, budget: Budget) -> str:
    counts, share = f"{round(tally.over)} of {round(tally.events)} events over", tally.share
    if share is None:
        return counts
    allowed = float(budget.allowed)
    return f"{counts}, {percent_text(share, allowed)}, where {percent_text(allowed, share)} may be"
