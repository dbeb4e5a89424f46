"""Findings as a SARIF 2.1.0 log, which code hosts show beside the lines of a pull request.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/sarif-v2.1.0-errata01-os-complete.html
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from telemetry.budgets.finding import SHORTENED, Finding, Outcome
from telemetry.budgets.finding_text import explained
from telemetry.budgets.model import Budget, Kind
from telemetry.request.statement import SentStatement

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_SOURCE: Final = re.compile(rf"(?!{SHORTENED})(?P<file>.+):(?P<line>[1-9]\d*) in .+")
_ABOUT: Final[Mapping[Kind, str]] = {
    Kind.LATENCY: "Responses take no longer than the limit, in milliseconds.",
    Kind.ERROR_RATE: "No more than this share of requests fails.",
    Kind.DB_TIME: "The statements of a request take no longer than the limit, added up, in milliseconds.",
    Kind.DB_SHARE: "The database takes no larger share of a response's time than the limit.",
    Kind.QUERIES: "A request sends no more statements than the limit.",
    Kind.REPEATED_QUERIES: "A request sends no more repeated SELECTs than the limit.",
    Kind.HIT_RATIO: "At least this share of cache look-ups hits.",
    Kind.CACHE_LATENCY: "A cache look-up takes no longer than the limit, in milliseconds.",
}


def sarif_log(findings: Iterable[Finding], version: str, failures: Iterable[str] = ()) -> dict[str, Any]:
    """The log, as JSON values.

    Only what is exceeded becomes a result: code hosts show each result as a
    problem, whatever its `kind` says. Insufficient ones are notifications of
    the run, so that they are not lost.

    Args:
        findings: In the order in which they are to be listed.
        version: Of this library.
        failures: Why the findings are not all that there may be, a sentence each; none if they are.
    """
    found, failed = tuple(findings), [_failure(text) for text in failures]
    exceeded = [finding for finding in found if finding.outcome is Outcome.EXCEEDED]
    rules = {finding.budget.name: finding.budget for finding in exceeded}
    notes = [_notification(finding) for finding in found if finding.outcome is Outcome.INSUFFICIENT]
    driver = {
        "name": "candid-telemetry",
        "semanticVersion": version,
        "rules": [_rule(budget) for budget in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": not failed, "toolExecutionNotifications": [*failed, *notes]}],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, list(rules).index(finding.budget.name)) for finding in exceeded],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(budget: Budget) -> dict[str, Any]:
    about = {"text": _ABOUT[budget.kind]}
    return {
        "id": budget.name,
        "shortDescription": about,
        "help": about,
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.budget.name,
        "ruleIndex": rule_index,
        "level": "error",
        "message": {"text": explained(finding)},
        "locations": [_in_the_file(finding)],
        # Stays the same when the line moves, so that one problem stays one problem.
        "partialFingerprints": {"performanceBudget/v1": sha256(finding.title.encode()).hexdigest()[:32]},
        "properties": {"events": finding.events, "over": finding.over, "seenIn": list(finding.seen_in)},
    }
    related = [place for statement in finding.statements for place in _in_the_source(statement)]
    if related:
        result["relatedLocations"] = [{"id": number, **place} for number, place in enumerate(related, 1)]
    return result


def _notification(finding: Finding) -> dict[str, Any]:
    return {
        "descriptor": {"id": finding.budget.name},
        "level": "note",
        "message": {"text": finding.message},
        "locations": [_in_the_file(finding)],
    }


def _failure(text: str) -> dict[str, Any]:
    return {"level": "error", "message": {"text": text}}


def _in_the_file(finding: Finding) -> dict[str, Any]:
    place = finding.budget.place
    return _location(finding.path, {"startLine": place.line, "startColumn": place.column})


def _in_the_source(statement: SentStatement) -> Iterable[dict[str, Any]]:
    # A file that is not there would be shown as one of the checkout.
    match = _SOURCE.fullmatch(statement.source or "")
    if match is not None:
        text = {"text": f"{statement.count} x {statement.fingerprint}"}
        yield {**_location(match["file"], {"startLine": int(match["line"])}), "message": text}


def _location(path: str, region: Mapping[str, int]) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": quote(path)}, "region": region}}
