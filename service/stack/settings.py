"""Settings of the stack, from the environment and from `.env` in the checkout."""

from collections import Counter
from pathlib import Path
from typing import Annotated, Final, Self

from dotenv import load_dotenv
from pydantic import Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.settings import ROOT, Settings
from telemetry import ConfigurationError

HOST: Final = "127.0.0.1"

Port = Annotated[int, Field(ge=1, le=65_535)]


class StackSettings(BaseSettings):
    """Settings, each read from the variable of its name in capitals; an empty value counts as not set.

    Those of the Collector and of Jaeger are variables of `otel-collector.yaml` and `jaeger.yaml`.

    Attributes:
        port: Of the service.
        demo_data_dir: Where the stack has its files while it runs.
        collector_http_port: OTLP.
        collector_span_metrics_port: Figures of all spans.
        jaeger_grpc_port: Where the Collector sends traces.
        jaeger_query_port: Pages and API.
        stack_alerts_port: Of the receiver; `alertmanager.yml` names 9099.
        stack_requests_per_second: Of the demo traffic, at most.
    """

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    port: Port = 8000
    demo_data_dir: Path = ROOT / ".data"
    collector_grpc_port: Port = 4317
    collector_http_port: Port = 4318
    collector_health_port: Port = 13133
    collector_metrics_port: Port = 8888
    collector_span_metrics_port: Port = 8889
    jaeger_grpc_port: Port = 14317
    jaeger_query_port: Port = 16686
    jaeger_query_grpc_port: Port = 16685
    jaeger_health_port: Port = 13134
    jaeger_metrics_port: Port = 8887
    stack_prometheus_port: Port = 9090
    stack_alertmanager_port: Port = 9093
    stack_alerts_port: Port = 9099
    stack_requests_per_second: int = Field(default=8, ge=1, le=100)

    @model_validator(mode="after")
    def _check_ports(self) -> Self:
        twice = [port for port, count in Counter(self.ports().values()).items() if count > 1]
        if twice:
            names = [name for name, port in self.ports().items() if port in twice]
            raise ValueError(f"{' and '.join(names)} name the same port: give each its own")
        return self

    def ports(self, *prefixes: str) -> dict[str, int]:
        """Ports by their variables; those that begin so, if prefixes are given."""
        named = {name.upper(): value for name, value in self if name == "port" or name.endswith("_port")}
        return {name: port for name, port in named.items() if name.startswith(prefixes or "")}


def load_stack_settings() -> StackSettings:
    """Settings of the process.

    Raises:
        ConfigurationError: A value cannot work; the message is one line.
    """
    load_dotenv(ROOT / ".env")
    try:
        return StackSettings()
    except ValidationError as error:
        raise ConfigurationError("; ".join(_message(each) for each in error.errors())) from None


def own_environ() -> dict[str, str]:
    """The service's own settings as not set, also where `.env` sets them: the stack brings what they name."""
    return {name.upper(): "" for name in Settings.model_fields}


def _message(error: ErrorDetails) -> str:
    text = error["msg"].removeprefix("Value error, ")
    return f"{str(error['loc'][0]).upper()}={error['input']!r}: {text}" if error["loc"] else text
