"""The routes that a Prometheus, or the file itself, says a service has."""

from collections.abc import Collection, Iterable, Set

from telemetry.budgets.book import ANY_METHOD, BudgetBook
from telemetry.budgets.model import Subject
from telemetry.budgets.series import SeriesKey
from telemetry.conventions import ROUTE_UNMATCHED

Routes = frozenset[tuple[str, str]]


def known_routes(book: BudgetBook, present: Set[SeriesKey], counted: Set[SeriesKey]) -> Routes:
    """Method and template of each route that a budget could be applied to.

    A route that is known only with limits that the file does not state, and is
    exposed no longer, went with a deploy: it is left out.

    Args:
        book: The file.
        present: What the service exposes now.
        counted: What it exposed in the window that is looked at.
    """
    stated = {SeriesKey.of(entry) for entry in book.applied(_routes(counted))}
    return _routes(present) | _routes(counted & stated) | frozenset(_named(book))


def foreign_routes(book: BudgetBook, known: Routes, routes: Collection[tuple[str, str]] | None) -> Routes:
    """Those of the known routes with budgets that an application does not have; none that the file names.

    Args:
        book: The file.
        known: From a Prometheus.
        routes: Method and template of each route of the application; None if they are not known.
    """
    own = known if routes is None else {*routes, *_named(book)}
    foreign = {route for route in known if route not in own and route[1] != ROUTE_UNMATCHED}
    return frozenset(route for route in foreign if book.of_route(*route))


def _routes(keys: Set[SeriesKey]) -> Routes:
    subjects: Iterable[Subject] = {key.subject for key in keys}
    return frozenset((subject.method, subject.route) for subject in subjects if subject.route)


def _named(book: BudgetBook) -> Iterable[tuple[str, str]]:
    for entry in book.routes:
        if entry.pattern.method != ANY_METHOD and not entry.pattern.is_wildcard:
            yield entry.pattern.method, entry.pattern.template
