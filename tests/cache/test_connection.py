"""A connection that cannot work is refused when it is made, in words that help and give nothing away."""

import dataclasses
import subprocess
from pathlib import Path
from typing import Any

import pytest

from telemetry.cache import Limits, RedisConnection, Store, TlsFiles
from telemetry.errors import ConfigurationError


@pytest.fixture
def files(tmp_path: Path) -> dict[str, str]:
    """A certificate with its key, the key of another one, an encrypted key, and text."""
    for name in ("mine", "other"):
        subprocess.run(
            f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
            f"-keyout {name}.key -out {name}.pem -subj /CN={name}".split(),
            check=True,
            cwd=tmp_path,
            capture_output=True,
        )
    subprocess.run(
        ["openssl", "ec", "-in", "mine.key", "-aes256", "-passout", "pass:x", "-out", "locked.key"],
        check=True,
        cwd=tmp_path,
        capture_output=True,
    )
    (tmp_path / "text").write_text("not PEM")
    return {path.name: str(path) for path in tmp_path.iterdir()}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("host", ""),
        ("host", "redis://cache:6379"),
        ("host", "user:s3cret@cache"),
        ("host", "cache internal"),
        ("port", 0),
        ("port", 65_536),
        ("port", True),
        ("username", "app"),
    ],
)
def test_a_field_that_cannot_work_is_named_with_a_remedy(field: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"^RedisConnection\.{field} is .*: give ") as caught:
        RedisConnection(**{"host": "cache", field: value})
    assert "s3cret" not in str(caught.value)


def test_the_password_is_never_shown() -> None:
    connection = RedisConnection("cache", username="app", password="s3cret")
    assert "s3cret" not in f"{connection} {connection!r} {vars(type(connection))}"


def test_a_connection_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RedisConnection("cache").port = 1  # type: ignore[misc]  # the point of the test


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"cert_reqs": "maybe"}, "cert_reqs", id="unknown requirement"),
        pytest.param({"ca_file": "/nowhere/ca.pem"}, "ca_file", id="missing authority"),
        pytest.param({"ca_file": "text"}, "ca_file", id="authority that is text"),
        pytest.param({"key_file": "mine.key"}, "key_file", id="key alone"),
        pytest.param({"cert_file": "mine.pem"}, "cert_file", id="certificate alone"),
        pytest.param({"cert_file": "mine.pem", "key_file": "other.key"}, "cert_file", id="key of another"),
        pytest.param({"cert_file": "mine.pem", "key_file": "locked.key"}, "cert_file", id="encrypted key"),
        pytest.param({"cert_file": "text", "key_file": "mine.key"}, "cert_file", id="certificate that is text"),
    ],
)
def test_tls_files_that_cannot_work_are_named(fields: dict[str, Any], named: str, files: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match=rf"^TlsFiles\.{named} is "):
        TlsFiles(**{name: files.get(value, value) for name, value in fields.items()})


def test_tls_files_that_belong_together_are_taken(files: dict[str, str]) -> None:
    TlsFiles("required", files["other.pem"], files["mine.pem"], files["mine.key"])


def test_not_checking_the_server_is_said_aloud(caplog: pytest.LogCaptureFixture) -> None:
    Store.connect(RedisConnection("cache", tls=TlsFiles(cert_reqs="required")))
    assert caplog.messages == []
    Store.connect(RedisConnection("cache", tls=TlsFiles(cert_reqs="none")))
    assert caplog.messages == ["cache: TLS does not check who the Redis server is (cert_reqs none)"]


def test_an_application_name_that_cannot_be_part_of_a_key_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="application is 'My App'"):
        Store.connect(RedisConnection("cache"), application="My App")


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Limits)])
def test_a_limit_of_nothing_is_refused(field: str) -> None:
    with pytest.raises(ConfigurationError, match=rf"Limits\.{field} is 0"):
        Limits(**{field: 0})
