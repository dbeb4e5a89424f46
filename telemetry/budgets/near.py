"""Routes that somebody may have meant who named one that is not there."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

from telemetry.budgets.book import ANY_METHOD, WILDCARD, RoutePattern
from telemetry.conventions import ROUTE_UNMATCHED

_PARAMETER: Final = re.compile(r"\{[^{}]*\}")
_SHOWN: Final = 3


def near_routes(pattern: RoutePattern, routes: Collection[tuple[str, str]]) -> tuple[str, ...]:
    """Up to three routes like the one that is meant, likeliest first.

    Args:
        pattern: That fits none of the routes.
        routes: Method and template of each route of the application.
    """
    templates = sorted({template for _, template in routes} | {ROUTE_UNMATCHED})
    other_methods = RoutePattern(ANY_METHOD, pattern.template)
    methods = sorted({method for method, template in routes if other_methods.matches(method, template)})
    if methods:
        return tuple(f"{method} {pattern.template}" for method in methods[:_SHOWN])
    if pattern.is_wildcard:
        near = _alike(pattern.template.replace(WILDCARD, ""), templates)
        return tuple(f"{_method(pattern.method, template, routes)} {template}" for template in near)
    shape = _shape(pattern.template)
    near = [template for template in templates if _shape(template) == shape]
    near = near or _alike(pattern.template, templates)
    return tuple(f"{_method(pattern.method, template, routes)} {template}" for template in near[:_SHOWN])


def _method(method: str, template: str, routes: Collection[tuple[str, str]]) -> str:
    if method == ANY_METHOD or (method, template) in routes:
        return method
    return min((known for known, other in routes if other == template), default=method)


def _alike(template: str, templates: Iterable[str]) -> list[str]:
    return get_close_matches(template, templates, n=_SHOWN, cutoff=0.6)


def _shape(template: str) -> str:
    # Names of parameters and the slash at the end are what is mistaken most.
    return _PARAMETER.sub("{}", template).rstrip("/")
