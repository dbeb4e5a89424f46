"""The stack as users run it: `python -m service stack`, on ports of its own."""

import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from service.settings import ROOT
from service.stack.programs import collector, jaeger
from service.stack.settings import StackSettings, own_environ
from tests.servers.built_program import built, environ_with
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.postgres import PLACES
from tests.servers.requirement import program

_PORTS: Final = tuple(StackSettings().ports())
_START_SECONDS: Final = 60
_PACKAGES: Final = {
    "postgres": "postgresql",
    "redis-server": "redis-server",
    "prometheus": "prometheus",
    "prometheus-alertmanager": "prometheus-alertmanager",
}


class StackProcess:
    """A stack, from its start on.

    Attributes:
        process: Its supervisor.
        ports: By their variables.
        data: Where it has its files while it runs.
    """

    def __init__(self, process: Child, ports: Mapping[str, int], data: Path) -> None:
        """One that was started."""
        self.process = process
        self.ports = ports
        self.data = data

    def url(self, variable: str) -> str:
        """Address of a part, without a slash at its end.

        Args:
            variable: Of its port.
        """
        return f"http://127.0.0.1:{self.ports[variable]}"

    def lines(self, part: str) -> list[str]:
        """What a part said so far."""
        prefix = re.compile(rf"^{re.escape(part)} +\| ")
        return [prefix.sub("", line) for line in self.process.log_text().splitlines() if prefix.match(line)]

    def pids(self) -> dict[str, int]:
        """The process of each part that became ready."""
        found = (re.fullmatch(r"(\w+) is ready \(process (\d+)\)", line) for line in self.lines("stack"))
        return {match[1]: int(match[2]) for match in found if match}

    def await_running(self) -> None:
        """Returns once all parts run.

        Raises:
            PortTakenError: Somebody else has one of its ports.
            AssertionError: They do not run in time.
        """
        if not self.process.await_ready(lambda: "all parts run" in self.process.log_text(), seconds=_START_SECONDS):
            if "is taken" in self.process.log_text():
                raise PortTakenError(self.process.log_text())
            raise AssertionError(self.process.log_text())

    def await_until(self, is_so: Callable[[], Any], *, seconds: float = 30) -> None:
        """Returns once that is so.

        Raises:
            AssertionError: It is not in time, or the stack has ended.
        """
        assert self.process.await_ready(lambda: bool(is_so()), seconds=seconds), self.process.log_text()


class StartStack(Protocol):
    """Starts stacks that end with the test."""

    def __call__(
        self, *arguments: str, environ: Mapping[str, str] | None = None, checkout: Path = ROOT
    ) -> StackProcess:
        """Starts one on free ports and waits until all its parts run.

        Args:
            *arguments: After `stack`.
            environ: What differs from its settings.
            checkout: The directory of the sources.
        """


def launched(arguments: Sequence[str], environ: Mapping[str, str], data: Path, checkout: Path = ROOT) -> Child:
    """The process of a stack; nothing is awaited.

    Args:
        arguments: After `stack`.
        environ: Its settings, ports included.
        data: Where it has its files.
        checkout: The directory of the sources.
    """
    settings = {**own_environ(), "DEMO_DATA_DIR": data, "PYTHONPATH": checkout, **environ}
    command = [sys.executable, "-m", "service", "stack", *arguments]
    log = data.parent / f"stack-{environ['PORT']}.log"
    return Child(command, log, environ=environ_with(settings), directory=checkout)


@pytest.fixture
def whole_machine() -> None:
    """Skips the test, or fails it where servers are required, unless every part can run."""
    for name, package in _PACKAGES.items():
        program(name, package=package, places=PLACES)
    for each in (collector(), jaeger()):
        built(each)


@pytest.fixture
def stack_data() -> Iterator[Path]:
    """A directory that also the user of PostgreSQL can pass through, as pytest's cannot."""
    with tempfile.TemporaryDirectory(prefix="candid-stack-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        (directory / "data").mkdir()
        yield directory / "data"


@pytest.fixture
def start_stack(stack_data: Path) -> Iterator[StartStack]:
    """Starts stacks, each on free ports."""
    with ExitStack() as stack:

        def start(*arguments: str, environ: Mapping[str, str] | None = None, checkout: Path = ROOT) -> StackProcess:
            def start_on(numbers: list[int]) -> StackProcess:
                ports = dict(zip(_PORTS, numbers, strict=True))
                settings = {**{name: str(port) for name, port in ports.items()}, **(environ or {})}
                process = launched(arguments, settings, stack_data, checkout)
                # Asked to end, it ends its parts; killed, it leaves that to Linux.
                stack.callback(process.kill)
                stack.callback(lambda: process.is_running and process.stop())
                started = StackProcess(process, ports, stack_data)
                started.await_running()
                return started

            return on_free_ports(len(_PORTS), start_on)

        yield start
