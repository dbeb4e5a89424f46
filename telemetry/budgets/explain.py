"""What applies to each route and namespace, and which line of the file says so."""

from collections.abc import Collection, Iterator
from typing import Final

from telemetry.budgets.book import ANY_METHOD, BudgetBook, Terms
from telemetry.budgets.model import Budget, Subject
from telemetry.budgets.terms import TERM_KEYS
from telemetry.budgets.unmatched import UNMATCHED_ROUTES
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
    for route in sorted(routes, key=lambda route: (route[1], route[0])):
        yield from _of_route(str(Subject(*route)), book, route)
    yield from _unmatched(book)
    for namespace, budgets in sorted(book.caches.items()):
        subject = str(Subject(cache_namespace=namespace))
        yield from (_row(subject, budget, book.terms) for budget in budgets)


def _unmatched(book: BudgetBook) -> Iterator[tuple[str, ...]]:
    """The rows of all methods, which are one group unless the file tells methods apart."""
    any_method = str(Subject(ANY_METHOD, ROUTE_UNMATCHED))
    groups = {tuple(_of_route(any_method, book, route)) for route in UNMATCHED_ROUTES}
    if len(groups) == 1:
        yield from groups.pop()
        return
    for route in UNMATCHED_ROUTES:
        yield from _of_route(str(Subject(*route)), book, route)


def _of_route(subject: str, book: BudgetBook, route: tuple[str, str]) -> Iterator[tuple[str, ...]]:
    budgets, terms = book.of_route(*route), book.terms_of(*route)
    yield from (_row(subject, budget, terms) for budget in budgets)
    if not budgets:
        yield _without(subject, book, route)


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
