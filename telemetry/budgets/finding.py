"""What became of one budget for one route or namespace, as a test gate or a deploy gate tells it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telemetry.budgets.model import Budget, Subject
from telemetry.request.statement import SentStatement

#: Begins the source of a statement if only the end of its path is known: there may be no such file, or several.
SHORTENED: Final = "…/"


class Outcome(StrEnum):
    """What may be said of a budget after some events."""

    EXCEEDED = "exceeded"
    INSUFFICIENT = "insufficient"
    """Too few events to say either; never to be taken for within."""
    WITHIN = "within"


@dataclass(frozen=True, slots=True)
class Finding:
    """One budget, what it is applied to, and what was seen.

    Attributes:
        outcome: What may be said.
        subject: The route or the namespace.
        budget: With its limit and its place in the file.
        path: Of the budget file, as it was given; relative to the root of the checkout in reports.
        message: What was seen, one sentence for a person, figure and limit in it.
        events: How many events were seen.
        over: How many of them were over.
        needed: How many events it takes to tell; None where one is enough.
        statements: What the worst request sent, repeated ones first; bounded by whoever makes it.
        seen_in: Where it was seen: test ids, or the address of a Prometheus; bounded by whoever makes it.
    """

    outcome: Outcome
    subject: Subject
    budget: Budget
    path: str
    message: str
    events: int
    over: int
    needed: int | None = None
    statements: tuple[SentStatement, ...] = ()
    seen_in: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What it is about, the same in every run: `GET /items: queries 3`."""
        return f"{self.subject}: {self.budget.name} {self.budget.limit_text}"
