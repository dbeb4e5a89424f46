"""Thousands of requests whose clients leave when they like: nothing of them stays behind."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import urlsplit

import pytest

from tests.stack.running import Running, Surroundings

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(420)]

REQUESTS: Final = 10_000
#: A bound for machines that are busy with other things: it takes 50 s on an idle one.
SECONDS: Final = 300
CLIENTS: Final = 24
QUIET_SECONDS: Final = 15
#: Pages that the allocator keeps; at 10,000 requests less than the record of one request in ten.
GROWTH_KB: Final = 8_000
WEIGHTS: Final = {
    "/none": 30,
    "/soak/async": 20,
    "/soak/sync": 20,
    "/soak/slow": 8,
    "/soak/stream": 8,
    "/soak/background": 8,
    "/soak/fails": 4,
    "/soak/time-out": 2,
}
PATIENCE: Final = {"/soak/slow": 0.03, "/soak/stream": 0.02}


class Crowd:
    """Clients that ask and, often, leave before the answer.

    Args:
        url: Of the server.
        seed: Decides who asks for what and leaves when.
    """

    def __init__(self, url: str, seed: int) -> None:
        self.asked: Counter[str] = Counter()
        self.left = 0
        self._address = urlsplit(url)
        self._choice = random.Random(seed)
        self._deadline = time.monotonic() + SECONDS

    async def ask(self, count: int) -> None:
        """Sends requests until there were *count* of them, or the time is over."""
        await asyncio.gather(*(self._client(count) for _ in range(CLIENTS)))

    async def _client(self, count: int) -> None:
        while self.asked.total() < count and time.monotonic() < self._deadline:
            (path,) = self._choice.choices(list(WEIGHTS), list(WEIGHTS.values()))
            self.asked[path] += 1
            await self._request(path)

    async def _request(self, path: str) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: soak\r\nConnection: close\r\n\r\n".encode())
        stays = self._choice.random() < 0.6
        patience = 60 if stays else self._choice.uniform(0, PATIENCE.get(path, 0.01))
        try:
            async with asyncio.timeout(patience):
                answer = await reader.read()
            assert answer.startswith(b"HTTP/1.1 500" if path == "/soak/fails" else b"HTTP/1.1 200"), answer[:200]
        except TimeoutError:
            self.left += 1
            writer.transport.abort()
        finally:
            writer.close()


@pytest.fixture
def soaked(surroundings: Surroundings) -> Iterator[Running]:
    # Without an exporter: what it keeps in its queue is its own.
    with surroundings.running("engines made before", {"OTEL_EXPORTER_OTLP_ENDPOINT": ""}) as running:
        yield running


async def quiet(running: Running) -> dict[str, Any]:
    """What is left once the last request is over."""
    deadline = time.monotonic() + QUIET_SECONDS
    while True:
        state: dict[str, Any] = (await asyncio.to_thread(running.client.get, "/state")).json()
        if state["open_spans"] == state["records"] == 0 or time.monotonic() > deadline:
            return state
        # Requests whose clients left go on until they end, and announce it to nobody.
        await asyncio.sleep(0.2)


async def test_of_ten_thousand_requests_nothing_stays(soaked: Running) -> None:
    crowd = Crowd(soaked.process.url, seed=20_261_125)
    await crowd.ask(REQUESTS // 5)
    early = await quiet(soaked)
    await crowd.ask(REQUESTS)
    late = await quiet(soaked)

    assert crowd.asked.total() >= REQUESTS, crowd.asked
    assert crowd.left >= crowd.asked.total() // 20
    assert (late["open_spans"], late["records"], late["processors"]) == (0, 0, 1)
    assert late["rss_kb"] - early["rss_kb"] < GROWTH_KB
    assert soaked.metrics().get("telemetry_internal_errors_total", 0) == 0, soaked.process.log_text()[-2_000:]
    # The figures are still those of one request.
    assert soaked.client.get("/soak/async").headers["server-timing"].count('"1 Query"') == 1
