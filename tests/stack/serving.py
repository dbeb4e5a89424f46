"""Servers in processes of their own, under no settings but the test's."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from service.settings import ROOT
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.service_process import ServiceProcess, answers, service_environ

_HOST: Final = "127.0.0.1"
_TAKEN: Final = ("is taken", "in use")
#: As people start them; what follows is the application.
UVICORN: Final = ("uvicorn", "--host", _HOST, "--port", "{port}", "--log-level", "warning")
GUNICORN: Final = ("gunicorn", "--bind", f"{_HOST}:{{port}}", "--worker-class", "asgi", "--log-level", "warning")


def plain_environ(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that does not know that it is tested: a guard logs there, and does not raise."""
    ours = {
        name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "TELEMETRY_", "PYTEST_"))
    }
    return {**ours, **settings}


def service_settings(data: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of the service under *settings* alone, with demo data in *data*."""
    whole = service_environ(data, settings)
    return {name: value for name, value in whole.items() if not name.startswith("PYTEST_")}


@contextmanager
def served(module: Sequence[str], environ: Mapping[str, str], directory: Path) -> Iterator[ServiceProcess]:
    """A server that answers, killed at the end if it still runs.

    Args:
        module: What `python -m` runs, with arguments; `{port}` in them becomes the port.
        environ: Its whole environment; PORT is added.
        directory: For its log.
    """

    def start(ports: list[int]) -> ServiceProcess:
        port = ports[0]
        command = [sys.executable, "-m", *(word.replace("{port}", str(port)) for word in module)]
        process = Child(
            command, directory / f"server-{port}.log", environ={**environ, "PORT": str(port)}, directory=ROOT
        )
        if not process.await_ready(lambda: answers(port)):
            if any(sign in process.log_text() for sign in _TAKEN):
                raise PortTakenError(port)
            raise AssertionError(f"it ended at its start:\n{process.log_text()}")
        return ServiceProcess(f"http://{_HOST}:{port}", process)

    server = on_free_ports(1, start)
    try:
        yield server
    finally:
        server.process.kill()


def seeded(environ: Mapping[str, str]) -> dict[str, str]:
    """Fills the database of DATABASE_URL as `make seed` does; returns the token of each role."""
    done = subprocess.run(
        [sys.executable, "-m", "service", "seed"], capture_output=True, text=True, env=environ, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    return dict(re.findall(r"^  (\w+): (\S+)$", done.stdout, re.MULTILINE))
