"""Reads go cache first; a committed write is seen by everybody's next read."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server_timing import parse
from tests.servers.redis_cluster import RedisCluster
from tests.servers.redis_server import RedisServer
from tests.service.conftest import Start
from tests.service.people import ADMIN, USER

READS = [
    ("/api/v1/brands/1", 1, 0),
    ("/api/v1/brands/?page=2", 2, 0),
    ("/api/v1/items/1", 2, 1),
    ("/api/v1/items/?brand_id=1", 3, 1),
    ("/api/v1/locations/1", 1, 0),
    ("/api/v1/locations/?bbox=2.2,48.8,2.5,48.9", 2, 0),
]


def figures(response: Any) -> tuple[str | None, str | None]:
    metrics = {metric.name: metric.desc for metric in parse(response.headers["server-timing"])}
    return metrics.get("cache"), metrics.get("queries")


@pytest.mark.parametrize(("path", "misses_cost", "hits_cost"), READS)
def test_the_first_read_misses_and_the_second_hits(
    client: TestClient, path: str, misses_cost: int, hits_cost: int
) -> None:
    first, second = (client.get(path, headers=USER) for _ in range(2))

    assert figures(first) == ("Cache Miss", f"{misses_cost} {'Query' if misses_cost == 1 else 'Queries'}")
    assert figures(second) == ("Cache Hit", f"{hits_cost} {'Query' if hits_cost == 1 else 'Queries'}")
    assert first.json() == second.json()


def test_what_depends_on_the_user_is_cached_for_each_user(client: TestClient) -> None:
    client.get("/api/v1/items/1", headers=USER)
    as_admin = client.get("/api/v1/items/1", headers=ADMIN)

    assert figures(as_admin)[0] == "Cache Miss"
    assert as_admin.json()["your_price_cents"] == as_admin.json()["price_cents"]


def test_what_does_not_depend_on_the_user_is_cached_for_all(client: TestClient) -> None:
    client.get("/api/v1/items/", headers=USER)

    assert figures(client.get("/api/v1/items/", headers=ADMIN))[0] == "Cache Hit"


@pytest.mark.parametrize(
    ("method", "path", "body", "reads"),
    [
        ("PUT", "/brands/1", {"name": "Zeta"}, ["/brands/1", "/brands/", "/items/?brand_id=1"]),
        ("PUT", "/brands/5", {"name": "Zeta"}, ["/items/1"]),
        ("POST", "/brands/", {"name": "Zeta"}, ["/brands/?page=3"]),
        ("PUT", "/items/1", {"brand_id": 2, "name": "Zeta", "price_cents": 7}, ["/items/1", "/items/"]),
        ("POST", "/items/", {"brand_id": 2, "name": "Zeta", "price_cents": 7}, ["/items/?brand_id=2"]),
        (
            "PUT",
            "/locations/1",
            {"brand_id": 2, "name": "Zeta", "longitude": 0, "latitude": 0},
            ["/locations/1", "/locations/", "/locations/?bbox=-1,-1,1,1"],
        ),
        ("PUT", "/users/1", {"name": "Zeta", "discount_ratio": 0.5}, ["/items/1", "/items/2"]),
        ("DELETE", "/items/1", None, ["/items/"]),
        ("DELETE", "/locations/1", None, ["/locations/"]),
        ("DELETE", "/brands/5", None, ["/brands/", "/items/?brand_id=5", "/locations/"]),
    ],
)
def test_a_write_of_the_admin_is_seen_by_the_next_read_of_a_user(
    client: TestClient, method: str, path: str, body: dict[str, Any] | None, reads: list[str]
) -> None:
    before = [client.get(f"/api/v1{read}", headers=USER) for read in reads]
    assert client.request(method, f"/api/v1{path}", headers=ADMIN, json=body).status_code < 300
    after = [client.get(f"/api/v1{read}", headers=USER) for read in reads]

    assert [figures(response)[0] for response in after] == ["Cache Miss"] * len(reads)
    for stale, fresh in zip(before, after, strict=True):
        assert stale.json() != fresh.json()


def test_what_a_deleted_brand_had_is_gone_from_the_cache_too(client: TestClient) -> None:
    brand_id = client.get("/api/v1/items/1", headers=USER).json()["brand"]["id"]
    place = {"brand_id": brand_id, "name": "1 Ink Street", "longitude": 12.5, "latitude": -41.9}
    location = client.post("/api/v1/locations/", headers=ADMIN, json=place).json()
    paths = ["/api/v1/items/1", f"/api/v1/brands/{brand_id}", f"/api/v1/locations/{location['id']}"]
    before = [client.get(path, headers=USER).status_code for path in paths]
    client.delete(f"/api/v1/brands/{brand_id}", headers=ADMIN)

    assert before == [200] * 3
    assert [client.get(path, headers=USER).status_code for path in paths] == [404] * 3


def test_a_user_sees_no_price_of_a_deleted_user_with_the_same_id(client: TestClient) -> None:
    def price_for(discount_ratio: float) -> tuple[int, int]:
        body = {"name": "Ada", "discount_ratio": discount_ratio}
        user = client.post("/api/v1/users/", headers=ADMIN, json=body).json()
        item = client.get("/api/v1/items/1", headers={"Authorization": f"Bearer {user['token']}"}).json()
        client.delete(f"/api/v1/users/{user['id']}", headers=ADMIN)
        return user["id"], item["your_price_cents"]

    (first_id, half), (second_id, whole) = price_for(0.5), price_for(0.0)

    assert first_id == second_id
    assert whole == pytest.approx(2 * half, abs=2)


def test_a_write_that_failed_invalidates_nothing(client: TestClient) -> None:
    client.get("/api/v1/brands/2")
    assert client.put("/api/v1/brands/2", headers=ADMIN, json={"name": "Alder Works"}).status_code == 409

    assert figures(client.get("/api/v1/brands/2"))[0] == "Cache Hit"


def test_databases_that_share_a_redis_do_not_share_entries(
    start: Start, redis_server: RedisServer, tmp_path: Any
) -> None:
    server = {"redis_host": redis_server.host, "redis_port": redis_server.port}
    one = start(**server)
    other = start(**server, database_url=f"sqlite:///{tmp_path / 'demo.sqlite3'}")
    one.get("/api/v1/brands/1")
    elsewhere = one.app.state.settings.model_copy(update={"demo_data_dir": tmp_path / "elsewhere"})  # type: ignore[attr-defined]

    assert figures(other.get("/api/v1/brands/1"))[0] == "Cache Hit"
    assert elsewhere.cache_application() != other.app.state.settings.cache_application()  # type: ignore[attr-defined]


def test_a_write_through_one_process_is_seen_through_another(start: Start, redis_server: RedisServer) -> None:
    server = {"redis_host": redis_server.host, "redis_port": redis_server.port}
    one, other = start(**server), start(**server)
    other.get("/api/v1/items/1", headers=USER)
    body = {"brand_id": 2, "name": "Zeta", "price_cents": 100}
    one.put("/api/v1/items/1", headers=ADMIN, json=body)

    assert other.get("/api/v1/items/1", headers=USER).json()["your_price_cents"] == 90
    assert figures(one.get("/api/v1/items/1", headers=USER))[0] == "Cache Hit"


def test_a_redis_that_is_killed_fails_no_request_and_is_used_again_when_it_is_back(
    start: Start, redis_server: RedisServer
) -> None:
    client = start(redis_host=redis_server.host, redis_port=redis_server.port)
    paths = [path for path, _, _ in READS]
    for path in paths:
        client.get(path, headers=USER)
    redis_server.kill()
    try:
        during = [client.get(path, headers=USER) for path in paths for _ in range(3)]
        written = client.put("/api/v1/brands/1", headers=ADMIN, json={"name": "Zeta"})
        ready = client.get("/health/ready")
    finally:
        redis_server.start()
    while figures(client.get("/api/v1/brands/1"))[0] != "Cache Hit":
        pass

    assert {response.status_code for response in [*during, written, ready]} == {200}
    assert {figures(response)[0] for response in during} == {"Cache Bypass"}
    assert ready.json() == {"status": "degraded", "database": "ok", "cache": "unreachable"}
    assert client.get("/api/v1/brands/1").json()["name"] == "Zeta"
    assert client.get("/health/ready").json()["status"] == "ready"


def test_a_redis_that_is_down_at_the_start_stops_nothing(start: Start) -> None:
    client = start(redis_host="127.0.0.1", redis_port=1)

    assert figures(client.get("/api/v1/brands/1")) == ("Cache Bypass", "1 Query")


def test_a_cluster_with_tls_and_users_is_reached_by_the_settings(start: Start, redis_cluster_tls: RedisCluster) -> None:
    cluster = redis_cluster_tls
    client = start(
        redis_host=cluster.host,
        redis_port=cluster.port,
        redis_username=cluster.username,
        redis_password=cluster.password,
        redis_cluster_mode=True,
        redis_tls_enabled=True,
        redis_tls_ca_certs_file=cluster.ca_file,
        redis_tls_certfile=cluster.cert_file,
        redis_tls_keyfile=cluster.key_file,
    )

    # The first look-up of each kind of route may take longer than the cache allows, since it learns of the nodes.
    for path, _, _ in READS:
        while figures(client.get(path, headers=USER))[0] != "Cache Hit":
            pass
    assert client.get("/health/ready").json()["cache"] == "ok"

    client.put("/api/v1/brands/1", headers=ADMIN, json={"name": "Zeta"})
    assert client.get("/api/v1/brands/1").json()["name"] == "Zeta"
