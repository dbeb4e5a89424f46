"""Which application is watched, whatever stands around it, below it or beside it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY, UNWATCHED


def test_telemetry_called_for_another_application_is_a_problem(examine: Doctor) -> None:
    outcome = examine(UNWATCHED + "other = FastAPI()\ntelemetry.instrument(other)\n")
    assert outcome.code == 1
    assert "telemetry.instrument was called for another application" in outcome.whats("application")


def test_telemetry_called_for_a_mounted_application_only_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        UNWATCHED + "below = FastAPI()\napp.mount('/below', below)\ntelemetry.instrument(below)\n", "--path", "/below/"
    )
    assert outcome.code == 1
    assert "for what is mounted at /below: only that is seen" in outcome.whats("application")


@pytest.mark.parametrize("environ", [{"TELEMETRY_ENABLED": "false"}, {"OTEL_SDK_DISABLED": "true"}], ids=str)
def test_telemetry_that_is_switched_off_is_a_problem(examine: Doctor, environ: Mapping[str, str]) -> None:
    outcome = examine(HEALTHY, environ=environ)
    assert outcome.code == 1
    assert "telemetry is switched off" in outcome.whats("application")


def test_middlewares_around_the_application_are_named(examine: Doctor) -> None:
    outcome = examine(HEALTHY + "from starlette.middleware.cors import CORSMiddleware\napp = CORSMiddleware(app)\n")
    assert outcome.code == 0, outcome
    assert "outside of telemetry stands CORSMiddleware" in outcome.whats("application")


def test_an_application_that_does_not_start_is_a_problem_and_the_rest_is_looked_at(examine: Doctor) -> None:
    source = HEALTHY + (
        "async def lifespan(app):\n"
        "    raise ConnectionError('cannot reach postgresql://me:unspoken@db/shop')\n    yield\n"
        "from contextlib import asynccontextmanager\napp.router.lifespan_context = asynccontextmanager(lifespan)\n"
    )
    outcome = examine(source, "-v")
    assert outcome.code == 1
    assert (
        "application",
        "it does not start: ConnectionError: cannot reach postgresql://***@db/shop",
    ) in outcome.problems()
    assert not outcome.findings("request")
    assert outcome.findings("engine")
    assert "Traceback" in outcome.err
    assert "unspoken" not in outcome.out + outcome.err


def test_the_lifespan_runs_and_its_state_reaches_the_request(examine: Doctor, tmp_path: Path) -> None:
    source = (
        "import pathlib\n"
        + HEALTHY
        + (
            "from contextlib import asynccontextmanager\nfrom fastapi import Request\n"
            "@asynccontextmanager\nasync def lifespan(app):\n"
            "    yield {'word': 'open'}\n    pathlib.Path('closed').touch()\n"
            "app.router.lifespan_context = lifespan\n"
            "@app.get('/state')\ndef state(request: Request):\n    assert request.state.word == 'open'\n"
        )
    )
    assert examine(source, "--path", "/state").whats("request") == "GET /state: status 200"
    assert (tmp_path / "closed").exists()


def test_an_application_of_another_kind_is_a_problem_and_no_crash(examine: Doctor) -> None:
    outcome = examine(
        "async def app(scope, receive, send):\n"
        "    assert scope['type'] == 'http'\n"
        "    await send({'type': 'http.response.start', 'status': 204, 'headers': []})\n"
        "    await send({'type': 'http.response.body'})\n"
    )
    assert outcome.problems() == [
        ("application", "application:app holds no FastAPI or Starlette application, only function")
    ]
    assert outcome.whats("request") == "GET /: status 204"


def test_a_request_that_hangs_ends_doctor_all_the_same(examine: Doctor) -> None:
    hanging = "import time\n" + HEALTHY + "app.get('/hang')(lambda: time.sleep(100))\n"
    outcome = examine(hanging, "--path", "/hang", "--timeout", "0.2")
    assert outcome.code == 1
    assert outcome.problems() == [("request", "GET /hang: no response; it had not ended after 0.2 s")]


def test_a_stream_without_end_is_left_after_its_header_was_read(examine: Doctor) -> None:
    source = (
        "import asyncio\n"
        + HEALTHY
        + (
            "from starlette.responses import StreamingResponse\n"
            "async def ticks():\n    while True:\n        yield b'.'\n        await asyncio.sleep(0.01)\n"
            "app.get('/ticks')(lambda: StreamingResponse(ticks()))\n"
        )
    )
    outcome = examine(source, "--path", "/ticks", "--timeout", "0.3")
    assert outcome.code == 0, outcome
    assert outcome.whats("request") == "GET /ticks: status 200; it had not ended after 0.3 s"
    assert "total;dur=" in outcome.whats("header")


def test_a_check_that_fails_is_a_finding_and_the_others_go_on(examine: Doctor) -> None:
    strange = HEALTHY + (
        "class Strange(type(engine.dialect)):\n"
        "    @property\n    def driver(self):\n        raise LookupError('password=unspoken is no driver')\n"
        "    @driver.setter\n    def driver(self, value): pass\n"
        "other = create_engine('sqlite:///other.sqlite')\n"
        "other.dialect.__class__ = Strange\n"
    )
    outcome = examine(strange, "-v")
    assert outcome.code == 1
    assert ("engines", "this check failed: LookupError: password=*** is no driver") in outcome.problems()
    assert outcome.findings("versions")
    assert "Traceback" in outcome.err
    assert "unspoken" not in outcome.out + outcome.err


def test_failures_of_telemetry_itself_are_problems(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from telemetry.errors import Guard\n"
        "@app.get('/fails')\ndef fails() -> None:\n    with Guard('cache'):\n        raise LookupError\n",
        "--path",
        "/fails",
    )
    assert [part for part, _ in outcome.problems()] == ["application"]
    assert "telemetry itself failed 1 times in cache" in outcome.whats("application")


def test_objects_that_the_application_froze_are_said_not_to_be_found(examine: Doctor) -> None:
    outcome = examine(HEALTHY + "import gc\ngc.freeze()\n")
    assert outcome.code == 0, outcome
    assert "frozen by gc.freeze" in outcome.whats("inventory")
