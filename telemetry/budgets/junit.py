"""Findings as JUnit XML, which CI servers show as tests.

Source: https://github.com/testmoapp/junitxml
"""

import re
from collections.abc import Iterable
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.finding_text import explained

# https://www.w3.org/TR/xml/#charsets
_FORBIDDEN: Final = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def junit_xml(findings: Iterable[Finding], suite: str) -> str:
    """One test case for each finding: failed if exceeded, skipped if insufficient.

    Args:
        findings: In the order in which they are to be listed.
        suite: Name of the test suite.
    """
    found = tuple(findings)
    root = Element("testsuites")
    counts = {
        "tests": str(len(found)),
        "failures": str(_number(found, Outcome.EXCEEDED)),
        "errors": "0",
        "skipped": str(_number(found, Outcome.INSUFFICIENT)),
    }
    element = SubElement(root, "testsuite", {"name": suite, **counts, "time": "0"})
    for finding in found:
        _add_case(element, finding)
    indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def _add_case(suite: Element, finding: Finding) -> None:
    name = _legal(f"{finding.subject} {finding.budget.name} {finding.budget.limit_text}")
    case = SubElement(suite, "testcase", {"classname": _legal(finding.path), "name": name, "time": "0"})
    properties = SubElement(case, "properties")
    for key, value in _properties(finding):
        SubElement(properties, "property", {"name": key, "value": _legal(value)})
    message = {"message": _legal(finding.message)}
    if finding.outcome is Outcome.EXCEEDED:
        SubElement(case, "failure", message).text = _legal(explained(finding))
    elif finding.outcome is Outcome.INSUFFICIENT:
        SubElement(case, "skipped", message)


def _properties(finding: Finding) -> Iterable[tuple[str, str]]:
    labels = ("http_request_method", "http_route", "cache_namespace")
    yield from ((label, value) for label, value in zip(labels, finding.subject, strict=True) if value)
    yield "budget", finding.budget.name
    yield "limit", finding.budget.limit_text
    yield "events", str(finding.events)
    yield "over", str(finding.over)


def _number(findings: tuple[Finding, ...], outcome: Outcome) -> int:
    return sum(finding.outcome is outcome for finding in findings)


def _legal(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
