"""The commands of docs/workers.md do what it says."""

import os
import re
import sys
import time
from pathlib import Path
from typing import Final

import httpx
import pytest

from service.settings import ROOT
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.service_process import answers
from tests.stack.serving import service_settings

_COMMANDS: Final = re.findall(r"```sh\n(.*?)```", (ROOT / "docs" / "workers.md").read_text(), re.DOTALL)
_SECONDS: Final = 30
_COUNT: Final = re.compile(r'^http_server_request_duration_seconds_count{.*"/health/ready"} (\S+)$', re.MULTILINE)


def started(command: str, directory: Path) -> tuple[Child, int]:
    def start(ports: list[int]) -> tuple[Child, int]:
        environ = service_settings(directory / "data", {"TMPDIR": str(directory), "PYTHONPATH": str(ROOT)})
        # Those of the environment of the tests, which need not be activated.
        environ["PATH"] = os.pathsep.join((str(Path(sys.executable).parent), environ["PATH"]))
        script = re.sub(r"\b8000\b", str(ports[0]), command)
        child = Child(["sh", "-ec", script], directory / "server.log", environ=environ, directory=ROOT)
        if not child.await_ready(lambda: answers(ports[0])):
            if "in use" in child.log_text():
                raise PortTakenError(ports[0])
            raise AssertionError(child.log_text())
        return child, ports[0]

    return on_free_ports(1, start)


@pytest.mark.parametrize("command", _COMMANDS)
def test_each_way_to_start_counts_exactly(command: str, tmp_path: Path) -> None:
    child, port = started(command, tmp_path)
    try:
        limits = httpx.Limits(max_keepalive_connections=0)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_SECONDS, limits=limits) as client:
            for _ in range(30):
                assert client.get("/health/ready").status_code == 200
            deadline = time.monotonic() + _SECONDS
            while _count(client) < 30 and time.monotonic() < deadline:
                pass
            assert _count(client) == 30
    finally:
        child.kill()


def _count(client: httpx.Client) -> float:
    return sum(float(count) for count in _COUNT.findall(client.get("/metrics").text))


def test_the_page_has_a_command_for_each_kind_of_server() -> None:
    assert len(_COMMANDS) == 2
