"""The part of the plugin that sums up, once for all worker processes: reports, the summary, the files."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest

from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.finding_text import explained
from telemetry.budgets.junit import junit_xml
from telemetry.budgets.sarif import sarif_log
from telemetry.testing.findings import PER_REQUEST, PER_TEST, finding_of
from telemetry.testing.recorder import PAYLOAD, REFUSAL
from telemetry.testing.tally import Tallies
from telemetry.testing.wire import unpacked

_TITLE: Final = "performance budgets"
_MAX_LINES: Final = 20
_WHOLE_RUNS: Final = frozenset({pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED})


@dataclass(frozen=True, slots=True)
class Files:
    """Where findings are written to besides the terminal; None for nowhere."""

    sarif: Path | None = None
    junit: Path | None = None


class Summary:
    """Pytest hooks.

    Args:
        config: Of the run.
        files: Where findings are written to.
        remains: Gives what this process counted outside any test, when the run is over.
    """

    def __init__(self, config: pytest.Config, files: Files, remains: Callable[[], Tallies]) -> None:
        self._config = config
        self._files = files
        self._remains = remains
        self._tallies = Tallies()
        self._lost: list[str] = []
        self._refusals: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = getattr(report, PAYLOAD, None)
        if data is not None:
            self._tallies.merge(unpacked(data))
        refusal = getattr(report, REFUSAL, None)
        if refusal is not None:
            self._refusals.append(refusal)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Takes what an xdist worker counted outside any test."""
        output = getattr(node, "workeroutput", None)
        if output is None:
            self._lost.append(str(node.gateway.id))
        elif PAYLOAD in output:
            self._tallies.merge(unpacked(output[PAYLOAD]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Reports what no test failed for, before other plugins write down what was reported."""
        self._tallies.merge(self._remains())
        for finding in self._failing():
            self._report(finding)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        findings = self._findings()
        if self._files.sarif is not None:
            log = sarif_log(findings, _version(), self._failures(session.exitstatus))
            _write(self._files.sarif, json.dumps(log, indent=2) + "\n")
        if self._files.junit is not None:
            _write(self._files.junit, junit_xml(findings, _TITLE))

    # In quotes: in pytest 8.2 the class has no public name.
    def pytest_terminal_summary(self, terminalreporter: "pytest.TerminalReporter") -> None:
        if self._config.option.collectonly:
            return
        terminalreporter.section(_TITLE)
        verbosity = self._config.get_verbosity()
        for line in _lines(self._findings(), everything=verbosity > 0):
            terminalreporter.write_line(line)
        for line in self._notes():
            terminalreporter.write_line(line)

    def _findings(self) -> list[Finding]:
        found = [finding_of(key, tally) for key, tally in self._tallies if tally.events]
        return sorted(found, key=lambda finding: (list(Outcome).index(finding.outcome), finding.title))

    def _failures(self, exitstatus: int) -> Iterable[str]:
        """Why the findings are not all that there may be."""
        yield from self._refusals
        yield from (_lost(worker) for worker in self._lost)
        if exitstatus not in _WHOLE_RUNS:
            yield f"the run was not finished: pytest ended with exit code {int(exitstatus)}"

    def _failing(self) -> list[Finding]:
        """What no test failed for: times, which need the whole run, and what came outside any test."""
        counted = PER_REQUEST | PER_TEST
        found = [
            finding_of(key, tally) for key, tally in self._tallies if key.budget.kind not in counted or tally.outside
        ]
        return [finding for finding in found if finding.outcome is Outcome.EXCEEDED]

    def _report(self, finding: Finding) -> None:
        """Reports a budget as if it were a test of its file: every plugin that reads reports sees it."""
        name = f"{finding.subject} {finding.budget.name} {finding.budget.limit_text}"
        nodeid = f"{finding.path}::{name}"
        location = (finding.path, finding.budget.place.line - 1, name)
        failed = pytest.TestReport(nodeid, location, {}, "failed", explained(finding), "call")
        torn_down = pytest.TestReport(nodeid, location, {}, "passed", None, "teardown")
        for report in (failed, torn_down):
            self._config.hook.pytest_runtest_logreport(report=report)

    def _notes(self) -> Iterable[str]:
        unknown = sorted((str(key.subject), key.budget.name, tally.unknown) for key, tally in self._tallies)
        for subject, name, count in [entry for entry in unknown if entry[2]][:_MAX_LINES]:
            yield f"not known: {subject}: {name} in {count} requests, whose database could not be seen"
        yield from map(_lost, self._lost)
        if self._tallies.dropped:
            yield f"dropped: {self._tallies.dropped} events of more budgets than are told apart"
        if not self._tallies.requests:
            yield "no request was seen: is telemetry.instrument called for the application under test?"


def _lost(worker: str) -> str:
    return f"lost: worker {worker} died; what it counted in its last test is missing"


def _lines(findings: list[Finding], *, everything: bool) -> Iterable[str]:
    told = {outcome: [each for each in findings if each.outcome is outcome] for outcome in Outcome}
    full = {outcome: [each.message for each in found] for outcome, found in told.items()}
    if not everything:
        full |= {Outcome.INSUFFICIENT: list(_shortly(told[Outcome.INSUFFICIENT])), Outcome.WITHIN: []}
    for outcome, texts in full.items():
        shown = texts if everything else texts[:_MAX_LINES]
        yield from (f"{outcome.value}: {text}" for text in shown)
        if len(shown) < len(texts):
            yield f"{outcome.value}: {len(texts) - len(shown)} more, shown by -v"
    counts = ", ".join(f"{len(found)} {outcome.value}" for outcome, found in told.items())
    yield f"{len(findings)} judged: {counts}"


def _shortly(findings: list[Finding]) -> Iterable[str]:
    """One line for each route."""
    for subject, found in groupby(findings, lambda finding: finding.subject):
        yield f"{subject}: {', '.join(map(_count, found))}"


def _count(finding: Finding) -> str:
    over = f", {finding.over} over" if finding.over else ""
    return f"{finding.budget.name} {finding.budget.limit_text} ({finding.events} of {finding.needed}{over})"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _version() -> str:
    try:
        return version("candid-telemetry")
    except PackageNotFoundError:
        return "0"
