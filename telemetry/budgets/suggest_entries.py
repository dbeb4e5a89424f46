"""What a proposed budget file may say of each route and cache, and which of it the file has room for."""

import json
from collections.abc import Collection, Iterable, Iterator
from typing import Final, NamedTuple

from telemetry.budgets.check import MAX_APPLIED
from telemetry.budgets.document import MAX_BYTES, Scalar
from telemetry.budgets.load import is_namespace
from telemetry.budgets.model import Place, decimal_text
from telemetry.budgets.observations import Observations, RouteFigures
from telemetry.budgets.patterns import pattern_of
from telemetry.budgets.problems import Findings, shown
from telemetry.budgets.suggest import Suggestion, for_cache, for_route, proposed
from telemetry.conventions import NAMESPACE_OTHER, ROUTE_UNMATCHED

_INDENT: Final = "  "
_NOWHERE: Final = Place(1, 1)
# For the headings, and to say what is left out.
_RESERVED_BYTES: Final = 1_000

Routes = Collection[tuple[str, str]]


class Entry(NamedTuple):
    """One route or namespace.

    Attributes:
        section: Of the file; empty for a comment at its end.
        lines: Of the file.
        budgets: How many they state; with none they are a comment.
        events: How often it was asked.
    """

    section: str
    lines: tuple[str, ...]
    budgets: int
    events: float


class Fitting(NamedTuple):
    """What a file has room for.

    Attributes:
        entries: In the order of the file.
        routes: Number of routes and namespaces with budgets that are left out.
        comments: Number of the others that are left out.
    """

    entries: tuple[Entry, ...]
    routes: int
    comments: int


def entries_of(observations: Observations, routes: Routes | None) -> tuple[Entry, ...]:
    """One for each route and namespace that was seen; those that state something first, then by name.

    Args:
        observations: What was seen.
        routes: Method and template of each route of the application; None if they are not known.
    """
    found = [*_of_routes(observations, routes), *_of_caches(observations)]
    return tuple(sorted(found, key=lambda entry: not entry.budgets))


def fitting(entries: Iterable[Entry], head: str) -> Fitting:
    """What fits into a file that can be read and used: caches, then what was asked most often, then comments.

    Args:
        entries: In the order of the file.
        head: Text before them.
    """
    given = tuple(entries)
    size, budgets = MAX_BYTES - _RESERVED_BYTES - len(head.encode()), MAX_APPLIED
    kept = set()
    for number, entry in sorted(enumerate(given), key=lambda numbered: _rank(numbered[1])):
        size -= sum(len(line.encode()) + 1 for line in entry.lines)
        budgets -= entry.budgets
        if size < 0 or budgets < 0:
            break
        kept.add(number)
    lacking = [entry for number, entry in enumerate(given) if number not in kept]
    with_budgets = sum(entry.budgets > 0 for entry in lacking)
    return Fitting(tuple(given[number] for number in sorted(kept)), with_budgets, len(lacking) - with_budgets)


def _rank(entry: Entry) -> tuple[bool, bool, float]:
    return not entry.budgets, entry.section != "caches", -entry.events


def quoted(text: str) -> str:
    """A text as it stands in the file."""
    # A JSON string is a double-quoted one of YAML. https://yaml.org/spec/1.2.2/#double-quoted-style
    return json.dumps(text, ensure_ascii=False)


def why_left_out(route: tuple[str, str], figures: RouteFigures, routes: Routes | None) -> str | None:
    """Why a route cannot stand in the file; None if it can.

    Args:
        route: Method and template.
        figures: What was seen of it.
        routes: Method and template of each route of the application; None if they are not known.
    """
    method, template = route
    if not _is_route(f"{method} {template}"):
        return "the name cannot stand in a file"
    if template == ROUTE_UNMATCHED:
        return None
    if routes is not None:
        return None if route in routes else "the application has no such route"
    is_refused = 0 < figures.requests <= figures.refused
    return "all requests were answered 405, so no route takes this method" if is_refused else None


def _of_routes(observations: Observations, routes: Routes | None) -> Iterator[Entry]:
    for route, figures in observations.routes.items():
        name = " ".join(route)
        reason = why_left_out(route, figures, routes)
        if reason is None:
            yield _entry("routes", name, for_route(figures), figures.requests)
        else:
            yield _left_out(name, reason)


def _of_caches(observations: Observations) -> Iterator[Entry]:
    for namespace, lookups in observations.caches.items():
        if _is_cache(namespace):
            yield _entry("caches", namespace, for_cache(lookups), lookups.count)
        else:
            yield _left_out(namespace, "the name cannot stand in a file")


def _left_out(name: str, reason: str) -> Entry:
    return Entry("", (f"# {shown(name)}: left out, {reason}",), 0, 0)


def _entry(section: str, name: str, suggestions: tuple[Suggestion, ...], events: float) -> Entry:
    budgets = len(proposed(suggestions))
    if budgets:
        lines = (f"{_INDENT}{quoted(name)}:", *(_INDENT * 2 + _line(suggestion) for suggestion in suggestions))
    else:
        first, *_ = suggestions
        lines = (f"{_INDENT}# {quoted(name)}: nothing to propose; {first.key}: {first.why}",)
    return Entry(section, lines, budgets, events)


def _line(suggestion: Suggestion) -> str:
    if suggestion.limit is None:
        return f"# {suggestion.key}: not known, {suggestion.why}"
    return f"{suggestion.key}: {decimal_text(suggestion.limit)}  # {suggestion.why}"


def _is_route(text: str) -> bool:
    findings = Findings("")
    pattern = pattern_of(Scalar(text, "str", is_plain=False, place=_NOWHERE), findings)
    return pattern is not None and not pattern.is_wildcard and not findings.sorted()


def _is_cache(text: str) -> bool:
    return text != NAMESPACE_OTHER and is_namespace(Scalar(text, "str", is_plain=False, place=_NOWHERE), Findings(""))
