"""The pytest plugin of candid-telemetry: holds the requests of tests to performance budgets.

It stands outside of the package `telemetry`, which takes half a second to import: pytest loads this file in every
run, and the package only in those that use it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from telemetry.testing.recorder import HeldRequests
    from telemetry.testing.run import Run

_NAME: Final = "performance_budgets"
_SETTING: Final = "performance_budgets"
_MARKER: Final = (
    "performance_budgets(file, also=(), ignore=()): hold the requests of the test to a budget file; `also` names "
    "budgets that count only if the requests of the test are typical (error_rate, hit_ratio), `ignore` those that it "
    "may exceed ('*': all)."
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("performance budgets")
    group.addoption(
        "--performance-budgets",
        metavar="FILE",
        help="hold the requests of all tests to the budgets of FILE",
    )
    group.addoption(
        "--performance-budgets-sarif",
        metavar="FILE",
        help="write what was exceeded to FILE as SARIF 2.1.0",
    )
    group.addoption(
        "--performance-budgets-junit",
        metavar="FILE",
        help="write what may be said of each budget to FILE as JUnit XML; --junitxml has what was exceeded, too",
    )
    parser.addini(_SETTING, "budget file that the requests of all tests are held to, from the root of the tests")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)
    door = _Door(config)
    config.pluginmanager.register(door, "performance-budgets-door")
    if config.getoption("performance_budgets") or config.getini(_SETTING):
        door.open()


@pytest.fixture
def performance_budgets(request: pytest.FixtureRequest) -> "HeldRequests":
    """The requests of the test so far; the test is held to the budgets."""
    door: _Door = request.config.pluginmanager.getplugin("performance-budgets-door")
    return door.open().requests_of(request.node.nodeid)


class _Door:
    """Imports the rest of the plugin when something asks for it."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._run: Run | None = None

    def open(self) -> "Run":
        if self._run is None:
            from telemetry.testing.run import Run  # noqa: PLC0415 - only a run that asks pays for it

            self._run = Run(self._config, self._file())
        return self._run

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        asked = any(
            item.get_closest_marker(_NAME) is not None or _NAME in getattr(item, "fixturenames", ())
            for item in session.items
        )
        if asked or self._run is not None:
            self.open().take(session.items)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        # Where xdist sums up, no test was collected: the first report tells that one asked.
        if self._run is None and hasattr(report, _NAME):
            self.open().sum_up(report)

    def _file(self) -> Path | None:
        option: str | None = self._config.getoption("performance_budgets")
        if option:
            return self._config.invocation_params.dir / option
        setting: str = self._config.getini(_SETTING)
        return self._config.rootpath / setting if setting else None
