"""What an error of the service tells, and to whom."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Request
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.main import create_app
from service.redaction import MARK, redacted
from service.settings import Settings

HEADERS = {
    "Authorization": "Bearer tok3n-of-the-caller",
    "Cookie": "sid=c00kie-value; theme=dark",
    "X-Api-Key": "k3y-in-header",
    "X-Csrf-Token": "csrf-v4lue",
    "X-Forwarded-For": "203.0.113.9",
}
QUERY = "password=p4ssw0rd&access_token=t0k3n-in-query&page=3"
SECRETS = ["tok3n-of-the-caller", "c00kie-value", "k3y-in-header", "csrf-v4lue", "p4ssw0rd", "t0k3n-in-query"]

Failing = Callable[..., TestClient]


@pytest.fixture
def failing(demo_dir: Any) -> Failing:
    """A service with a route that fails with what the request holds in its message."""

    def failing(base_url: str = "http://127.0.0.1:8000", **values: Any) -> TestClient:
        app: FastAPI = create_app(Settings(demo_data_dir=demo_dir, **values))

        @app.get("/fail")
        def fail(request: Request) -> None:
            raise RuntimeError(f"no luck with {dict(request.headers)} {request.url.query} {request.cookies}")

        @app.get("/fail/{text}")
        def fail_with(text: str) -> None:
            raise RuntimeError(text)

        return TestClient(app, base_url, raise_server_exceptions=False)

    return failing


def test_with_debug_an_error_shows_message_stack_and_request(failing: Failing) -> None:
    response = failing(debug=True).get(f"/fail?{QUERY}", headers=HEADERS)
    debug = response.json()["debug"]

    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert debug["error"] == "RuntimeError"
    assert debug["message"].startswith("no luck with")
    assert any("in fail" in line for line in debug["stack"])
    assert debug["request"]["method"] == "GET"
    assert debug["request"]["path"] == "/fail"
    assert debug["request"]["query"]["page"] == "3"
    assert debug["request"]["headers"]["x-forwarded-for"] == "203.0.113.9"


@pytest.mark.parametrize("secret", SECRETS)
def test_with_debug_no_secret_of_the_request_is_shown_anywhere(failing: Failing, secret: str) -> None:
    response = failing(debug=True).get(f"/fail?{QUERY}", headers=HEADERS)

    assert MARK in response.text
    assert secret not in response.text


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgresql://me:s3cr3t@db",
        "cannot reach redis://:s3cr3t@cache:6379",
        'sent "Authorization: Bearer s3cr3t"',
        "password=s3cr3t",
        "api_key: 's3cr3t and more'",
        '{"client_secret": "s3cr3t"}',
        "got eyJhbGciOi.s3cr3t.sig",
        "the configured word is conf1gured-w0rd",
    ],
)
def test_with_debug_what_looks_secret_is_redacted_from_the_message(failing: Failing, text: str) -> None:
    client = failing(debug=True, redis_host="127.0.0.1", redis_port=1, redis_password="conf1gured-w0rd")
    response = client.get("/fail/" + text.replace("/", "%2F"))

    assert response.status_code == 500 or response.status_code == 404
    assert "s3cr3t" not in redacted(text, ["conf1gured-w0rd"])
    assert "s3cr3t" not in response.text
    assert "conf1gured-w0rd" not in response.text


@given(st.text(max_size=40), st.text(min_size=4, max_size=20))
def test_a_known_secret_never_survives(text: str, secret: str) -> None:
    assert secret not in redacted(text + secret + text, [secret]).replace(MARK, "")


def test_without_debug_an_error_tells_an_id_that_the_log_has_too(
    failing: Failing, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "service"):
        response = failing().get("/fail", headers=HEADERS)
    body = response.json()

    assert response.status_code == 500
    assert set(body) == {"type", "title", "status", "detail", "error_id"}
    assert re.fullmatch("[0-9a-f]{16}", body["error_id"])
    assert body["error_id"] in caplog.text
    assert "RuntimeError" not in response.text


def test_the_traceback_that_a_server_logs_carries_the_id(failing: Failing) -> None:
    client = failing()
    client = TestClient(client.app, "http://127.0.0.1", raise_server_exceptions=True)

    with pytest.raises(RuntimeError) as failure:
        client.get("/fail")

    assert re.fullmatch("error id: [0-9a-f]{16}", failure.value.__notes__[0])


@pytest.mark.parametrize("base_url", ["http://192.0.2.1:8000", "http://testserver"])
def test_debug_information_stays_on_this_machine_whatever_the_server_was_bound_to(
    failing: Failing, base_url: str
) -> None:
    assert "debug" not in failing(base_url, debug=True).get("/fail").json()
    assert "debug" in failing(base_url, debug=True, debug_allow_remote=True).get("/fail").json()
