"""The service with real Redis servers: what was written is read, and a Redis that goes away fails no request."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest

from tests.apps import header_of
from tests.server_timing import parse, queries_of
from tests.servers.redis_cluster import RedisCluster
from tests.servers.redis_server import RedisServer
from tests.servers.service_process import ServiceProcess, StartService

USER: Final = {"Authorization": "Bearer demo-user"}
ADMIN: Final = {"Authorization": "Bearer demo-admin"}
ITEM: Final = "/api/v1/items/1"
BRAND: Final = "/api/v1/brands/{}"
RECOVERED_SECONDS: Final = 30
READERS: Final = 4


class Client:
    """A user of one service."""

    def __init__(self, service: ServiceProcess, headers: Mapping[str, str]) -> None:
        self.service = service
        self._headers = headers

    def get(self, path: str) -> tuple[httpx.Response, str | None]:
        """The answer, and what its header says of the cache."""
        response = httpx.get(self.service.url + path, headers=self._headers, timeout=30)
        entries = {metric.name: metric.desc for metric in parse(header_of(response))}
        return response, entries.get("cache")

    def put(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        return httpx.put(self.service.url + path, headers=self._headers, json=body, timeout=30)


def single(server: RedisServer) -> dict[str, str]:
    return {"REDIS_HOST": server.host, "REDIS_PORT": str(server.port)}


def cluster(servers: RedisCluster) -> dict[str, str]:
    return {
        "REDIS_HOST": servers.host,
        "REDIS_PORT": str(servers.port),
        "REDIS_USERNAME": servers.username,
        "REDIS_PASSWORD": servers.password,
        "REDIS_CLUSTER_MODE": "true",
        "REDIS_TLS_ENABLED": "true",
        "REDIS_TLS_CERT_REQS": "required",
        "REDIS_TLS_CA_CERTS_FILE": servers.ca_file,
        "REDIS_TLS_CERTFILE": servers.cert_file,
        "REDIS_TLS_KEYFILE": servers.key_file,
    }


@contextmanager
def killed(server: RedisServer) -> Iterator[None]:
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def hung(servers: RedisCluster) -> Iterator[None]:
    for pid in servers.pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in servers.pids:
            os.kill(pid, signal.SIGCONT)


@pytest.fixture(params=["one server", "cluster with TLS and users"])
def redis_kind(request: pytest.FixtureRequest) -> str:
    kind: str = request.param
    return kind


@pytest.fixture
def settings(redis_kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    if redis_kind == "one server":
        return single(request.getfixturevalue("redis_server"))
    return cluster(request.getfixturevalue("redis_cluster_tls"))


@pytest.fixture
def outage(redis_kind: str, request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Takes the cache away while its context lasts: it crashes, or hangs."""
    if redis_kind == "one server":
        server: RedisServer = request.getfixturevalue("redis_server")
        return lambda: killed(server)
    servers: RedisCluster = request.getfixturevalue("redis_cluster_tls")
    return lambda: hung(servers)


def awaited(client: Client, path: str, status: str) -> httpx.Response:
    """The first answer with that status of the cache; all before it must be good too."""
    deadline = time.monotonic() + RECOVERED_SECONDS
    while True:
        response, cache = client.get(path)
        assert response.status_code == 200, response.text
        if cache == status:
            return response
        assert time.monotonic() < deadline, f"still {cache}"


def test_what_an_admin_writes_is_what_another_user_reads_next_also_at_another_process(
    service_process: StartService, settings: dict[str, str]
) -> None:
    here, there = service_process(settings), service_process(settings)
    admin, user = Client(here, ADMIN), Client(there, USER)
    before, first = user.get(ITEM)
    _, second = user.get(ITEM)
    changed = {"brand_id": before.json()["brand"]["id"], "name": "Changed", "price_cents": 100}
    written = admin.put(ITEM, changed)
    after, third = user.get(ITEM)
    renamed = admin.put(BRAND.format(changed["brand_id"]), {"name": "Renamed Works"})
    last, fourth = user.get(ITEM)

    assert (first, second, third, fourth) == ("Cache Miss", "Cache Hit", "Cache Miss", "Cache Miss")
    assert (written.status_code, renamed.status_code) == (200, 200)
    assert (after.json()["name"], after.json()["price_cents"]) == ("Changed", 100)
    assert last.json()["brand"]["name"] == "Renamed Works"


def test_a_redis_that_goes_away_fails_no_request_and_is_used_again_when_it_is_back(
    service_process: StartService, settings: dict[str, str], outage: Callable[[], Any]
) -> None:
    service = service_process(settings)
    user, admin = Client(service, USER), Client(service, ADMIN)
    awaited(user, ITEM, "Cache Hit")
    statuses: list[int] = []
    is_over = threading.Event()

    def read() -> None:
        while not is_over.is_set():
            statuses.append(user.get(ITEM)[0].status_code)

    readers = [threading.Thread(target=read) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    with outage():
        during = awaited(user, ITEM, "Cache Bypass")
        changed = {"brand_id": during.json()["brand"]["id"], "name": "Changed meanwhile", "price_cents": 7}
        assert admin.put(ITEM, changed).status_code == 200
        next_read, status = user.get(ITEM)
    after = awaited(user, ITEM, "Cache Hit")
    is_over.set()
    for reader in readers:
        reader.join()

    # Who is asking, and the item.
    assert queries_of(header_of(during)) == queries_of(header_of(next_read)) == 2
    assert (next_read.json()["name"], status) == ("Changed meanwhile", "Cache Bypass")
    assert after.json()["name"] == "Changed meanwhile"
    assert queries_of(header_of(after)) == 1
    assert set(statuses) == {200}
    assert len(statuses) >= READERS


def test_a_cluster_that_refuses_the_password_is_bypassed_and_reported(
    service_process: StartService, redis_cluster_tls: RedisCluster
) -> None:
    service = service_process(cluster(redis_cluster_tls) | {"REDIS_PASSWORD": "not-the-password"})
    response, cache = Client(service, USER).get(ITEM)
    ready = httpx.get(f"{service.url}/health/ready", timeout=30)

    assert (response.status_code, cache) == (200, "Cache Bypass")
    assert (ready.status_code, ready.json()["cache"]) == (200, "unreachable")
    assert "not-the-password" not in service.log_text()
