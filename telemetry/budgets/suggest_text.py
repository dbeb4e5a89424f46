"""Suggestions as a budget file, with comments on what could not be known."""

from collections.abc import Iterable, Iterator
from typing import Final

from telemetry.budgets.check import MAX_APPLIED
from telemetry.budgets.document import MAX_BYTES
from telemetry.budgets.keys import VERSION
from telemetry.budgets.model import Subject
from telemetry.budgets.observations import Observations
from telemetry.budgets.problems import shown
from telemetry.budgets.suggest import for_cache, for_route
from telemetry.budgets.suggest_entries import Entry, Fitting, Routes, entries_of, fitting, quoted, why_left_out

_KIB: Final = 1_024
_HEAD: Final = """\
# Proposed from {origin}.
# A limit of time or of statements is the upper end of a histogram bucket, the first with at most half of what the
# budget allows above it. What lies inside a bucket is not known: the figure itself may be well below.
# No series holds db_share and p99_ms of caches, so these are not proposed; nor are routes that nobody asked for.
# Nobody has agreed to this yet: take `alerts: ticket` away when somebody may be woken.
version: {version}
service: {service}
window: {window_days}d
defaults: {{alerts: ticket}}"""


def budget_file(
    observations: Observations, service: str, origin: str, window_days: int, routes: Routes | None = None
) -> str | None:
    """A budget file that can be used as it is; None if nothing is known that could stand in it.

    Args:
        observations: What was seen.
        service: Its name.
        origin: Where and since when it was seen, in a few words.
        window_days: Of the budgets, 1..90.
        routes: Method and template of each route of the application; None if they are not known.
    """
    head = _HEAD.format(
        origin=" ".join(origin.split()), version=VERSION, service=quoted(service), window_days=window_days
    )
    found = fitting(entries_of(observations, routes), head)
    if not any(entry.budgets for entry in found.entries):
        return None
    lines = [head, *_section("routes", found), *_section("caches", found), *_end(found)]
    return "\n".join(lines) + "\n"


def unknown(observations: Observations, routes: Routes | None = None) -> Iterator[str]:
    """Why nothing is proposed, a line for each thing.

    Args:
        observations: What was seen.
        routes: As for `budget_file`.
    """
    for route, figures in observations.routes.items():
        name, reason = shown(str(Subject(*route))), why_left_out(route, figures, routes)
        if reason is None:
            yield from (f"{name}: {suggestion.key}: {suggestion.why}" for suggestion in for_route(figures))
        else:
            yield f"{name}: left out, {reason}"
    for namespace, lookups in observations.caches.items():
        for suggestion in for_cache(lookups):
            yield f"{shown(str(Subject(cache_namespace=namespace)))}: {suggestion.key}: {suggestion.why}"


def _section(name: str, found: Fitting) -> Iterator[str]:
    entries = [entry for entry in found.entries if entry.section == name]
    if any(entry.budgets for entry in entries):
        yield f"\n{name}:"
    yield from _lines(entries)


def _end(found: Fitting) -> Iterator[str]:
    yield from _lines(entry for entry in found.entries if not entry.section)
    if found.routes or found.comments:
        yield (
            f"# Left out, as a file has at most {MAX_BYTES // _KIB} KiB and {MAX_APPLIED} budgets of routes and caches:"
            f" {found.routes} routes or caches, those that were asked least, and {found.comments} comments."
        )
        if found.routes:
            yield '# Budgets in `defaults`, and wildcards such as "GET /items/*", hold for many routes at once.'


def _lines(entries: Iterable[Entry]) -> Iterator[str]:
    for entry in entries:
        yield from entry.lines
