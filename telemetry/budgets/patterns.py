"""`METHOD /template`: the routes that an entry of the file is about."""

import re
from typing import Final

from telemetry.budgets.book import ANY_METHOD, WILDCARD, RoutePattern
from telemetry.budgets.document import Scalar
from telemetry.budgets.problems import Findings, did_you_mean, shown
from telemetry.budgets.values import is_label
from telemetry.conventions import KNOWN_METHODS, METHOD_OTHER, ROUTE_UNMATCHED

_METHODS: Final = (*sorted(KNOWN_METHODS), METHOD_OTHER, ANY_METHOD)
_CONVERTOR: Final = re.compile(r"\{([^{}:]+):[^{}]*\}")
_WITHOUT: Final = r"{\1}"


def pattern_of(key: Scalar, findings: Findings) -> RoutePattern | None:
    """The pattern that a key states; None if it states none.

    Args:
        key: Of the mapping of routes.
        findings: Told what is wrong.
    """
    if not is_label("the route", key, findings):
        return None
    method, _, template = key.text.partition(" ")
    what = remedy = ""
    if method not in _METHODS:
        what = f"the route {shown(key.text)} does not begin with a method"
        remedy = _method_remedy(method, key.text)
    elif not template or template != template.strip():
        what = f"the route {shown(key.text)} is no method, one space and a template"
        remedy = f'write it as "{shown(method)} {shown(template.strip() or "/path/{id}")}"'
    elif not template.startswith(("/", WILDCARD)) and template != ROUTE_UNMATCHED:
        what = f"the template {shown(template)} does not begin with /"
        remedy = f'write "{shown(method)} /{shown(template)}", or "{shown(method)} {ROUTE_UNMATCHED}"'
    elif _CONVERTOR.search(template):
        what = f"the template {shown(template)} has a convertor in it"
        remedy = f"write {shown(_CONVERTOR.sub(_WITHOUT, template))}"
    else:
        return RoutePattern(method, template)
    findings.add(key.place, what, remedy)
    return None


def _method_remedy(method: str, text: str) -> str:
    if method.startswith("/"):
        return f'write "GET {shown(text)}", or "* {shown(text)}" for all methods'
    return did_you_mean(method, _METHODS)
