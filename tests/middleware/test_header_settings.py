"""What the environment says about who sees the header, other origins among them."""

from typing import Any

import pytest
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from starlette.responses import Response

import telemetry
from telemetry import ConfigurationError, Settings
from tests.apps import called
from tests.fresh import fresh_with


def from_environment() -> tuple[Any, ...]:
    app = FastAPI()
    telemetry.instrument(app, registry=CollectorRegistry())
    headers = called(app, "/nowhere").headers
    return headers.get("server-timing"), headers.get("timing-allow-origin")


@pytest.mark.parametrize(("value", "shown"), [("", True), ("always", True), ("never", False), ("debug", False)])
def test_the_environment_decides(value: str, shown: bool) -> None:
    assert (fresh_with({"TELEMETRY_EXPOSURE": value}, from_environment)[0] is not None) is shown


def test_other_origins_may_read_it_only_if_they_are_named() -> None:
    origins = "https://shop.example, http://[::1]:8000"
    assert fresh_with({}, from_environment)[1] is None
    assert fresh_with({"TELEMETRY_TIMING_ALLOW_ORIGIN": origins}, from_environment)[1] == origins
    hidden = {"TELEMETRY_TIMING_ALLOW_ORIGIN": origins, "TELEMETRY_EXPOSURE": "never"}
    assert fresh_with(hidden, from_environment) == (None, None)


def test_the_applications_own_list_of_origins_stands() -> None:
    app = FastAPI()

    @app.get("/")
    def own() -> Response:
        return Response(headers={"Timing-Allow-Origin": "https://own.example"})

    telemetry.instrument(app, settings=Settings(timing_allow_origin=("*",)), registry=CollectorRegistry())
    assert called(app, "/").headers.get_list("timing-allow-origin") == ["https://own.example"]
    assert called(app, "/nowhere").headers.get_list("timing-allow-origin") == ["*"]


def refusal() -> str:
    with pytest.raises(ConfigurationError) as refused:
        telemetry.instrument(FastAPI())
    return str(refused.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEMETRY_EXPOSURE", "sometimes"),
        ("TELEMETRY_TRACEPARENT", "01"),
        ("TELEMETRY_TIMING_ALLOW_ORIGIN", "shop.example"),
        ("TELEMETRY_TIMING_ALLOW_ORIGIN", "https://shop.example/path"),
        ("TELEMETRY_TIMING_ALLOW_ORIGIN", "https://shop.example\r\nSet-Cookie: x"),
    ],
)
def test_a_setting_that_cannot_work_is_refused_with_its_name(variable: str, value: str) -> None:
    message = fresh_with({variable: value}, refusal)
    assert message.startswith(f"{variable}={value!r}: ")
    assert "\n" not in message
