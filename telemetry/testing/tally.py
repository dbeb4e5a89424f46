"""What tests came to for each budget: small numbers that add up over tests and over worker processes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from telemetry.budgets.judge import Verdict
from telemetry.budgets.model import Budget, Subject
from telemetry.request.noted import FURTHER
from telemetry.request.statement import SentStatement

#: Budgets of routes that are told apart in one run; what comes beyond is counted as dropped.
MAX_TALLIES: Final = 10_000
MAX_STATEMENTS: Final = 10
MAX_SEEN_IN: Final = 5


class TallyKey(NamedTuple):
    """A budget and what it is applied to.

    Attributes:
        path: Of the budget file, for people.
        subject: The route or the namespace.
        budget: The budget.
    """

    path: str
    subject: Subject
    budget: Budget


@dataclass(slots=True)
class Tally:
    """Events of one budget.

    Attributes:
        events: Events with a known figure.
        over: How many of them were over.
        unknown: Requests whose figure is not known.
        breaches: Tests that failed for this budget, or single events that belong to no test.
        worst: The largest figure, as in `Verdict`; None without events.
        statements: What the request with that figure sent.
        seen_in: Some tests in which something was over.
        outside: Breaches that no test failed for, as they came outside any test.
    """

    events: int = 0
    over: int = 0
    unknown: int = 0
    breaches: int = 0
    worst: int | float | None = None
    statements: tuple[SentStatement, ...] = ()
    seen_in: tuple[str, ...] = ()
    outside: int = 0

    def add(self, verdict: Verdict, statements: tuple[SentStatement, ...], test: str) -> None:
        """Adds one event.

        Args:
            verdict: Of the event.
            statements: What its request sent, most repeated first.
            test: In which it happened.
        """
        self.events += 1
        self.over += verdict.is_over
        if self.worst is None or verdict.figure > self.worst:
            self.worst = verdict.figure
            self.statements = shortened(statements) if verdict.is_over else ()
        if verdict.is_over:
            self._see((test,))

    def merge(self, other: "Tally") -> None:
        """Adds the events of *other*."""
        self.events += other.events
        self.over += other.over
        self.unknown += other.unknown
        self.breaches += other.breaches
        self.outside += other.outside
        if other.worst is not None and (self.worst is None or other.worst > self.worst):
            self.worst, self.statements = other.worst, other.statements
        self._see(other.seen_in)

    def _see(self, tests: Iterable[str]) -> None:
        self.seen_in = tuple(dict.fromkeys([*self.seen_in, *tests]))[:MAX_SEEN_IN]


@dataclass(slots=True)
class Tallies:
    """Tallies by their budgets.

    Attributes:
        requests: Requests that were seen.
        dropped: Events of budgets that found no room.
    """

    requests: int = 0
    dropped: int = 0
    _tallies: dict[TallyKey, Tally] = field(default_factory=dict)

    def __iter__(self) -> Iterator[tuple[TallyKey, Tally]]:
        return iter(tuple(self._tallies.items()))

    def of(self, key: TallyKey) -> Tally | None:
        """The tally of a budget, begun if there is none; None, counted as dropped, where there is no room."""
        tally = self._tallies.get(key)
        if tally is None:
            if len(self._tallies) >= MAX_TALLIES:
                self.dropped += 1
                return None
            tally = self._tallies[key] = Tally()
        return tally

    def merge(self, other: "Tallies") -> None:
        """Adds the events of *other*."""
        self.requests += other.requests
        self.dropped += other.dropped
        for key, tally in other:
            own = self.of(key)
            if own is not None:
                own.merge(tally)


def shortened(statements: tuple[SentStatement, ...]) -> tuple[SentStatement, ...]:
    """The first statements, and one entry for all others.

    Args:
        statements: Most repeated first.
    """
    if len(statements) <= MAX_STATEMENTS:
        return statements
    rest = sum(statement.count for statement in statements[MAX_STATEMENTS:])
    return (*statements[:MAX_STATEMENTS], SentStatement(FURTHER, rest))
