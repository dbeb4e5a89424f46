"""What the author of a file should know though nothing is wrong."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import combinations
from typing import Final

from telemetry.budgets.book import BudgetBook, RouteEntry
from telemetry.budgets.consistency import said
from telemetry.budgets.model import Alerts, Budget, Kind, Place
from telemetry.budgets.problems import Findings, Problem, shown
from telemetry.budgets.reach import least_objective, never_pages, pages
from telemetry.budgets.windows import BurnPair

_SLOW_PAGE: Final = timedelta(minutes=30)
_NAMED: Final = 3
_HUNDRED: Final = 100
_MINUTE: Final = timedelta(minutes=1)


def warnings_of(book: BudgetBook, routes: Collection[tuple[str, str]]) -> tuple[Problem, ...]:
    """What the author should know, in the order of the file.

    Args:
        book: The file, which has no problem.
        routes: Method and template of each route of the application; none if it is not known.
    """
    findings = Findings(book.path)
    for entry in book.routes:
        _warn_of_nothing_dropped(book, entry, findings)
        if routes:
            _warn_of_no_effect(book, entry, routes, findings)
    groups = [book.of_route(*route) for route in routes] if routes else [_defaults(book)]
    for budgets in groups:
        _warn_of_pages(budgets, book.window_days, findings)
        _warn_of_the_same(budgets, findings)
    _warn_of_none(book, routes, findings)
    return findings.sorted()


def _defaults(book: BudgetBook) -> tuple[Budget, ...]:
    return tuple(budget for budgets in book.defaults.values() for budget in budgets)


def _warn_of_nothing_dropped(book: BudgetBook, entry: RouteEntry, findings: Findings) -> None:
    below = [other.budgets for other in book.routes if other.pattern.specificity < entry.pattern.specificity]
    for key, budgets in entry.budgets.items():
        if not budgets and not any(group.get(key) for group in (book.defaults, *below)):
            what = f"{shown(str(entry.pattern))} drops {key}, which nothing states"
            findings.add(entry.place, what, f"remove {key}: false")


def _warn_of_no_effect(
    book: BudgetBook, entry: RouteEntry, routes: Collection[tuple[str, str]], findings: Findings
) -> None:
    mine = [route for route in routes if entry.pattern.matches(*route)]
    if mine and not entry.is_excluded and all(book.entries_of(*route)[-1].is_excluded for route in mine):
        what = f"all routes of {shown(str(entry.pattern))} are excluded by more specific entries"
        findings.add(entry.place, what, "remove it")


def _warn_of_none(book: BudgetBook, routes: Collection[tuple[str, str]], findings: Findings) -> None:
    without = [f"{method} {template}" for method, template in sorted(routes) if not book.entries_of(method, template)]
    # A file of caches alone is about no route.
    if without and book.routes and not any(book.defaults.values()):
        named = ", ".join(map(shown, without[:_NAMED]))
        more = f" and {len(without) - _NAMED} more" if len(without) > _NAMED else ""
        findings.add(Place(1, 1), f"no budget is stated for {named}{more}", "add defaults, or exclude them")


def _warn_of_the_same(budgets: Iterable[Budget], findings: Findings) -> None:
    latencies = sorted((one for one in budgets if one.kind is Kind.LATENCY), key=lambda one: (one.limit, one.objective))
    for shorter, longer in combinations(latencies, 2):
        where = max(shorter.place, longer.place)
        both = f"{said(shorter)} and {said(longer)}"
        if shorter.objective == longer.objective:
            what = f"{both} both are about {shorter.objective_text} of the responses"
            findings.add(where, what, f"keep the one of {shorter.limit_text} ms, which says it all")
        elif longer.limit - shorter.limit < longer.limit / _HUNDRED:
            findings.add(where, f"{both} differ by less than 1 %", "one of them is enough")


def _warn_of_pages(budgets: Iterable[Budget], window_days: int, findings: Findings) -> None:
    paging = [budget for budget in budgets if budget.alerts is Alerts.PAGE]
    alerts = pages(window_days)
    for budget in paging:
        if never_pages(budget, window_days):
            what = f"{budget.name} at the objective {budget.objective_text} can never page, only raise tickets"
            findings.add(budget.place, what, f"{least_objective(alerts)} is the smallest objective that can page")
    times = [
        (time, budget)
        for budget in paging
        if budget.kind is Kind.LATENCY and (time := _first_page(budget, alerts)) is not None
    ]
    if not times:
        return
    soonest, budget = min(times, key=lambda pair: pair[0])
    if soonest > _SLOW_PAGE:
        what = (
            f"{budget.name} at the objective {budget.objective_text} pages only after"
            f" {soonest // _MINUTE} minutes in which every response is slow"
        )
        findings.add(budget.place, what, "add p99_ms to be woken sooner")


def _first_page(budget: Budget, alerts: tuple[BurnPair, ...]) -> timedelta | None:
    # All events over: the burn of the long window reaches the factor after this part of it.
    times = [pair.long * float(pair.factor * budget.allowed) for pair in alerts if pair.can_fire(budget.objective)]
    return min(times, default=None)
