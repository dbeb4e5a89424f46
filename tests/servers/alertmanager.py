"""Alertmanager, its tool, and a receiver of what it sends."""

import http.client
import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.requirement import program

_HOST: Final = "127.0.0.1"
_PACKAGE: Final = "prometheus-alertmanager"
_WAIT_SECONDS: Final = 30


class Alertmanager:
    """An Alertmanager of its own, without a cluster.

    Attributes:
        port: On 127.0.0.1.
        process: The one that runs.
    """

    def __init__(self, executable: str, port: int, config: Path) -> None:
        """Starts it and waits until it takes alerts.

        Args:
            executable: Its program.
            port: To listen on.
            config: Its configuration; its data lie beside it.

        Raises:
            PortTakenError: The port is not free.
            AssertionError: It ended at its start; the message is its log.
        """
        self.port = port
        arguments = {
            "config.file": config,
            "storage.path": config.with_name("data"),
            "web.listen-address": f"{_HOST}:{port}",
            "cluster.listen-address": "",
        }
        command = [executable, *(f"--{name}={value}" for name, value in arguments.items())]
        self.process = Child(command, config.with_name(f"alertmanager-{port}.log"))
        if not self.process.await_ready(self._is_ready):
            if "address already in use" in self.process.log_text():
                raise PortTakenError(port)
            raise AssertionError(f"it ended at its start:\n{self.process.log_text()}")

    @property
    def address(self) -> str:
        """As Prometheus wants it: host and port."""
        return f"{_HOST}:{self.port}"

    def alerts(self) -> list[dict[str, Any]]:
        """What it knows now, as `/api/v2/alerts` says: `labels`, `annotations`, `status` with `inhibitedBy` ..."""
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=15)
        connection.request("GET", "/api/v2/alerts")
        found: list[dict[str, Any]] = json.loads(connection.getresponse().read())
        connection.close()
        return found

    def _is_ready(self) -> bool:
        connection = http.client.HTTPConnection(_HOST, self.port, timeout=15)
        try:
            connection.request("GET", "/-/ready")
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


class StartAlertmanager(Protocol):
    """Starts Alertmanagers that end with the test."""

    def __call__(self, config: str) -> Alertmanager:
        """Starts one and waits until it takes alerts.

        Args:
            config: Text of its configuration.
        """


class AlertReceiver:
    """Keeps the notifications that Alertmanager posts to it as a webhook.

    Attributes:
        port: On 127.0.0.1.
    """

    def __init__(self, port: int) -> None:
        """Starts to listen.

        Raises:
            PortTakenError: The port is not free.
        """
        self.port = port
        self._changed = threading.Condition()
        self._posted: list[dict[str, Any]] = []
        try:
            self._server = ThreadingHTTPServer((_HOST, port), self._handler())
        except OSError as error:
            raise PortTakenError(port) from error
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{_HOST}:{self.port}/alerts"

    @property
    def notifications(self) -> list[dict[str, Any]]:
        """All that came so far, oldest first: `receiver`, `status`, `alerts` ..."""
        with self._changed:
            return list(self._posted)

    def alerts(self) -> list[dict[str, Any]]:
        """The alerts of all notifications so far."""
        return [alert for notification in self.notifications for alert in notification["alerts"]]

    def wait_for(self, is_meant: Callable[[dict[str, Any]], bool], *, seconds: float = _WAIT_SECONDS) -> dict[str, Any]:
        """The first alert that is meant, of what came and what is to come.

        Raises:
            AssertionError: None came in time; the message has the labels of those that did.
        """
        with self._changed:

            def found() -> dict[str, Any] | None:
                alerts = (alert for notification in self._posted for alert in notification["alerts"])
                return next((alert for alert in alerts if is_meant(alert)), None)

            alert = self._changed.wait_for(found, seconds)
            came = [(alert["status"], alert["labels"]) for one in self._posted for alert in one["alerts"]]
            assert alert is not None, f"not within {seconds} s: {came}"
            return alert

    def close(self) -> None:
        """Listens no more."""
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with receiver._changed:
                    receiver._posted.append(body)
                    receiver._changed.notify_all()
                self.send_response(http.client.OK)
                self.end_headers()

            def log_message(self, *arguments: Any) -> None:
                """Says nothing."""

        return Handler


@pytest.fixture
def start_alertmanager(tmp_path: Path) -> Iterator[StartAlertmanager]:
    """Starts servers, each on a free port and in a directory of its own."""
    executable = program("prometheus-alertmanager", package=_PACKAGE)
    with ExitStack() as stack:
        count = 0

        def start(config: str) -> Alertmanager:
            nonlocal count
            count += 1
            path = tmp_path / f"alertmanager-{count}" / "alertmanager.yml"
            path.parent.mkdir()
            path.write_text(config, encoding="utf-8")
            server = on_free_ports(1, lambda ports: Alertmanager(executable, ports[0], path))
            stack.callback(server.process.kill)
            return server

        yield start


@pytest.fixture
def alert_receiver() -> Iterator[AlertReceiver]:
    receiver = on_free_ports(1, lambda ports: AlertReceiver(ports[0]))
    yield receiver
    receiver.close()


class Amtool:
    """Alertmanager's own judge of configurations.

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
        command = [self._executable, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def amtool() -> Amtool:
    return Amtool(program("amtool", package=_PACKAGE))
