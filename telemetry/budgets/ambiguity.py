"""Entries of a file that contradict each other about a route, neither being more specific."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from telemetry.budgets.book import BudgetBook, RouteEntry
from telemetry.budgets.model import Budget, Place
from telemetry.budgets.terms import TERM_KEYS

_NOWHERE = Place(0, 0)


def contradictions(book: BudgetBook, method: str, template: str) -> Iterator[tuple[RouteEntry, RouteEntry, str]]:
    """Two entries of equal specificity and the key of which they say different things.

    What a more specific entry decides is no contradiction.

    Args:
        book: The file.
        method: Of the route.
        template: Of the route, or `unmatched`.
    """
    entries = book.entries_of(method, template)
    for one, other in combinations(entries, 2):
        if one.pattern.specificity != other.pattern.specificity:
            continue
        above = [entry for entry in entries if entry.pattern.specificity > one.pattern.specificity]
        if one.is_excluded != other.is_excluded:
            if not above:
                yield one, other, "exclude"
            continue
        decided = {key for entry in above for key in _said(entry)}
        said, said_by_other = _said(one), _said(other)
        for key in sorted((said.keys() & said_by_other.keys()) - decided):
            if said[key] != said_by_other[key]:
                yield one, other, key


def _said(entry: RouteEntry) -> dict[str, object]:
    said: dict[str, object] = {
        key: tuple(_without_place(budget) for budget in budgets) for key, budgets in entry.budgets.items()
    }
    terms = {key: getattr(entry.terms, key) for key in TERM_KEYS}
    return said | {key: value for key, value in terms.items() if value is not None}


def _without_place(budget: Budget) -> Budget:
    return replace(budget, place=_NOWHERE)
