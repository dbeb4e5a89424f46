"""Prometheus, and its tools for rules and configurations."""

import http.client
import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import urlencode

import pytest

from service.stack.programs import promtool as promtool_program
from tests.servers.built_program import built
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.requirement import program

_HOST: Final = "127.0.0.1"
_PACKAGE: Final = "prometheus"
_SWITCHES: Final = ("--web.enable-lifecycle", "--enable-feature=exemplar-storage", "--log.level=warn")


class Prometheus:
    """A Prometheus with a configuration and data of its own.

    Attributes:
        port: On 127.0.0.1.
        config: Its configuration.
        process: The one that runs.
    """

    def __init__(self, executable: str, port: int, config: Path, data: Path) -> None:
        """Starts it and waits until it answers queries.

        Args:
            executable: Its program.
            port: To listen on.
            config: Its configuration; files that it names are relative to it.
            data: Its directory, empty or with blocks.

        Raises:
            PortTakenError: The port is not free.
            AssertionError: It ended at its start; the message is its log.
        """
        self.port = port
        self.config = config
        arguments = {
            "config.file": config,
            "storage.tsdb.path": data,
            "storage.tsdb.retention.time": "120d",
            "web.listen-address": f"{_HOST}:{port}",
        }
        options = [f"--{name}={value}" for name, value in arguments.items()]
        command = [executable, *options, *_SWITCHES]
        self.process = Child(command, data.with_name(f"{data.name}-{port}.log"))
        if not self.process.await_ready(lambda: self._status("/-/ready") == http.client.OK):
            if "address already in use" in self.process.log_text():
                raise PortTakenError(port)
            raise AssertionError(f"it ended at its start:\n{self.process.log_text()}")

    @property
    def url(self) -> str:
        """Without a slash at its end."""
        return f"http://{_HOST}:{self.port}"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """The result of an instant query now: `[{"metric": {...}, "value": [time, "1"]}, ...]`."""
        found: list[dict[str, Any]] = self.api("query", {"query": expression})["result"]
        return found

    def api(self, path: str, parameters: Mapping[str, str] | None = None) -> Any:
        """`data` of what the API answers.

        Args:
            path: After `/api/v1/`.
            parameters: Of the query.
        """
        body = self._get(f"/api/v1/{path}?{urlencode(parameters or {})}")[1]
        answer = json.loads(body)
        assert answer["status"] == "success", answer
        return answer["data"]

    def write(self, name: str, text: str) -> None:
        """Writes a file beside its configuration, which reads it at its next reload.

        Args:
            name: Of the file; directories in it are made.
            text: Its whole content.
        """
        _write(self.config.parent, {name: text})

    def reload(self) -> None:
        """Reads its configuration and rules again."""
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=15)
        connection.request("POST", "/-/reload")
        response = connection.getresponse()
        assert response.status == http.client.OK, response.read()
        connection.close()

    def stop(self) -> int:
        """Asks it to end, and returns its exit code."""
        return self.process.stop()

    def _status(self, path: str) -> int:
        try:
            return self._get(path)[0]
        except (OSError, http.client.HTTPException):
            return 0

    def _get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=15)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()


class StartPrometheus(Protocol):
    """Starts Prometheus servers that end with the test."""

    def __call__(self, files: Mapping[str, str], *, data: Path | None = None) -> Prometheus:
        """Starts one and waits until it answers queries.

        Args:
            files: Text of each by its name, with directories if need be; one of them is `prometheus.yml`.
            data: Its directory, if it is to have data from the start; blocks of `promtool tsdb`, for example.
        """


@pytest.fixture
def start_prometheus(tmp_path: Path) -> Iterator[StartPrometheus]:
    """Starts servers, each on a free port and in a directory of its own."""
    executable = program("prometheus", package=_PACKAGE)
    with ExitStack() as stack:
        count = 0

        def start(files: Mapping[str, str], *, data: Path | None = None) -> Prometheus:
            nonlocal count
            count += 1
            directory = tmp_path / f"prometheus-{count}"
            directory.mkdir()
            _write(directory, files)
            config, own = directory / "prometheus.yml", data or directory / "data"
            server = on_free_ports(1, lambda ports: Prometheus(executable, ports[0], config, own))
            stack.callback(server.process.kill)
            return server

        yield start


class Promtool:
    """Prometheus' own judge of rules and configurations.

    Args:
        executable: Its program.
    """

    def __init__(self, executable: str) -> None:
        self._executable = executable

    def __call__(self, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs it to its end, whatever it says.

        Args:
            *arguments: Its own.
        """
        return _run([self._executable, *map(str, arguments)])


@pytest.fixture(scope="session")
def promtool() -> Promtool:
    return Promtool(program("promtool", package=_PACKAGE))


@pytest.fixture(scope="session")
def promtool3() -> Promtool:
    """Likewise, of the Prometheus that `compose.yml` runs."""
    return Promtool(built(promtool_program()))


def _write(directory: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
