"""A value that cannot work is refused at the start, in one line that names the variable and never a password."""

import logging
from pathlib import Path

import pytest

from service.database_url import DatabaseUrls
from service.settings import Settings, load_settings
from telemetry import ConfigurationError

SECRET = "s3cr3t-w0rd"
REDIS = {"REDIS_HOST": "cache.internal"}
TLS = {**REDIS, "REDIS_TLS_ENABLED": "true"}


@pytest.fixture(autouse=True)
def _no_dotenv(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("service.settings.ROOT", tmp_path)


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({"PORT": "99999"}, "PORT"),
        ({"PORT": "http"}, "PORT"),
        ({"DEBUG": "perhaps"}, "DEBUG"),
        ({"DEBUG": "true", "HOST": "0.0.0.0"}, "DEBUG_ALLOW_REMOTE"),
        ({"DEBUG": "true", "HOST": "::"}, "DEBUG_ALLOW_REMOTE"),
        ({"DEBUG": "true", "HOST": "example.org"}, "DEBUG_ALLOW_REMOTE"),
        ({"DATABASE_URL": f"mysql://me:{SECRET}@db/shop"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql+pg8000://me:{SECRET}@db/shop"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:{SECRET}@db:port/shop"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:{SECRET}@db/shop?connect_timeout=3"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"postgresql://me:{SECRET}@db/shop?sslmode=perhaps"}, "DATABASE_URL"),
        ({"DATABASE_URL": f"host=db password={SECRET}"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite://"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:///:memory:"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////no/such/directory/x.db"}, "DATABASE_URL"),
        ({"DATABASE_URL": "sqlite:////tmp"}, "DATABASE_URL"),
        ({**REDIS, "REDIS_PORT": "0"}, "REDIS_PORT"),
        ({"REDIS_HOST": f"redis://:{SECRET}@cache:6379"}, "REDIS_HOST"),
        ({"REDIS_HOST": f"me:{SECRET}@cache"}, "REDIS_HOST"),
        ({**REDIS, "REDIS_USERNAME": "me"}, "REDIS_USERNAME"),
        ({"REDIS_PASSWORD": SECRET}, "REDIS_HOST"),
        ({"REDIS_CLUSTER_MODE": "true"}, "REDIS_HOST"),
        ({"REDIS_TLS_ENABLED": "true"}, "REDIS_HOST"),
        ({"REDIS_CACHE_TTL": "0"}, "REDIS_CACHE_TTL"),
        ({"REDIS_CACHE_TTL": "1e9"}, "REDIS_CACHE_TTL"),
        ({**TLS, "REDIS_TLS_CERT_REQS": "perhaps"}, "REDIS_TLS_CERT_REQS"),
        ({**REDIS, "REDIS_TLS_CA_CERTS_FILE": __file__}, "REDIS_TLS_ENABLED"),
        ({**REDIS, "REDIS_TLS_CERTFILE": __file__}, "REDIS_TLS_ENABLED"),
        ({**REDIS, "REDIS_TLS_KEYFILE": __file__}, "REDIS_TLS_ENABLED"),
        ({**TLS, "REDIS_TLS_CA_CERTS_FILE": "/no/such/file"}, "REDIS_TLS_CA_CERTS_FILE"),
        ({**TLS, "REDIS_TLS_CA_CERTS_FILE": __file__}, "REDIS_TLS_CA_CERTS_FILE"),
        ({**TLS, "REDIS_TLS_CERTFILE": "/no/such/file"}, "REDIS_TLS_CERTFILE"),
        ({**TLS, "REDIS_TLS_KEYFILE": __file__}, "REDIS_TLS_KEYFILE"),
        ({**TLS, "REDIS_TLS_CERTFILE": __file__, "REDIS_TLS_KEYFILE": __file__}, "REDIS_TLS_CERTFILE"),
    ],
    ids=lambda value: (
        "&".join(f"{name}={text[-30:]}" for name, text in value.items()) if isinstance(value, dict) else ""
    ),
)
def test_what_cannot_work_is_refused(monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], names: str) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    with pytest.raises(ConfigurationError) as refusal:
        load_settings()

    message = str(refusal.value)
    assert names in message
    assert "\n" not in message
    assert SECRET not in message
    assert "TlsFiles" not in message
    assert "RedisConnection" not in message


@pytest.mark.parametrize(
    ("given", "asynchronous", "synchronous"),
    [
        ("postgresql://me:pw@db/shop", "postgresql+asyncpg://me:pw@db/shop", "postgresql+psycopg://me:pw@db/shop"),
        ("postgres://db/shop", "postgresql+asyncpg://db/shop", "postgresql+psycopg://db/shop"),
        ("postgresql+asyncpg://db/shop", "postgresql+asyncpg://db/shop", "postgresql+psycopg://db/shop"),
        ("postgresql+psycopg://db/shop", "postgresql+asyncpg://db/shop", "postgresql+psycopg://db/shop"),
        (
            "postgresql://db:5433/shop?sslmode=verify-full",
            "postgresql+asyncpg://db:5433/shop?ssl=verify-full",
            "postgresql+psycopg://db:5433/shop?sslmode=verify-full",
        ),
        ("sqlite:////tmp/x.db", "sqlite+aiosqlite:////tmp/x.db", "sqlite+pysqlite:////tmp/x.db"),
        ("sqlite+aiosqlite:///x.db", "sqlite+aiosqlite:///x.db", "sqlite+pysqlite:///x.db"),
    ],
)
def test_one_database_url_serves_both_drivers(given: str, asynchronous: str, synchronous: str) -> None:
    urls = DatabaseUrls.parse(given)

    assert urls.asynchronous.render_as_string(hide_password=False) == asynchronous
    assert urls.synchronous.render_as_string(hide_password=False) == synchronous


def test_an_empty_value_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")

    assert load_settings() == Settings()


def test_the_environment_goes_before_the_file_and_the_file_before_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PORT=1111\nREDIS_CACHE_TTL=60\nOTEL_SERVICE_NAME=shop\n")
    monkeypatch.setenv("PORT", "2222")
    # So that what the file adds to the environment is taken back.
    monkeypatch.setenv("OTEL_SERVICE_NAME", "")
    monkeypatch.delenv("OTEL_SERVICE_NAME")
    monkeypatch.setenv("REDIS_CACHE_TTL", "")
    monkeypatch.delenv("REDIS_CACHE_TTL")

    settings = load_settings()

    assert (settings.port, settings.redis_cache_ttl, settings.redis_port) == (2222, 60, 6379)


def test_debug_can_be_shown_to_others_when_that_is_said_twice() -> None:
    assert Settings(debug=True, host="0.0.0.0", debug_allow_remote=True).debug


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_debug_is_allowed_where_nobody_else_listens(host: str) -> None:
    assert Settings(debug=True, host=host).debug


def test_no_password_is_in_what_the_settings_print(caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(
        database_url=f"postgresql://me:{SECRET}@db/shop",
        redis_host="cache",
        redis_password=SECRET,
    )
    logging.getLogger("service").warning("%s %r %s", settings, settings.redis(), settings.database_urls())

    assert SECRET not in caplog.text
    assert SECRET in settings.secrets()


def test_the_example_lists_every_setting_and_works_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    example = Path(__file__).parents[2] / ".env.example"
    lines = [line.lstrip("# ") for line in example.read_text().splitlines() if "=" in line]
    values = dict(line.split("=", 1) for line in lines)
    for name, value in values.items():
        if name.lower() in Settings.model_fields:
            monkeypatch.setenv(name, value)

    assert {name.upper() for name in Settings.model_fields} <= set(values)
    assert load_settings() == Settings()
