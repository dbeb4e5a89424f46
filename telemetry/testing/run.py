"""One run of pytest in one process: which parts of the plugin are at work in it."""

from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from telemetry.errors import ConfigurationError
from telemetry.testing.held import HeldFile
from telemetry.testing.recorder import PAYLOAD, HeldRequests, Recorder
from telemetry.testing.refusals import Refusals
from telemetry.testing.summary import Files, Summary
from telemetry.testing.tally import Tallies
from telemetry.testing.wire import packed


class Run:
    """Registers the parts that this process needs.

    Args:
        config: Of the run.
        path: Of the budget file that all tests are held to, None without one.

    Raises:
        pytest.UsageError: The budget file cannot be used.
    """

    def __init__(self, config: pytest.Config, path: Path | None) -> None:
        refusals = Refusals()
        self._recorder = Recorder(config.rootpath, _held(path, config.rootpath), refusals)
        config.pluginmanager.register(refusals, "performance-budgets-refusals")
        config.pluginmanager.register(self._recorder, "performance-budgets-recorder")
        output: MutableMapping[str, Any] | None = getattr(config, "workeroutput", None)
        self._summary: Summary | None = None
        if output is None:
            self._summary = Summary(config, _files(config), self._recorder.finish)
            config.pluginmanager.register(self._summary, "performance-budgets-summary")
        else:
            config.pluginmanager.register(_Worker(self._recorder, output), "performance-budgets-worker")

    def take(self, items: list[pytest.Item]) -> None:
        """Reads the markers of the tests."""
        self._recorder.take(items)

    def requests_of(self, nodeid: str) -> HeldRequests:
        """What the fixture gives to the test that runs."""
        return self._recorder.requests_of(nodeid)

    def sum_up(self, report: pytest.TestReport) -> None:
        """Takes a report that came before the summary was there."""
        if self._summary is not None:
            self._summary.pytest_runtest_logreport(report)


class _Worker:
    """In a worker of xdist: what came outside any test goes to the process that sums up."""

    def __init__(self, recorder: Recorder, output: MutableMapping[str, Any]) -> None:
        self._recorder = recorder
        self._output = output

    def pytest_sessionfinish(self) -> None:
        tallies: Tallies = self._recorder.finish()
        self._output[PAYLOAD] = packed(tallies)


def _held(path: Path | None, root: Path) -> HeldFile | None:
    if path is None:
        return None
    try:
        return HeldFile.at(path, root)
    except ConfigurationError as error:
        raise pytest.UsageError(str(error)) from None


def _files(config: pytest.Config) -> Files:
    def named(option: str) -> Path | None:
        name = config.getoption(option)
        return config.invocation_params.dir / name if name else None

    return Files(named("performance_budgets_sarif"), named("performance_budgets_junit"))
