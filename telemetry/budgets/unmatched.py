"""Requests that no route serves, as routes: one for each method that is told apart."""

from collections.abc import Iterable
from typing import Final

from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, ROUTE_UNMATCHED

#: Method and template of each; the same for every application, whatever methods its own routes take.
UNMATCHED_ROUTES: Final = tuple((method, ROUTE_UNMATCHED) for method in sorted({METHOD_OTHER, *KNOWN_METHODS}))


def with_unmatched(routes: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    """All routes that budgets can apply to: what counts from the start, is in the rules, and is explained.

    Args:
        routes: Method and template of each route of the application.
    """
    return (*sorted(set(routes)), *UNMATCHED_ROUTES)
