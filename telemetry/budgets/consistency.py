"""What contradicts itself in a book, whatever the application is."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, combinations
from typing import NamedTuple

from telemetry.budgets.book import ANY_METHOD, BudgetBook, RouteEntry
from telemetry.budgets.model import Budget, Kind, Place
from telemetry.budgets.problems import Findings, shown
from telemetry.budgets.reach import least_objective, never_pages, pages


class Inversion(NamedTuple):
    """Two budgets of one route of which the stricter asks for less.

    Attributes:
        where: What says so, or the route.
        looser: With the lower objective and the higher limit, or the same.
        stricter: With the higher objective.
    """

    where: str
    looser: Budget
    stricter: Budget


def check_book(book: BudgetBook, findings: Findings) -> None:
    """Tells what contradicts itself.

    Args:
        book: Read without problems, or as far as it could be read.
        findings: Told what is wrong.
    """
    groups = [book.defaults, *(entry.budgets for entry in book.routes), book.caches]
    for budget in (budget for group in groups for budget in _flat(group)):
        if "alerts" in budget.stated and never_pages(budget, book.window_days):
            least = least_objective(pages(book.window_days))
            what = f"{budget.name} has alerts: page, which can never fire at the objective {budget.objective_text}"
            findings.add(budget.place, what, f"{least} is the smallest that can, or write alerts: ticket")
    add_inversions(inversions(book, ()), findings)


def inversions(book: BudgetBook, routes: Iterable[tuple[str, str]]) -> Iterator[Inversion]:
    """Budgets that ask for more responses within a longer time, or the same, than within a shorter one.

    Args:
        book: The file; what it says by itself comes first.
        routes: Method and template of routes of the application.
    """
    told: set[tuple[Place, Place]] = set()
    groups = chain(
        [("defaults", _flat(book.defaults))],
        ((str(entry.pattern), _of_entry(book, entry)) for entry in book.routes),
        ((f"{method} {template}", book.of_route(method, template)) for method, template in sorted(routes)),
    )
    for where, budgets in groups:
        for looser, stricter in _inverted(budgets):
            if (looser.place, stricter.place) not in told:
                told.add((looser.place, stricter.place))
                yield Inversion(where, looser, stricter)


def add_inversions(found: Iterable[Inversion], findings: Findings) -> None:
    """Tells of budgets that contradict each other.

    Args:
        found: The pairs.
        findings: Told of them.
    """
    for where, looser, stricter in found:
        what = f"{shown(where)}: {said(looser)} is not below {said(stricter)}"
        findings.add(max(looser.place, stricter.place), what, "a higher objective needs a higher limit")


def _inverted(budgets: Iterable[Budget]) -> Iterator[tuple[Budget, Budget]]:
    latencies = (budget for budget in budgets if budget.kind is Kind.LATENCY)
    for looser, stricter in combinations(sorted(latencies, key=lambda budget: budget.objective), 2):
        # Within one list this was told as it was read.
        is_list = looser.name == stricter.name
        if looser.objective < stricter.objective and looser.limit >= stricter.limit and not is_list:
            yield looser, stricter


def _of_entry(book: BudgetBook, entry: RouteEntry) -> tuple[Budget, ...]:
    if entry.is_excluded:
        return ()
    if not entry.pattern.is_wildcard:
        method = "GET" if entry.pattern.method == ANY_METHOD else entry.pattern.method
        return book.of_route(method, entry.pattern.template)
    return _flat({**book.defaults, **entry.budgets})


def _flat(by_key: Mapping[str, tuple[Budget, ...]]) -> tuple[Budget, ...]:
    return tuple(budget for budgets in by_key.values() for budget in budgets)


def said(budget: Budget) -> str:
    """A budget in a message: its key, its limit, and the line that states it."""
    return f"{budget.name} ({budget.limit_text}, line {budget.place.line})"
