"""What applies to each route and namespace, and which line of the file says so."""

from collections.abc import Collection, Iterator
from typing import Final

from telemetry.budgets.book import BudgetBook, Terms
from telemetry.budgets.model import Budget, Subject
from telemetry.budgets.terms import TERM_KEYS
from telemetry.conventions import ROUTE_UNMATCHED

_HEADINGS: Final = ("SUBJECT", "BUDGET", "LIMIT", "OBJECTIVE", "LINE", "ALERTS", "MIN EVENTS", "OWNER")
_GAP: Final = "  "
_NONE: Final = "-"


def explained(book: BudgetBook, routes: Collection[tuple[str, str]]) -> str:
    """A table with one row for each budget of each route and namespace, and for each route that has none.

    What is not said in the line of the budget has its own line in parentheses, and none if no line says it.

    Args:
        book: The file.
        routes: Method and template of each route of the application.
    """
    rows = [_HEADINGS, *_rows(book, routes)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        _GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _rows(book: BudgetBook, routes: Collection[tuple[str, str]]) -> Iterator[tuple[str, ...]]:
    for method, template in (*sorted(routes, key=lambda route: (route[1], route[0])), ("GET", ROUTE_UNMATCHED)):
        subject, terms = str(Subject(method, template)), book.terms_of(method, template)
        budgets = book.of_route(method, template)
        yield from (_row(subject, budget, terms) for budget in budgets)
        if not budgets:
            yield _without(subject, book, (method, template))
    for namespace, budgets in sorted(book.caches.items()):
        subject = str(Subject(cache_namespace=namespace))
        yield from (_row(subject, budget, book.terms) for budget in budgets)


def _row(subject: str, budget: Budget, terms: Terms) -> tuple[str, ...]:
    said = (_said(name, budget, terms) for name in TERM_KEYS)
    return (subject, budget.name, budget.limit_text, budget.objective_text, str(budget.place.line), *said)


def _said(name: str, budget: Budget, terms: Terms) -> str:
    value = getattr(budget, name)
    if name in budget.stated or getattr(terms, name) != value or name not in terms.places:
        return _NONE if value is None else str(value)
    return f"{value} ({terms.places[name].line})"


def _without(subject: str, book: BudgetBook, route: tuple[str, str]) -> tuple[str, ...]:
    entries = book.entries_of(*route)
    is_excluded = bool(entries) and entries[-1].is_excluded
    said, line = ("excluded", str(entries[-1].place.line)) if is_excluded else ("none", _NONE)
    return (subject, said, _NONE, _NONE, line, *(_NONE for _ in TERM_KEYS))
