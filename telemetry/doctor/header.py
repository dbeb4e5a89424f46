"""Check: what did the one request show, and what was left out?"""

import os
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from telemetry.doctor.answer import Answer
from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, ok, problem
from telemetry.doctor.inventory import Inventory
from telemetry.outputs.server_timing import MAX_BYTES
from telemetry.request.breakdown import Figures, Unknown
from telemetry.settings import Settings

_REMEDIES: Final = {
    Unknown.DATABASE_NOT_SEEN: (
        "no source watches the database, so neither its time nor the number of queries is known",
        "Read in the log above which part of telemetry failed at the start.",
    ),
    Unknown.STATEMENTS_NOT_TIMED: (
        "statements ran that nothing timed, so db is left out and their number stands alone",
        "See the findings on engines; COPY and statements on raw cursors cannot be timed.",
    ),
    Unknown.DRIVER_NOT_SEEN: (
        "a driver was used directly where nothing can count, so db and queries are left out",
        "Send these statements through SQLAlchemy, or use a driver that is counted.",
    ),
}
# What the settings `never` and `debug` are turned into.
_CHOICES: Final = {"_never": "never", "policy_for.<locals>.<lambda>": "debug"}


def check_request(evidence: Evidence) -> Iterator[Finding]:
    """How the one request went."""
    answer = evidence.answer
    if answer is None:
        return
    asked = f"GET {evidence.request.path.partition('?')[0]}"
    status = "no response" if answer.status is None else f"status {answer.status}"
    why = "" if answer.failure is None else f"; {answer.failure}"
    if answer.status is None:
        unanswered = problem("request", f"{asked}: {status}{why}", "Name a route that answers by --path.")
        yield replace(unanswered, error=answer.error)
    elif why:
        yield replace(note("request", f"{asked}: {status}{why}"), error=answer.error)
    elif answer.status >= 400:
        yield note("request", f"{asked}: {status}", "Name a route that works by --path, with --header if it needs one.")
    else:
        yield ok("request", f"{asked}: {status}")


def check_header(evidence: Evidence) -> Iterator[Finding]:
    """The header, its size, and who may see it."""
    answer = evidence.answer
    if answer is None or answer.figures is None:
        return
    exposure = _exposure(evidence.inventory)
    yield note("exposure", exposure) if exposure else ok("exposure", "everybody sees the figures")
    if not answer.server_timing:
        yield _hidden(exposure)
        return
    # Ours comes first; lines after it are the application's own.
    value = answer.server_timing[0]
    size = len(value.encode("latin-1"))
    shown = f"{value} ({size} of at most {MAX_BYTES} bytes)"
    if size > MAX_BYTES:
        yield problem("header", shown, "Report this: telemetry never writes more.")
    else:
        yield ok("header", shown)


def check_figures(evidence: Evidence) -> Iterator[Finding]:
    """What is not known of the one request, and why."""
    answer = evidence.answer
    if answer is None or answer.figures is None:
        return
    for reason in answer.figures.unknown:
        yield problem("figures", *_REMEDIES[reason])
    yield from _unproven(answer, answer.figures)


def _unproven(answer: Answer, figures: Figures) -> Iterator[Finding]:
    if figures.db_queries == 0:
        yield note("figures", "the request sent no statement", "Name a route that asks the database by --path.")
    if figures.cache_status() is None:
        yield note("figures", "the request looked nothing up in a cache, so there is no cache entry")
    if not figures.unknown and figures.db_queries and answer.server_timing:
        yield ok("figures", "every figure of the request is known")


def _hidden(exposure: str) -> Finding:
    if exposure:
        return note("header", "this response shows no figures, as the exposure says")
    return problem(
        "header",
        "the response has no Server-Timing, although everybody may see it",
        "Look for a middleware around the application that removes headers.",
    )


def _exposure(inventory: Inventory) -> str:
    policies = [headers.policy for headers in inventory.response_headers]
    if all(policy is None for policy in policies):
        return ""
    names = ", ".join(sorted({_name(policy) for policy in policies}))
    setting = Settings.from_environ(os.environ).exposure
    return f"who sees the figures is decided by {names} (TELEMETRY_EXPOSURE is {setting})"


def _name(policy: object) -> str:
    # Never its repr, which may hold a key.
    name = "always" if policy is None else getattr(policy, "__qualname__", type(policy).__qualname__)
    return _CHOICES.get(name, name)
