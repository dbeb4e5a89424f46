"""The schema, and what many at once may do with it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, text
from starlette.testclient import TestClient

from service.database import make_engine
from service.database_url import DatabaseUrls
from service.models import Model
from service.revisions import current_revision, head_revision, upgrade
from tests.service.people import ADMIN, USER


@pytest.fixture(params=["sqlite", "postgresql"])
def upgraded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Connection]:
    """A connection to a database that has its tables and nothing in them."""
    urls = DatabaseUrls.of_file(tmp_path / "empty.sqlite3")
    if request.param == "postgresql":
        urls = DatabaseUrls.parse(request.getfixturevalue("postgres_database").url)
    engine = make_engine(urls.synchronous)
    with engine.begin() as connection:
        upgrade(connection)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_migrations_make_what_the_models_say(upgraded: Connection) -> None:
    assert compare_metadata(MigrationContext.configure(upgraded), Model.metadata) == []
    assert current_revision(upgraded) == head_revision()


def test_migrating_again_changes_nothing(upgraded: Connection) -> None:
    upgrade(upgraded)

    assert current_revision(upgraded) == head_revision()


def test_the_items_of_a_brand_go_with_it(upgraded: Connection) -> None:
    upgraded.execute(text("INSERT INTO brands (id, name, description) VALUES (1, 'x', '')"))
    upgraded.execute(text("INSERT INTO items (id, brand_id, name, price_cents) VALUES (1, 1, 'x', 1)"))
    upgraded.execute(text("DELETE FROM brands"))

    assert upgraded.scalar(text("SELECT count(*) FROM items")) == 0


def test_writers_at_the_same_time_wait_for_each_other(client: TestClient) -> None:
    def write(number: int) -> list[int]:
        brand = client.post("/api/v1/brands/", headers=ADMIN, json={"name": f"Brand {number}"})
        item = {"brand_id": brand.json()["id"], "name": "x", "price_cents": number}
        return [brand.status_code, client.post("/api/v1/items/", headers=ADMIN, json=item).status_code]

    with ThreadPoolExecutor(16) as pool:
        codes = list(pool.map(write, range(40)))

    assert codes == [[201, 201]] * 40
    assert client.get("/api/v1/brands/").json()["total"] == 440


def test_of_one_name_taken_by_many_at_once_one_wins(client: TestClient) -> None:
    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda _: client.post("/api/v1/brands/", headers=ADMIN, json={"name": "Same"}), range(8))

    assert sorted(response.status_code for response in responses) == [201] + [409] * 7


@pytest.mark.parametrize("path", ["/api/v1/brands/7", "/api/v1/items/7"])
def test_a_change_and_a_deletion_at_once_are_no_error_of_the_service(client: TestClient, path: str) -> None:
    body = {"name": "x"} if "brands" in path else {"name": "x", "brand_id": 1, "price_cents": 1}

    def act(number: int) -> int:
        if number % 4 == 3:
            return client.delete(path, headers=ADMIN).status_code
        return client.put(path, headers=ADMIN, json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = set(pool.map(act, range(16)))

    assert statuses <= {200, 204, 404}
    assert client.get(path, headers=USER).status_code == 404
