"""Settings of the service, from the environment and from `.env` in the checkout."""

import hashlib
import ipaddress
from pathlib import Path
from typing import Any, Final, Literal, Self

from dotenv import load_dotenv
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.database_url import DatabaseUrls
from telemetry import ConfigurationError
from telemetry.cache import RedisConnection, TlsFiles

ROOT: Final = Path(__file__).resolve().parent.parent

_TLS_FILES: Final = ("redis_tls_ca_certs_file", "redis_tls_certfile", "redis_tls_keyfile")


class Settings(BaseSettings):
    """Settings, each read from the variable of its name in capitals; an empty value counts as not set.

    Attributes:
        host: Address that the service listens on.
        port: 0 takes a free one.
        debug: Errors show their stack trace.
        debug_allow_remote: Also to other machines.
        database_url: One URL for both engines; None for the demo file.
        demo_data_dir: Where the demo file is.
        redis_host: None for the demo store.
        redis_cache_ttl: How long the cache keeps a value, s, 1 second to 365 days.
        telemetry_budgets: The file with the performance budgets.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65_535)
    debug: bool = False
    debug_allow_remote: bool = False

    database_url: SecretStr | None = None
    demo_data_dir: Path = ROOT / ".data"

    redis_host: str | None = None
    redis_port: int = Field(default=6379, ge=1, le=65_535)
    redis_username: str | None = None
    redis_password: SecretStr | None = None
    redis_cluster_mode: bool = False
    redis_cache_ttl: int = Field(default=3600, ge=1, le=365 * 86_400)
    telemetry_budgets: Path = ROOT / "service" / "budgets.yaml"
    redis_tls_enabled: bool = False
    redis_tls_cert_reqs: Literal["none", "optional", "required"] = "required"
    redis_tls_ca_certs_file: str | None = None
    redis_tls_certfile: str | None = None
    redis_tls_keyfile: str | None = None

    @field_validator("database_url")
    @classmethod
    def _check_database_url(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            DatabaseUrls.parse(value.get_secret_value())
        return value

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.debug and not self.debug_allow_remote and not is_loopback(self.host):
            raise ValueError(
                f"DEBUG=true would show stack traces to whoever reaches HOST={self.host!r}: "
                "set DEBUG=false, or DEBUG_ALLOW_REMOTE=true if that is meant"
            )
        for name in _TLS_FILES:
            if getattr(self, name) is not None and not self.redis_tls_enabled:
                raise ValueError(
                    f"{name.upper()} is set, but TLS is off: set REDIS_TLS_ENABLED=true, or remove the file"
                )
        for name in ("redis_username", "redis_password", "redis_cluster_mode", "redis_tls_enabled"):
            if getattr(self, name) and self.redis_host is None:
                raise ValueError(f"{name.upper()} is set, but no server: set REDIS_HOST too, or remove it")
        self.redis()
        return self

    @property
    def demo_file(self) -> Path:
        """The SQLite file that stands for a database where none is configured."""
        return self.demo_data_dir.resolve() / "demo.sqlite3"

    def database_urls(self) -> DatabaseUrls:
        """Where the data are."""
        if self.database_url is None:
            return DatabaseUrls.of_file(self.demo_file)
        return DatabaseUrls.parse(self.database_url.get_secret_value())

    def redis(self) -> RedisConnection | None:
        """The Redis server; None for the demo store.

        Raises:
            ValueError: A value cannot work; the message names the variable.
        """
        if self.redis_host is None:
            return None
        try:
            return RedisConnection(
                host=self.redis_host,
                port=self.redis_port,
                username=self.redis_username,
                password=None if self.redis_password is None else self.redis_password.get_secret_value(),
                cluster_mode=self.redis_cluster_mode,
                tls=self._tls() if self.redis_tls_enabled else None,
            )
        except ConfigurationError as error:
            raise ValueError(_with_variables(str(error))) from None

    def cache_application(self) -> str:
        """Name that keeps the entries of this database apart from those of others in the same Redis."""
        url = self.database_urls().synchronous.set(password=None)
        return f"candid-{hashlib.sha256(str(url).encode()).hexdigest()[:8]}"

    def secrets(self) -> list[str]:
        """Values that must not be shown."""
        password = self.database_urls().synchronous.password
        texts = [value.get_secret_value() for value in (self.database_url, self.redis_password) if value is not None]
        return [*texts, *([str(password)] if password else [])]

    def _tls(self) -> TlsFiles:
        return TlsFiles(
            cert_reqs=self.redis_tls_cert_reqs,
            ca_file=self.redis_tls_ca_certs_file,
            cert_file=self.redis_tls_certfile,
            key_file=self.redis_tls_keyfile,
        )


def load_settings(**defaults: Any) -> Settings:
    """Settings of the process.

    `.env` becomes part of the environment, where it does not say otherwise:
    telemetry and OpenTelemetry read their variables there.

    Args:
        defaults: For variables that are not set.

    Raises:
        ConfigurationError: A value cannot work; the message is one line and shows no secret.
    """
    load_dotenv(ROOT / ".env")
    try:
        set_names = Settings().model_fields_set
        return Settings(**{name: value for name, value in defaults.items() if name not in set_names})
    except ValidationError as error:
        raise ConfigurationError("; ".join(_message(each) for each in error.errors())) from None


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches *host*."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _message(error: Any) -> str:
    text = error["msg"].removeprefix("Value error, ")
    if not error["loc"]:
        return str(text)
    name = error["loc"][0]
    is_secret = "SecretStr" in str(Settings.model_fields[name].annotation)
    return f"{name.upper()} {text}" if is_secret else f"{name.upper()}={error['input']!r}: {text}"


def _with_variables(message: str) -> str:
    for field, variable in _VARIABLES.items():
        message = message.replace(field, variable)
    return message


# Longest first: a field of the cache by its full name, then the short one that follows in a message.
_VARIABLES: Final = {
    "RedisConnection.host": "REDIS_HOST",
    "RedisConnection.username": "REDIS_USERNAME",
    "TlsFiles.ca_file": "REDIS_TLS_CA_CERTS_FILE",
    "TlsFiles.cert_file": "REDIS_TLS_CERTFILE",
    "TlsFiles.key_file": "REDIS_TLS_KEYFILE",
    "cert_file": "REDIS_TLS_CERTFILE",
    "key_file": "REDIS_TLS_KEYFILE",
}
