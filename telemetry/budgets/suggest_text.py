"""Suggestions as a budget file, with comments on what could not be known."""

import json
from collections.abc import Iterator, Mapping
from typing import Final

from telemetry.budgets.document import Scalar
from telemetry.budgets.keys import VERSION
from telemetry.budgets.model import Place, Subject, decimal_text
from telemetry.budgets.observations import Observations
from telemetry.budgets.patterns import pattern_of
from telemetry.budgets.problems import Findings, shown
from telemetry.budgets.suggest import Suggestion, for_cache, for_route, proposed
from telemetry.budgets.values import is_label
from telemetry.conventions import NAMESPACE_OTHER

_INDENT: Final = "  "
_NOWHERE: Final = Place(1, 1)
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


def budget_file(observations: Observations, service: str, origin: str, window_days: int) -> str | None:
    """A budget file that can be used as it is; None if nothing is known that could stand in it.

    Args:
        observations: What was seen.
        service: Its name.
        origin: Where and since when it was seen, in a few words.
        window_days: Of the budgets, 1..90.
    """
    routes = {f"{method} {template}": for_route(figures) for (method, template), figures in observations.routes.items()}
    caches = {namespace: for_cache(lookups) for namespace, lookups in observations.caches.items()}
    usable = (
        {name: found for name, found in routes.items() if _is_route(name)},
        {name: found for name, found in caches.items() if _is_cache(name)},
    )
    if not any(proposed(suggestions) for found in usable for suggestions in found.values()):
        return None
    origin = " ".join(origin.split())
    lines = [
        _HEAD.format(origin=origin, version=VERSION, service=_quoted(service), window_days=window_days),
        *_section("routes", usable[0]),
        *_section("caches", usable[1]),
    ]
    names = (name for found, kept in zip((routes, caches), usable, strict=True) for name in found.keys() - kept.keys())
    lines += [f"# {shown(name)}: left out, the name cannot stand in a file" for name in sorted(names)]
    return "\n".join(lines) + "\n"


def unknown(observations: Observations) -> Iterator[str]:
    """Why nothing is proposed, a line for each thing.

    Args:
        observations: What was seen.
    """
    for (method, template), figures in observations.routes.items():
        for suggestion in for_route(figures):
            yield f"{shown(str(Subject(method, template)))}: {suggestion.key}: {suggestion.why}"
    for namespace, lookups in observations.caches.items():
        for suggestion in for_cache(lookups):
            yield f"{shown(str(Subject(cache_namespace=namespace)))}: {suggestion.key}: {suggestion.why}"


def _section(name: str, entries: Mapping[str, tuple[Suggestion, ...]]) -> Iterator[str]:
    known = {key: suggestions for key, suggestions in entries.items() if proposed(suggestions)}
    if known:
        yield f"\n{name}:"
    for key, suggestions in known.items():
        yield f"{_INDENT}{_quoted(key)}:"
        for suggestion in suggestions:
            yield _INDENT * 2 + _line(suggestion)
    for key in sorted(entries.keys() - known.keys()):
        first, *_ = entries[key]
        yield f"{_INDENT}# {_quoted(key)}: nothing to propose; {first.key}: {first.why}"


def _line(suggestion: Suggestion) -> str:
    if suggestion.limit is None:
        return f"# {suggestion.key}: not known, {suggestion.why}"
    return f"{suggestion.key}: {decimal_text(suggestion.limit)}  # {suggestion.why}"


def _quoted(text: str) -> str:
    # A JSON string is a double-quoted one of YAML. https://yaml.org/spec/1.2.2/#double-quoted-style
    return json.dumps(text, ensure_ascii=False)


def _is_route(text: str) -> bool:
    findings = Findings("")
    pattern = pattern_of(Scalar(text, "str", is_plain=False, place=_NOWHERE), findings)
    return pattern is not None and not pattern.is_wildcard and not findings.sorted()


def _is_cache(text: str) -> bool:
    return text != NAMESPACE_OTHER and is_label("", Scalar(text, "str", is_plain=False, place=_NOWHERE), Findings(""))
