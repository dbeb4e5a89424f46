"""What is wrong with a budget file for one application: routes that are not there, entries that contradict."""

from collections.abc import Collection
from typing import Final

from telemetry.budgets.ambiguity import contradictions
from telemetry.budgets.book import BudgetBook, RouteEntry
from telemetry.budgets.consistency import add_inversions, inversions
from telemetry.budgets.model import Place
from telemetry.budgets.near import near_routes
from telemetry.budgets.problems import Findings, Problem, shown
from telemetry.budgets.unmatched import with_unmatched

#: Series that budgets may add to each process.
MAX_SERIES: Final = 10_000
# Two counters, each with the time of its creation, and the limit.
_SERIES_OF_A_BUDGET: Final = 5
#: Budgets, each counted for every route that it applies to, that make no more series than that.
MAX_APPLIED: Final = MAX_SERIES // _SERIES_OF_A_BUDGET


def problems_with_routes(book: BudgetBook, routes: Collection[tuple[str, str]]) -> tuple[Problem, ...]:
    """What is wrong with a file for an application, in the order of the file.

    Args:
        book: The file, which has no problem by itself.
        routes: Method and template of each route of the application.
    """
    findings = Findings(book.path)
    known = with_unmatched(routes)
    for entry in book.routes:
        if not any(entry.pattern.matches(*route) for route in known):
            _add_missing(entry, routes, findings)
    _check_contradictions(book, known, findings)
    known_already = set(inversions(book, ()))
    add_inversions((found for found in inversions(book, routes) if found not in known_already), findings)
    _check_series(book, routes, findings)
    return findings.sorted()


def _add_missing(entry: RouteEntry, routes: Collection[tuple[str, str]], findings: Findings) -> None:
    near = near_routes(entry.pattern, routes)
    remedy = f"did you mean {' or '.join(map(shown, near))}?" if near else "remove it, or correct the path"
    pattern = shown(str(entry.pattern))
    if entry.pattern.is_wildcard:
        what = f"{pattern} matches no route of the application"
    else:
        what = f"the application has no route {pattern}"
    findings.add(entry.place, what, remedy)


def _check_contradictions(book: BudgetBook, known: Collection[tuple[str, str]], findings: Findings) -> None:
    told = set()
    for method, template in sorted(known):
        for one, other, key in contradictions(book, method, template):
            first, second = sorted((one, other), key=lambda entry: entry.place)
            if (first.place, second.place, key) in told:
                continue
            told.add((first.place, second.place, key))
            what = (
                f"{shown(str(second.pattern))} and {shown(str(first.pattern))} (line {first.place.line})"
                f" both match {method} {shown(template)} and say different things about {key}"
            )
            findings.add(second.place, what, "make one of them longer, or name the route itself")


def _check_series(book: BudgetBook, routes: Collection[tuple[str, str]], findings: Findings) -> None:
    series = _SERIES_OF_A_BUDGET * len(book.applied(with_unmatched(routes)))
    if series > MAX_SERIES:
        what = f"{len(routes)} routes with these budgets make {series} series in each process"
        findings.add(Place(1, 1), what, f"{MAX_SERIES} are the most: exclude routes, or drop budgets")
