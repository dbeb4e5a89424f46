"""The same on PostgreSQL, whose rules are stricter than SQLite's."""

import pytest
from starlette.testclient import TestClient

from service import seed
from service.database import make_engine
from service.database_url import DatabaseUrls
from service.revisions import upgrade
from tests.servers.postgres import Database, Postgres
from tests.service.conftest import Start
from tests.service.people import ADMIN, USER
from tests.service.test_nouns import BODIES, CHANGES

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def seeded(postgres: Postgres) -> Database:
    """A database with the demo tokens, so that the tests know some; they leave it as it was."""
    database = postgres.new_database()
    engine = make_engine(DatabaseUrls.parse(database.url).synchronous)
    with engine.begin() as connection:
        upgrade(connection)
        seed.fill(connection, {"user": "demo-user", "admin": "demo-admin"})
    engine.dispose()
    return database


@pytest.fixture
def client(start: Start, seeded: Database) -> TestClient:
    return start(database_url=seeded.url)


@pytest.mark.parametrize("noun", BODIES)
def test_every_noun_lives_its_life(client: TestClient, noun: str) -> None:
    created = client.post(f"/api/v1/{noun}/", headers=ADMIN, json=BODIES[noun])
    path = f"/api/v1/{noun}/{created.json()['id']}"
    statuses = [
        created.status_code,
        client.put(path, headers=ADMIN, json=CHANGES[noun]).status_code,
        client.get(path, headers=ADMIN).status_code,
        client.get(f"/api/v1/{noun}/?page=1000000", headers=ADMIN).status_code,
        client.delete(path, headers=ADMIN).status_code,
        client.get(path, headers=ADMIN).status_code,
    ]

    assert statuses == [201, 200, 200, 200, 204, 404]


@pytest.mark.parametrize("name", ['"a\\u0000b"', '"\\ud800"', '"' + "x" * 101 + '"'])
@pytest.mark.parametrize("noun", BODIES)
def test_text_that_it_cannot_store_is_422(client: TestClient, noun: str, name: str) -> None:
    rest = ", ".join(f'"{key}": {value!r}' for key, value in BODIES[noun].items() if isinstance(value, int | float))
    body = f'{{"name": {name}{", " if rest else ""}{rest}}}'

    assert client.post(f"/api/v1/{noun}/", headers=ADMIN | JSON, content=body).status_code == 422


@pytest.mark.parametrize("number", [2**31, 2**63 - 1])
@pytest.mark.parametrize("noun", BODIES)
def test_ids_up_to_64_bits_are_looked_up(client: TestClient, noun: str, number: int) -> None:
    assert client.get(f"/api/v1/{noun}/{number}", headers=ADMIN).status_code == 404


def test_conflicts_are_409(client: TestClient) -> None:
    brand = client.post("/api/v1/brands/", headers=ADMIN, json={"name": "Alder Works"})
    location = client.post("/api/v1/locations/", headers=ADMIN, json={**BODIES["locations"], "brand_id": 2**62})

    assert (brand.status_code, location.status_code) == (409, 409)


def test_a_database_that_goes_away_is_503_and_is_used_again_when_it_is_back(start: Start, seeded: Database) -> None:
    client = start(database_url=seeded.url)
    paths = ["/api/v1/users/me", "/api/v1/items/1", "/api/v1/brands/1", "/api/v1/locations/"]
    before = [client.get(path, headers=USER) for path in paths[:2]]
    seeded.server.stop()
    try:
        during = [client.get(path, headers=USER) for path in paths]
        ready = client.get("/health/ready")
    finally:
        seeded.server.start()
    after = [client.get(path, headers=USER) for path in paths]

    assert {response.status_code for response in before} == {200}
    assert {response.status_code for response in during} == {503}
    assert {response.headers["content-type"] for response in [*during, ready]} == {"application/problem+json"}
    assert {response.headers["retry-after"] for response in during} == {"5"}
    assert (ready.status_code, ready.json()["database"]) == (503, "unreachable")
    assert {response.status_code for response in after} == {200}
    assert client.get("/health/ready").json()["status"] == "ready"


def test_a_database_that_is_down_at_the_start_stops_nothing(start: Start) -> None:
    client = start(database_url="postgresql://me@127.0.0.1:1/x")

    assert client.get("/health").status_code == 200
    assert client.get("/health/ready").status_code == 503
    assert client.get("/api/v1/brands/").status_code == 503
    assert client.get("/api/v1/items/1", headers=USER).status_code == 503


def test_a_database_without_tables_is_told_by_ready(start: Start, postgres_database: Database) -> None:
    response = start(database_url=postgres_database.url).get("/health/ready")

    assert (response.status_code, response.json()["database"]) == (503, "schema outdated")
    assert "python -m service migrate" in response.json()["detail"]


def test_a_database_that_was_restarted_meanwhile_costs_no_request(client: TestClient, seeded: Database) -> None:
    paths = ["/api/v1/users/me", "/api/v1/items/1"]
    assert [client.get(path, headers=USER).status_code for path in paths] == [200, 200]
    seeded.server.stop()
    seeded.server.start()

    assert [client.get(path, headers=ADMIN).status_code for path in paths] == [200, 200]
