"""The part of the plugin that runs where tests run: judges their requests, and fails them."""

from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest

from telemetry.budgets.finding import Finding
from telemetry.budgets.finding_text import explained
from telemetry.outputs import observers
from telemetry.outputs.observers import Observation
from telemetry.testing.held import HeldFile, Terms, terms_of
from telemetry.testing.refusals import Refusals
from telemetry.testing.sources import Sources
from telemetry.testing.tally import Tallies
from telemetry.testing.watch import Scope, Watch
from telemetry.testing.wire import packed

MARKER: Final = "performance_budgets"
FIXTURE: Final = "performance_budgets"
#: Of a report: the tallies of its test; of a worker's output: those outside any test.
PAYLOAD: Final = "performance_budgets"
#: Of a report: why its test could not be held to budgets.
REFUSAL: Final = "performance_budgets_refusal"
PROPERTY: Final = "performance_budget"

Wrapper = Generator[None, Any, Any]


class HeldRequests:
    """The requests of a test so far, and the budgets that they exceed: the fixture `performance_budgets`."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    @property
    def requests(self) -> tuple[Observation, ...]:
        """The requests of instrumented applications whose work is over, oldest first; at most the last 1,000."""
        return tuple(self._scope.requests)

    def check(self) -> None:
        """Fails the test now if a request exceeded a budget, rather than at its end."""
        __tracebackhide__ = True
        fail_for(self._scope.breaches())


class Recorder:
    """Pytest hooks.

    Args:
        root: Of the tests.
        file: Budgets that all tests are held to; None if only those of markers are.
        refusals: Told which tests cannot be held to anything.
    """

    def __init__(self, root: Path, file: HeldFile | None, refusals: Refusals) -> None:
        self._root = root
        self._file = file
        self._files: dict[Path, HeldFile] = {}
        self._terms: dict[str, Terms] = {}
        self._refusals = refusals
        self._scope: Scope | None = None
        self._is_watched_alone = False
        self._unreported = Tallies()
        self._watch = Watch(file, Sources(root))
        if file is not None:
            observers.observe(self._watch)

    def take(self, items: list[pytest.Item]) -> None:
        """Reads the markers of the tests; one whose marker cannot work is refused."""
        for item in items:
            try:
                self._terms[item.nodeid] = self._terms_of(item)
            except (TypeError, ValueError) as error:
                self._terms[item.nodeid] = Terms()
                self._refusals.add(item.nodeid, f"@pytest.mark.{MARKER}: {error}")

    def requests_of(self, nodeid: str) -> HeldRequests:
        """What the fixture gives to the test that runs.

        Raises:
            pytest.UsageError: The test is held to no file.
        """
        scope = self._scope
        if scope is None or self._terms.get(nodeid, Terms()).file is None:
            raise pytest.UsageError(
                f"{nodeid}: no budget file for the fixture {FIXTURE}; name one with --performance-budgets=FILE, the "
                f"setting performance_budgets, or @pytest.mark.{MARKER}('FILE')"
            )
        return HeldRequests(scope)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Wrapper:
        terms = self._terms.get(item.nodeid, Terms(self._file))
        self._scope = self._watch.begin(terms, item.nodeid)
        # Of all others, only the tests that are held to a file pay for being watched.
        self._is_watched_alone = self._file is None and terms.file is not None
        if self._is_watched_alone:
            observers.observe(self._watch)
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Wrapper:
        return (yield from self._checked(item, "call"))

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Wrapper:
        try:
            return (yield from self._checked(item, "teardown"))
        finally:
            self._watch.end()
            if self._is_watched_alone:
                observers.dismiss(self._watch)
                self._is_watched_alone = False
            if self._scope is not None:
                self._unreported.merge(self._scope.close())
            self._unreported.merge(self._watch.outside())

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Wrapper:
        report = yield
        if call.when == "teardown":
            setattr(report, PAYLOAD, packed(self._unreported))
            setattr(report, REFUSAL, self._refusals.of(item.nodeid))
            self._unreported = Tallies()
        return report

    def finish(self) -> Tallies:
        """Ends the watch; returns what came after the last test, or before the first."""
        if self._file is not None:
            observers.dismiss(self._watch)
        self._unreported.merge(self._watch.outside())
        return self._unreported

    def _checked(self, item: pytest.Item, when: str) -> Wrapper:
        __tracebackhide__ = True
        breaches = self._scope.breaches if self._scope is not None else tuple
        try:
            result = yield
        except BaseException:
            found = breaches()
            _note(item, found)
            if found:
                item.add_report_section(when, "performance budgets", _text(found))
            raise
        found = breaches()
        _note(item, found)
        fail_for(found)
        return result

    def _terms_of(self, item: pytest.Item) -> Terms:
        marked = list(item.iter_markers(MARKER))
        return terms_of(self._file_of(marked), [mark.kwargs for mark in marked])

    def _file_of(self, marked: list[pytest.Mark]) -> HeldFile | None:
        names = next((mark.args for mark in marked if mark.args), None)
        if names is None:
            # A test that may exceed something runs without budgets, too.
            if self._file is None and any(set(mark.kwargs) != {"ignore"} for mark in marked):
                raise ValueError("no budget file; give its path, or name one for all tests with --performance-budgets")
            return self._file
        if len(names) != 1 or not isinstance(names[0], str | Path):
            raise TypeError(f"{names!r}: give the path of one budget file, from the root of the tests")
        path = self._root / names[0]
        if path not in self._files:
            self._files[path] = HeldFile.at(path, self._root)
        return self._files[path]


def fail_for(found: tuple[Finding, ...]) -> None:
    """Fails the test that runs if anything was found."""
    __tracebackhide__ = True
    if found:
        pytest.fail(_text(found), pytrace=False)


def _text(found: tuple[Finding, ...]) -> str:
    return "\n".join(map(explained, found))


def _note(item: pytest.Item, found: tuple[Finding, ...]) -> None:
    item.user_properties.extend((PROPERTY, finding.message) for finding in found)
