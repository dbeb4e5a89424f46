"""One Redis."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.requirement import program


class RedisServer:
    """A Redis that a test may kill and start again on its port; it keeps nothing.

    Attributes:
        process: The one that runs now, or ran last.
    """

    host = "127.0.0.1"

    def __init__(self, executable: str, port: int, directory: Path) -> None:
        """Starts it.

        Raises:
            PortTakenError: The port is not free.
        """
        self.port = port
        self._executable = executable
        self._directory = directory
        self.start()

    @property
    def url(self) -> str:
        return f"redis://{self.host}:{self.port}/0"

    @property
    def pid(self) -> int:
        return self.process.pid

    def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        options = {"port": self.port, "bind": self.host, "save": "", "dir": self._directory}
        arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
        self.process = Child([self._executable, *arguments], self._directory / "redis.log")
        with redis.Redis(host=self.host, port=self.port, socket_timeout=5) as client:
            if not self.process.await_ready(lambda: _is_process(client, self.process.pid)):
                raise PortTakenError(self.process.log_text())

    def kill(self) -> None:
        """Ends it at once, as a crash would."""
        self.process.kill()


def _is_process(client: redis.Redis, pid: int) -> bool:
    # Asking for the pid tells ours from one that somebody else started on that port.
    try:
        return bool(client.info("server")["process_id"] == pid)
    except (redis.ConnectionError, redis.TimeoutError):
        return False


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis for the whole run; who kills it starts it again, and keys are the test's own."""
    executable = program("redis-server", package="redis-server")
    directory = tmp_path_factory.mktemp("redis")
    server = on_free_ports(1, lambda ports: RedisServer(executable, ports[0], directory))
    yield server
    server.process.stop()
