"""The application of the modes, with all the servers that it needs."""

from collections.abc import Iterator

import pytest
import redis

from tests.servers.otlp_receiver import OtlpReceiver
from tests.servers.ports import on_free_ports
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.stack.running import Running, Surroundings


@pytest.fixture(scope="session")
def traces() -> Iterator[OtlpReceiver]:
    """A receiver of traces for the whole run; traces are told apart by their ids."""
    receiver = on_free_ports(1, lambda ports: OtlpReceiver(ports[0]))
    yield receiver
    receiver.refuse()


@pytest.fixture(scope="session")
def surroundings(
    postgres: Postgres, redis_server: RedisServer, traces: OtlpReceiver, tmp_path_factory: pytest.TempPathFactory
) -> Surroundings:
    with redis.Redis.from_url(redis_server.url) as store:
        store.flushdb()
    return Surroundings.prepare(postgres, redis_server, traces, tmp_path_factory.mktemp("figures"))


@pytest.fixture(scope="session")
def running(surroundings: Surroundings) -> Iterator[Running]:
    """The application, its engines made before it is instrumented."""
    with surroundings.running("engines made before") as application:
        yield application
