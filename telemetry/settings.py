"""What the environment says about telemetry itself; exporters follow the standard OTEL_* variables."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from telemetry.errors import ConfigurationError

_PREFIX: Final = "TELEMETRY_"


class Settings(BaseModel):
    """Settings of telemetry, each read from `TELEMETRY_` and its name in capitals.

    Attributes:
        enabled: False leaves the application as it was.
        flush_seconds: Longest wait for the exporter when the application stops, s, > 0 and at most 60.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    flush_seconds: float = Field(default=2.0, gt=0, le=60)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings as the environment gives them; an empty value counts as not set.

        Args:
            environ: Process environment.

        Raises:
            ConfigurationError: A value cannot work; the message names the variable, its value and what is allowed.
        """
        values = {name: environ[_variable(name)] for name in cls.model_fields if environ.get(_variable(name))}
        # The specification's own switch: with the SDK off there are no spans to take figures from.
        # https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#general-sdk-configuration
        if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
            values["enabled"] = "false"
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigurationError(_message(error.errors()[0])) from None


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _message(error: Any) -> str:
    return f"{_variable(str(error['loc'][0]))}={error['input']!r}: {error['msg']}"
