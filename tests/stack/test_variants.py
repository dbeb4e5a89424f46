"""However an application is put together, the same requests have the same figures."""

from collections.abc import Iterator

import httpx
import pytest
import redis

from tests.stack import claims
from tests.stack.running import Running, Seen, Surroundings
from tests.stack.variants import CORE, VARIANTS, Variant


# Of the session, so that pytest keeps the tests of one variant together: each starts a process.
@pytest.fixture(scope="session", params=VARIANTS, ids=lambda variant: variant.name)
def variant(request: pytest.FixtureRequest) -> Variant:
    found: Variant = request.param
    return found


@pytest.fixture(scope="session")
def built(variant: Variant, surroundings: Surroundings) -> Iterator[Running]:
    """The application, put together in that way, with an empty cache."""
    with redis.Redis.from_url(surroundings.redis.url) as store:
        store.flushdb()
    with surroundings.running(variant.builds, variant.environ, name=variant.name) as running:
        yield running


@pytest.fixture(scope="module", params=CORE, ids=lambda mode: mode.name)
def seen(request: pytest.FixtureRequest, built: Running, variant: Variant) -> Seen:
    seen = built.observe(request.param, exports=variant.exports)
    assert seen.response.status_code == seen.mode.status, built.process.log_text()
    return seen


def test_the_header_has_the_figures_of_the_mode(seen: Seen) -> None:
    claims.queries_are_those_that_were_sent(seen)
    claims.time_is_that_of_the_sleep(seen)
    claims.cache_is_what_answered(seen)
    claims.late_and_outside_are_counted_apart(seen)


def test_the_span_has_the_figures_of_the_mode_if_it_is_exported(seen: Seen, variant: Variant) -> None:
    if variant.exports:
        claims.span_has_the_figures_up_to_the_last_byte(seen)
        claims.other_waits_stand_beside(seen)


@pytest.mark.parametrize("environ", [{"TELEMETRY_ENABLED": "false"}, {"OTEL_SDK_DISABLED": "true"}], ids=str)
def test_switched_off_it_leaves_the_application_alone(surroundings: Surroundings, environ: dict[str, str]) -> None:
    with surroundings.running("engines made before", environ) as running:
        answers = [running.client.get(path) for path in ("/psycopg/sync", "/thread/bound", "/by-hand/true", "/none")]
        metrics = running.client.get("/metrics")

    assert {answer.status_code for answer in answers} == {200}
    assert not any("server-timing" in answer.headers for answer in answers)
    assert metrics.status_code == httpx.codes.NOT_FOUND
