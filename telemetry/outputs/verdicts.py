"""The budgets of one application at work: judges its requests and look-ups, and counts."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final, NamedTuple

from telemetry.budgets.book import BudgetBook
from telemetry.budgets.judge import CacheJudge, RouteJudge, Verdict
from telemetry.budgets.model import Budget, Subject
from telemetry.budgets.unmatched import with_unmatched
from telemetry.conventions import EXEMPLAR_TRACE_ID, ROUTE_UNMATCHED
from telemetry.errors import Guard
from telemetry.outputs.budget_metrics import BudgetMetrics, BudgetSeries
from telemetry.request.ending import Ending
from telemetry.request.lookups import CacheResult

_GUARD = Guard("budgets")
# Routes that were not known at the start, but added later. No path is one.
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
        metrics: Where verdicts are counted.
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
        self._templates: frozenset[str] = frozenset()
        self._caches: dict[str, _Cache] = {}

    def expect(self, routes: Iterable[tuple[str, str]]) -> None:
        """Makes the counters of *routes* stand at 0, and those of caches and of requests that no route serves.

        Args:
            routes: Method and template of each route of the application.
        """
        known = tuple(routes)
        for method, template in with_unmatched(known):
            self._route(method, template)
        for namespace in self._book.caches:
            self._cache(namespace)
        self._templates = frozenset(template for _, template in known)
        self._most_routes = len(self._routes) + _MAX_NEW_ROUTES

    def stop(self) -> None:
        """Judges nothing from now on."""
        self._book = replace(self._book, defaults={}, routes=(), caches={})
        self._routes.clear()
        self._caches.clear()

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

    def lookup_answered(
        self, namespace: str, result: CacheResult, duration_ns: int | None, counted: set[int] | None = None
    ) -> None:
        """Judges and counts one look-up, whatever it was for.

        Args:
            namespace: Of the cache's keys.
            result: What the cache answered.
            duration_ns: How long the look-up took, ns; None if nobody measured it.
            counted: Identities of the counters that have it already, which get no more; those that get it are added.
                None where nobody else is told of it.
        """
        if namespace in self._book.caches:
            with _GUARD:
                judge, series = self._cache(namespace)
                found = judge(result, duration_ns)
                _count(series, found if counted is None else _uncounted(found, series, counted))

    def _route(self, method: str, template: str | None) -> _Route:
        key = (method, template or ROUTE_UNMATCHED)
        route = self._routes.get(key)
        if route is None:
            if key[1] != ROUTE_UNMATCHED and (key[1] in self._templates or len(self._routes) >= self._most_routes):
                # Known with other methods only: no route serves this one, and the rules have no series of it.
                return self._route(method, None)
            budgets = self._book.of_route(*key)
            route = self._routes[key] = _Route(RouteJudge(budgets), self._series(Subject(*key), budgets))
        return route

    def _cache(self, namespace: str) -> _Cache:
        cache = self._caches.get(namespace)
        if cache is None:
            budgets = self._book.caches[namespace]
            series = self._series(Subject(cache_namespace=namespace), budgets)
            cache = self._caches[namespace] = _Cache(CacheJudge(budgets), series)
        return cache

    def _series(self, subject: Subject, budgets: Iterable[Budget]) -> dict[int, BudgetSeries]:
        return {id(budget): self._metrics.series(subject, budget) for budget in budgets}


def _uncounted(verdicts: Iterable[Verdict], series: dict[int, BudgetSeries], counted: set[int]) -> Iterator[Verdict]:
    for verdict in verdicts:
        # Applications that share a registry, and state the same budget, share its counter.
        counter = id(series[id(verdict.budget)].events)
        if counter not in counted:
            counted.add(counter)
            yield verdict


def _count(
    series: dict[int, BudgetSeries], verdicts: Iterable[Verdict], exemplar: dict[str, str] | None = None
) -> None:
    for verdict in verdicts:
        counters = series[id(verdict.budget)]
        # The events first: whoever reads in between must not see more over than there were.
        counters.events.inc()
        if verdict.is_over:
            counters.over.inc(1, exemplar)
