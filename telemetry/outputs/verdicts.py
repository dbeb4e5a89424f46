"""The budgets of one application at work: judges its requests and look-ups, and counts."""

from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.judge import CacheJudge, RouteJudge, Verdict
from telemetry.budgets.model import Budget, Subject
from telemetry.conventions import EXEMPLAR_TRACE_ID, ROUTE_UNMATCHED
from telemetry.errors import Guard
from telemetry.outputs.budget_metrics import BudgetMetrics, BudgetSeries
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult

_GUARD = Guard("budgets")
# Routes that were not known at the start: added later, or asked with a method that they do not take. No path is one.
_MAX_NEW_ROUTES: Final = 200


class Breach(NamedTuple):
    """A request that exceeded budgets.

    Attributes:
        ending: The request.
        over: The verdicts that are over, at least one.
        trace_id: Of its SERVER span, 32 hexadecimal digits; None without one.
    """

    ending: Ending
    over: tuple[Verdict, ...]
    trace_id: str | None


class _Route(NamedTuple):
    judge: RouteJudge
    # By the identity of the budget: hashing one costs more than all the counting.
    series: dict[int, BudgetSeries]


class _Cache(NamedTuple):
    judge: CacheJudge
    series: dict[int, BudgetSeries]


class Verdicts:
    """Verdicts on the requests and cache look-ups of one application.

    Args:
        book: Its budgets.
        metrics: Where verdicts are counted; the counters of caches stand at 0 from now on.
        listeners: Told of each request that exceeded a budget.
    """

    def __init__(
        self, book: BudgetBook, metrics: BudgetMetrics, listeners: tuple[Callable[[Breach], None], ...] = ()
    ) -> None:
        self._book = book
        self._metrics = metrics
        self._listeners = listeners
        self._routes: dict[tuple[str, str], _Route] = {}
        self._most_routes = _MAX_NEW_ROUTES
        self._caches = {
            name: _Cache(CacheJudge(budgets), self._series(Subject(cache_namespace=name), budgets))
            for name, budgets in book.caches.items()
        }

    def expect(self, routes: Iterable[tuple[str, str]]) -> None:
        """Makes the counters of *routes* stand at 0, and those of requests that no route serves.

        Args:
            routes: Method and template of each route of the application.
        """
        known = set(routes)
        methods = {"GET", *(method for method, _ in known)}
        for method, template in sorted(known | {(method, ROUTE_UNMATCHED) for method in methods}):
            self._route(method, template)
        self._most_routes = len(self._routes) + _MAX_NEW_ROUTES

    def of(self, ending: Ending) -> tuple[Verdict, ...]:
        """The verdicts on a request, which are not counted."""
        breakdown = ending.breakdown
        return self._route(breakdown.method, breakdown.route).judge(ending)

    def count(self, ending: Ending, verdicts: Iterable[Verdict], trace_id: str | None = None) -> None:
        """Counts the verdicts on a request whose work is over.

        Args:
            ending: The request.
            verdicts: What `of` said of it.
            trace_id: Of its trace if that is exported, 32 hexadecimal digits; else None.
        """
        series = self._route(ending.breakdown.method, ending.breakdown.route).series
        _count(series, verdicts, None if trace_id is None else {EXEMPLAR_TRACE_ID: trace_id})

    def tell(self, breach: Breach) -> None:
        """Tells the listeners of a request that exceeded a budget."""
        for listener in self._listeners:
            with _GUARD:
                listener(breach)

    def lookup_answered(self, namespace: str, result: CacheResult, duration_ns: int | None) -> None:
        """Judges and counts one look-up, whatever it was for.

        Args:
            namespace: Of the cache's keys.
            result: What the cache answered.
            duration_ns: How long the look-up took, ns; None if nobody measured it.
        """
        cache = self._caches.get(namespace)
        if cache is not None:
            with _GUARD:
                _count(cache.series, cache.judge(result, duration_ns))

    def _route(self, method: str, template: str | None) -> _Route:
        key = (method, template or ROUTE_UNMATCHED)
        route = self._routes.get(key)
        if route is None:
            if len(self._routes) >= self._most_routes and template not in {None, ROUTE_UNMATCHED}:
                return self._route(method, None)
            budgets = self._book.of_route(*key)
            route = self._routes[key] = _Route(RouteJudge(budgets), self._series(Subject(*key), budgets))
        return route

    def _series(self, subject: Subject, budgets: Iterable[Budget]) -> dict[int, BudgetSeries]:
        return {id(budget): self._metrics.series(subject, budget) for budget in budgets}


def _count(
    series: dict[int, BudgetSeries], verdicts: Iterable[Verdict], exemplar: dict[str, str] | None = None
) -> None:
    for verdict in verdicts:
        counters = series[id(verdict.budget)]
        # The events first: whoever reads in between must not see more over than there were.
        counters.events.inc()
        if verdict.is_over:
            counters.over.inc(1, exemplar)
