"""What the environment says about telemetry itself; exporters follow the standard OTEL_* variables."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator

from telemetry.errors import ConfigurationError

_PREFIX: Final = "TELEMETRY_"
# `*`, or scheme, host and port as browsers compare them. https://fetch.spec.whatwg.org/#http-new-header-syntax
_ORIGIN = re.compile(r"\*|https?://[a-z0-9.-]+(?::[0-9]{1,5})?|https?://\[[0-9a-f:.]+\](?::[0-9]{1,5})?")


def _origin(text: str) -> str:
    if _ORIGIN.fullmatch(text) is None:
        raise ValueError("this is no origin; write for example https://shop.example, in small letters, without a path")
    return text


class Settings(BaseModel):
    """Settings of telemetry, each read from `TELEMETRY_` and its name in capitals.

    Attributes:
        enabled: False leaves the application as it was.
        flush_seconds: Longest wait for the exporter when the application stops, s, > 0 and at most 60.
        exposure: Who sees the figures in the response: `always` everybody, `never` nobody, `debug` everybody while
            the application is in debug mode. `docs/security.md` says what the figures reveal.
        traceparent: Whether the response of a sampled request names its SERVER span, for monitoring in the browser.
        operation_spans: Whether traces hold FastAPI's spans of dependencies, endpoint and serialization, where the
            tracer provider is ours; one that was there before keeps what its owner chose.
        budgets: Path of the file with the performance budgets; none are judged without one.
        kept_traces_per_minute: Traces over budget, or of failed requests, that are exported within a minute though they
            were not sampled, >= 0; only with budgets.
        budget_entry: Whether the header names, to those who see everything, the budgets that were over when the
            response started.
        timing_allow_origin: Origins such as `https://shop.example` whose scripts may read the figures, separated by
            commas in the environment; `*` for all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    enabled: bool = True
    flush_seconds: float = Field(default=2.0, gt=0, le=60)
    exposure: Literal["always", "never", "debug"] = "always"
    traceparent: bool = False
    operation_spans: bool = False
    budgets: str | None = None
    budget_entry: bool = False
    kept_traces_per_minute: int = Field(default=600, ge=0, le=100_000)
    timing_allow_origin: tuple[Annotated[str, AfterValidator(_origin)], ...] = ()

    @field_validator("timing_allow_origin", mode="before")
    @classmethod
    def _separated(cls, value: object) -> object:
        return tuple(origin.strip() for origin in value.split(",")) if isinstance(value, str) else value

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Settings as the environment gives them; an empty value counts as not set.

        Args:
            environ: Process environment.

        Raises:
            ConfigurationError: A value cannot work; the message names the variable, its value and what is allowed.
        """
        values = {name: environ[_variable(name)] for name in cls.model_fields if environ.get(_variable(name))}
        if is_sdk_disabled(environ):
            values["enabled"] = "false"
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ConfigurationError(_message(error.errors()[0])) from None


def is_sdk_disabled(environ: Mapping[str, str]) -> bool:
    """Whether the specification's own switch is off: then there are no spans to take figures from.

    Args:
        environ: Process environment.

    Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
    """
    return environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def _variable(name: str) -> str:
    return _PREFIX + name.upper()


def _message(error: Any) -> str:
    return f"{_variable(str(error['loc'][0]))}={error['input']!r}: {error['msg']}"
