"""A Redis Cluster with TLS and users, as a managed one has."""

import secrets
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import redis

from tests.servers.certificates import Authority, Certificate
from tests.servers.child import Child
from tests.servers.ports import PortTakenError, on_free_ports
from tests.servers.requirement import program

_NODES: Final = 3
_SLOTS: Final = 16_384
_FORMED_SECONDS: Final = 30


@dataclass(frozen=True)
class RedisCluster:
    """Three primaries that share the slots; each accepts TLS alone, and only this user.

    Attributes:
        port: Of the first node, which tells of the others.
        ports: Of all nodes.
        pids: Of all nodes, in the order of the ports.
        ca_file: Whom to trust.
        cert_file: A client's certificate, which the nodes check when it is shown.
        key_file: Its key.
    """

    port: int
    username: str
    password: str
    ca_file: str
    cert_file: str
    key_file: str
    ports: tuple[int, ...]
    pids: tuple[int, ...]
    host: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Access:
    username: str
    password: str
    acl_file: Path
    authority: Authority
    node: Certificate
    client: Certificate

    def connect(self, port: int) -> redis.Redis:
        return redis.Redis(
            host=RedisCluster.host,
            port=port,
            username=self.username,
            password=self.password,
            ssl=True,
            ssl_ca_certs=self.authority.own.cert_file,
            socket_timeout=5,
            decode_responses=True,
        )


def _access(directory: Path) -> _Access:
    authority = Authority.create(directory)
    username, password = "app", secrets.token_urlsafe(16)
    acl_file = directory.resolve() / "users.acl"
    acl_file.write_text(f"user default off\nuser {username} on >{password} ~* &* +@all\n")
    return _Access(username, password, acl_file, authority, authority.sign("node"), authority.sign("client"))


def _start_node(executable: str, port: int, bus_port: int, directory: Path, access: _Access) -> Child:
    directory.mkdir(parents=True, exist_ok=True)
    options = {
        "port": 0,
        "tls-port": port,
        "cluster-port": bus_port,
        "bind": RedisCluster.host,
        "dir": directory.resolve(),
        "save": "",
        "aclfile": access.acl_file,
        "tls-cluster": "yes",
        "tls-auth-clients": "optional",
        "tls-cert-file": access.node.cert_file,
        "tls-key-file": access.node.key_file,
        "tls-ca-cert-file": access.authority.own.cert_file,
        "cluster-enabled": "yes",
        "cluster-node-timeout": 2000,
        "cluster-require-full-coverage": "no",
    }
    arguments = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    child = Child([executable, *arguments], directory / "redis.log")
    with access.connect(port) as client:
        if not child.await_ready(lambda: _info(client, "server").get("process_id") == child.pid):
            raise PortTakenError(child.log_text())
    return child


def _info(client: redis.Redis, section: str) -> dict[str, Any]:
    try:
        return dict(client.info(section))
    except (redis.ConnectionError, redis.TimeoutError):
        return {}


def _start_nodes(executable: str, ports: list[int], directory: Path, access: _Access) -> list[Child]:
    pairs = zip(ports[:_NODES], ports[_NODES:], strict=True)
    with ExitStack() as started:
        nodes = []
        for port, bus_port in pairs:
            node = _start_node(executable, port, bus_port, directory / str(port), access)
            started.callback(node.kill)
            nodes.append(node)
        started.pop_all()
    return nodes


def _form(ports: list[int], bus_ports: list[int], access: _Access) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(access.connect(port)) for port in ports]
        bounds = [_SLOTS * number // _NODES for number in range(_NODES + 1)]
        for number, client in enumerate(clients):
            client.execute_command("CLUSTER ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for port, bus_port in zip(ports[1:], bus_ports[1:], strict=True):
            clients[0].execute_command("CLUSTER MEET", RedisCluster.host, port, bus_port)
        deadline = time.monotonic() + _FORMED_SECONDS
        while not all(_is_formed(client) for client in clients):
            assert time.monotonic() < deadline, f"the cluster has not formed in {_FORMED_SECONDS} s"
            # Nodes gossip once in 100 ms and announce nothing that could be awaited.
            time.sleep(0.05)


def _is_formed(client: redis.Redis) -> bool:
    state = client.cluster("INFO")
    sizes = {state["cluster_size"], state["cluster_known_nodes"]}
    return state["cluster_state"] == "ok" and sizes == {str(_NODES)}


@pytest.fixture(scope="session")
def redis_cluster_tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisCluster]:
    """A cluster for the whole run; keys are the test's own, and who stops a node lets it go on."""
    executable = program("redis-server", package="redis-server")
    directory = tmp_path_factory.mktemp("cluster")
    access = _access(directory)
    ports: list[int] = []

    def start(free: list[int]) -> list[Child]:
        ports[:] = free
        return _start_nodes(executable, free, directory, access)

    nodes = on_free_ports(2 * _NODES, start)
    try:
        _form(ports[:_NODES], ports[_NODES:], access)
        yield RedisCluster(
            port=ports[0],
            username=access.username,
            password=access.password,
            ca_file=access.authority.own.cert_file,
            cert_file=access.client.cert_file,
            key_file=access.client.key_file,
            ports=tuple(ports[:_NODES]),
            pids=tuple(node.pid for node in nodes),
        )
    finally:
        for node in nodes:
            node.stop()
