"""The header of the one request, and who may see it."""

import pytest

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY, UNWATCHED


@pytest.mark.parametrize("exposure", ["never", "debug"])
def test_a_header_that_is_not_shown_is_explained(examine: Doctor, exposure: str) -> None:
    outcome = examine(HEALTHY, environ={"TELEMETRY_EXPOSURE": exposure})
    assert outcome.code == 0, outcome
    assert outcome.whats("exposure") == (
        f"who sees the figures is decided by {exposure} (TELEMETRY_EXPOSURE is {exposure})"
    )
    assert outcome.whats("header") == "this response shows no figures, as the exposure says"


def test_a_policy_is_named_without_its_key(examine: Doctor) -> None:
    key = "a-signing-key-that-nobody-may-read-here"
    outcome = examine(UNWATCHED + f"telemetry.instrument(app, exposure=telemetry.SignedToken({key!r}))\n")
    assert "is decided by SignedToken" in outcome.whats("exposure")
    assert key not in outcome.out + outcome.err


def test_a_header_that_is_lost_on_its_way_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "inner = app\n"
        "class Stripping:\n"
        "    app = inner\n"
        "    async def __call__(self, scope, receive, send):\n"
        "        async def stripped(message):\n"
        "            await send({**message, 'headers': []} if 'headers' in message else message)\n"
        "        await inner(scope, receive, stripped)\n"
        "app = Stripping()\n"
    )
    assert outcome.problems() == [("header", "the response has no Server-Timing, although everybody may see it")]


def test_the_cache_answer_of_the_request_is_in_its_header(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from fastapi import Request\n@app.get('/cached')\ndef cached(request: Request) -> None:\n"
        "    telemetry.update_cache_status(request, True)\n",
        "--path",
        "/cached",
    )
    assert 'cache;desc="Cache Hit"' in outcome.whats("header")
    assert "no cache entry" not in outcome.whats("figures")
