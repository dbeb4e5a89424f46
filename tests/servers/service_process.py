"""The service in a process of its own, as users run it."""

import http.client
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from signal import SIGTERM, Signals
from typing import Final, Protocol

import pytest

from service.settings import ROOT, Settings
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports

_HOST: Final = "127.0.0.1"
# What the service and the servers of others say about a port that somebody else has.
_TAKEN: Final = ("is taken", "in use")


class EndedAtStartError(Exception):
    """The service ended before it served.

    Attributes:
        exit_code: What it ended with.
        log_text: What it said.
    """

    def __init__(self, exit_code: int, log_text: str) -> None:
        """The message is what it said."""
        super().__init__(log_text)
        self.exit_code = exit_code
        self.log_text = log_text


@dataclass(frozen=True, slots=True)
class ServiceProcess:
    """A service that answers.

    Attributes:
        url: Without a slash at its end.
    """

    url: str
    process: Child

    def log_text(self) -> str:
        """All that it said so far."""
        return self.process.log_text()

    def stop(self, number: Signals = SIGTERM) -> int:
        """Asks it to end, and returns its exit code."""
        return self.process.stop(number)


class StartService(Protocol):
    """Starts services that end with the test."""

    def __call__(
        self, environ: Mapping[str, str] | None = None, *, module: Sequence[str] = ("service",)
    ) -> ServiceProcess:
        """Starts one and waits until it answers.

        Args:
            environ: Its settings; those of the developer are forgotten, and the demo data are the test's own.
            module: What `python -m` runs, with arguments; `{port}` in them becomes the port.

        Raises:
            EndedAtStartError: It did not serve.
        """


def service_environ(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a service under *settings* alone, with demo data in *data*."""
    # An empty value counts as not set, and yet wins over the `.env` of the checkout.
    nothing = {name.upper(): "" for name in Settings.model_fields}
    return {**os.environ, **nothing, "HOST": _HOST, "DEMO_DATA_DIR": str(data), **settings}


def answers(port: int, path: str = "/health") -> bool:
    """Whether something on *port* answers HTTP, with whatever status."""
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


@pytest.fixture
def service_process(tmp_path: Path) -> Iterator[StartService]:
    """Starts services, each on a free port, with demo data that they share."""
    with ExitStack() as stack:

        def start(environ: Mapping[str, str] | None = None, *, module: Sequence[str] = ("service",)) -> ServiceProcess:
            settings = environ or {}

            def start_on(ports: list[int]) -> ServiceProcess:
                port = ports[0]
                process = Child(
                    [sys.executable, "-m", *(word.replace("{port}", str(port)) for word in module)],
                    tmp_path / f"service-{port}.log",
                    environ=service_environ(tmp_path / "data", {"PORT": str(port), **settings}),
                    directory=ROOT,
                )
                stack.callback(process.kill)
                if not process.await_ready(lambda: answers(port)):
                    if any(sign in process.log_text() for sign in _TAKEN):
                        raise PortTakenError(port)
                    raise EndedAtStartError(process.wait(), process.log_text())
                return ServiceProcess(f"http://{_HOST}:{port}", process)

            return on_free_ports(1, start_on)

        yield start
