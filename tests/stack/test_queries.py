"""On PostgreSQL and Redis, each route of the service states as many queries as the database was sent."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx
import pytest
import redis

from tests.apps import header_of
from tests.server_timing import dur_of, parse, queries_of
from tests.servers.postgres import Database, Postgres
from tests.servers.redis_server import RedisServer
from tests.stack.postgres_log import PostgresLog
from tests.stack.serving import UVICORN, seeded, served, service_settings

BRAND: Final = {"name": "Proof Works", "description": "counts"}
ITEM: Final = {"brand_id": 1, "name": "Ruler", "price_cents": 250}
LOCATION: Final = {"brand_id": 1, "name": "1 Mill Street", "longitude": 2.35, "latitude": 48.86}
PERSON: Final = {"name": "a counter", "role": "user", "discount_ratio": 0.5}


@dataclass(frozen=True)
class Example:
    """A request to one route.

    Attributes:
        role: Whose token is sent; None for no token.
        from_cache: Queries of the same request when the cache has the answer; None for what is not cached.
    """

    path: str
    role: str | None = None
    body: Mapping[str, Any] | None = None
    from_cache: int | None = None


# Rows that a request changes or deletes are its own. A query for the user of the token is never cached.
EXAMPLES: Final[dict[tuple[str, str], Example]] = {
    ("get", "/health"): Example("/health"),
    ("get", "/health/ready"): Example("/health/ready"),
    ("get", "/api/v1/brands/"): Example("/api/v1/brands/?size=50", from_cache=0),
    ("get", "/api/v1/brands/{brand_id}"): Example("/api/v1/brands/7", from_cache=0),
    ("post", "/api/v1/brands/"): Example("/api/v1/brands/", "admin", BRAND),
    ("put", "/api/v1/brands/{brand_id}"): Example("/api/v1/brands/8", "admin", {"name": "Other Works"}),
    ("delete", "/api/v1/brands/{brand_id}"): Example("/api/v1/brands/9", "admin"),
    ("get", "/api/v1/items/"): Example("/api/v1/items/?brand_id=7&size=200", "user", from_cache=1),
    ("get", "/api/v1/items/{item_id}"): Example("/api/v1/items/7", "user", from_cache=1),
    ("post", "/api/v1/items/"): Example("/api/v1/items/", "admin", ITEM),
    ("put", "/api/v1/items/{item_id}"): Example("/api/v1/items/8", "admin", ITEM),
    ("delete", "/api/v1/items/{item_id}"): Example("/api/v1/items/10", "admin"),
    ("get", "/api/v1/locations/"): Example("/api/v1/locations/?bbox=170,-30,-170,30", from_cache=0),
    ("get", "/api/v1/locations/{location_id}"): Example("/api/v1/locations/7", from_cache=0),
    ("post", "/api/v1/locations/"): Example("/api/v1/locations/", "admin", LOCATION),
    ("put", "/api/v1/locations/{location_id}"): Example("/api/v1/locations/8", "admin", LOCATION),
    ("delete", "/api/v1/locations/{location_id}"): Example("/api/v1/locations/10", "admin"),
    ("get", "/api/v1/users/"): Example("/api/v1/users/", "admin"),
    ("get", "/api/v1/users/me"): Example("/api/v1/users/me", "user"),
    ("get", "/api/v1/users/{user_id}"): Example("/api/v1/users/1", "admin"),
    ("post", "/api/v1/users/"): Example("/api/v1/users/", "admin", PERSON),
    ("put", "/api/v1/users/{user_id}"): Example("/api/v1/users/3", "admin", {"name": "third"}),
    ("delete", "/api/v1/users/{user_id}"): Example("/api/v1/users/4", "admin"),
}
CACHED: Final = {route: example for route, example in EXAMPLES.items() if example.from_cache is not None}
# Answers of their own: the route ends early, and the queries up to there were sent.
ENDS_EARLY: Final = {
    "unknown": (Example("/api/v1/brands/999999"), 404, 1),
    "no token": (Example("/api/v1/items/1"), 401, 0),
    "wrong role": (Example("/api/v1/users/", "user"), 403, 1),
    "a conflict": (Example("/api/v1/locations/", "admin", {**LOCATION, "brand_id": 2**40}), 409, 2),
    "a bad body": (Example("/api/v1/locations/", "admin", {}), 422, 1),
}


@dataclass(frozen=True)
class Observed:
    """A response beside what the database says of the request.

    Attributes:
        logged: Queries in the log of the server.
        counted: Growth of pg_stat_statements.
    """

    response: httpx.Response
    logged: list[str]
    counted: int

    @property
    def header(self) -> str:
        return header_of(self.response)

    @property
    def cache(self) -> str | None:
        return next((metric.desc for metric in parse(self.header) if metric.name == "cache"), None)


class Service:
    """The service on PostgreSQL and Redis, asked one request at a time."""

    def __init__(self, url: str, tokens: Mapping[str, str], database: Database, store: redis.Redis) -> None:
        self.store = store
        self._tokens = tokens
        self._database = database
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        self._client.close()

    def ask(self, method: str, example: Example) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._tokens[example.role]}"} if example.role else {}
        return self._client.request(method, example.path, headers=headers, json=example.body)

    def observe(self, method: str, example: Example) -> Observed:
        log = PostgresLog(self._database)
        before, mark = self._database.statements(), log.mark()
        response = self.ask(method, example)
        logged = log.queries_since(mark)
        counted = self._database.statements().since(before).total
        deadline = time.monotonic() + 5
        # What failed is in the log alone; all else is counted when its transaction has ended.
        while counted < len(logged) and response.is_success and time.monotonic() < deadline:
            counted = self._database.statements().since(before).total
        return Observed(response, logged, counted)


@pytest.fixture(scope="module")
def service(
    postgres: Postgres, redis_server: RedisServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    directory, database = tmp_path_factory.mktemp("queries"), postgres.new_database()
    settings = {
        "DATABASE_URL": database.url,
        "REDIS_HOST": redis_server.host,
        "REDIS_PORT": str(redis_server.port),
        "DEBUG": "false",
    }
    environ = service_settings(directory, settings)
    tokens = seeded(environ)
    with (
        served((*UVICORN, "service.main:app"), environ, directory) as process,
        redis.Redis.from_url(redis_server.url) as store,
    ):
        service = Service(process.url, tokens, database, store)
        for number in (3, 4):
            made = service.ask("post", Example("/api/v1/users/", "admin", {"name": f"user {number}"}))
            assert made.json()["id"] == number
        # Connections are opened, and their types looked up, by the first requests.
        for (method, _), example in EXAMPLES.items():
            if method == "get":
                service.ask(method, example)
        yield service
        service.close()


def test_there_is_an_example_for_every_route(service: Service) -> None:
    document = service.ask("get", Example("/openapi.json")).json()
    assert set(EXAMPLES) == {(method, path) for path, item in document["paths"].items() for method in item}


@pytest.mark.parametrize(("method", "route"), EXAMPLES)
def test_a_route_that_finds_nothing_in_the_cache_states_what_the_database_was_sent(
    service: Service, method: str, route: str
) -> None:
    service.store.flushdb()
    observed = service.observe(method, EXAMPLES[method, route])

    assert observed.response.is_success, observed.response.text
    assert queries_of(observed.header) == len(observed.logged) == observed.counted, observed.logged
    assert dur_of(observed.header, "db") <= dur_of(observed.header, "total")
    assert (dur_of(observed.header, "db") > 0) == bool(observed.logged)
    assert observed.cache == ("Cache Miss" if (method, route) in CACHED else None)


@pytest.mark.parametrize(("method", "route"), CACHED)
def test_a_route_that_the_cache_answers_asks_nothing_but_who_is_there(
    service: Service, method: str, route: str
) -> None:
    example = EXAMPLES[method, route]
    service.ask(method, example)
    observed = service.observe(method, example)

    assert queries_of(observed.header) == len(observed.logged) == observed.counted == example.from_cache
    assert observed.cache == "Cache Hit"


@pytest.mark.parametrize("case", ENDS_EARLY)
def test_a_route_that_ends_early_states_what_was_sent_until_then(service: Service, case: str) -> None:
    example, status, queries = ENDS_EARLY[case]
    observed = service.observe("get" if example.body is None else "post", example)

    assert observed.response.status_code == status
    assert queries_of(observed.header) == len(observed.logged) == queries, observed.logged
