"""What watches the service: traces by Collector and Jaeger, figures by Prometheus, alerts by Alertmanager."""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from service.settings import ROOT
from service.stack.machine import Machine
from service.stack.part import Part
from service.stack.readiness import accepts, answers
from service.stack.settings import HOST, StackSettings

COLLECTOR_CONFIG: Final = "otel-collector.yaml"
JAEGER_CONFIG: Final = "jaeger.yaml"


def trace_parts(machine: Machine, settings: StackSettings, directory: Path) -> Iterator[Part]:
    """Jaeger and the Collector before it, as far as they are here."""
    if machine.runs("jaeger"):
        yield Part(
            "jaeger",
            (machine.programs["jaeger"], "--config", JAEGER_CONFIG),
            jaeger_environ(settings),
            answers(settings.jaeger_health_port, "/status"),
        )
    if machine.runs("collector"):
        yield Part(
            "collector",
            (machine.programs["otelcol"], "--config", COLLECTOR_CONFIG),
            collector_environ(settings, directory),
            answers(settings.collector_health_port, "/"),
        )


def jaeger_environ(settings: StackSettings) -> dict[str, str]:
    """The variables of its file."""
    ports = {name: str(port) for name, port in settings.ports("JAEGER_").items()}
    return {"JAEGER_LOG_LEVEL": "warn", "JAEGER_LISTEN_HOST": HOST, **ports}


def collector_environ(settings: StackSettings, directory: Path) -> dict[str, str]:
    """The variables of its file that say where things are."""
    return {
        "COLLECTOR_LOG_LEVEL": "warn",
        "COLLECTOR_HOST": HOST,
        "COLLECTOR_QUEUE_DIR": str(directory / "collector"),
        "COLLECTOR_JAEGER_ENDPOINT": f"{HOST}:{settings.jaeger_grpc_port}",
        **{name: str(port) for name, port in settings.ports("COLLECTOR_").items()},
    }


def alert_parts(machine: Machine, settings: StackSettings, config: Path) -> Iterator[Part]:
    """The receiver of alerts, Alertmanager and Prometheus, as far as they are here.

    Args:
        machine: What there is.
        settings: Of the stack.
        config: Directory with the files of Prometheus and Alertmanager, and with the run's own targets.
    """
    if machine.runs("alertmanager"):
        port = settings.stack_alerts_port
        yield Part(
            "alerts", (sys.executable, "-m", "service.stack.receiver", "--port", str(port)), is_ready=accepts(port)
        )
        options = {
            "config.file": config / "alertmanager.yml",
            "storage.path": config.parent / "alertmanager",
            "web.listen-address": f"{HOST}:{settings.stack_alertmanager_port}",
            # One alone needs no port for others.
            "cluster.listen-address": "",
        }
        command = _command(machine.programs["prometheus-alertmanager"], options)
        yield Part("alertmanager", command, is_ready=answers(settings.stack_alertmanager_port, "/-/ready"))
    if machine.runs("prometheus"):
        options = {
            "config.file": config / "prometheus.yml",
            "storage.tsdb.path": config.parent / "prometheus-data",
            "storage.tsdb.retention.time": "35d",
            "web.listen-address": f"{HOST}:{settings.stack_prometheus_port}",
            "enable-feature": "exemplar-storage",
        }
        command = _command(machine.programs["prometheus"], options)
        yield Part("prometheus", command, is_ready=answers(settings.stack_prometheus_port, "/-/ready"))


def copy_configuration(source: Path, to: Path) -> None:
    """Copies the files of Prometheus and Alertmanager, without the targets, which are others in each place."""
    to.mkdir(exist_ok=True)
    for file in (ROOT / source).glob("*.yml"):
        shutil.copy(file, to)


def write_targets(machine: Machine, settings: StackSettings, job: str, config: Path) -> None:
    """Writes where Prometheus finds what it asks, and who takes alerts.

    Args:
        machine: What there is.
        settings: Ports.
        job: Of the service.
        config: Directory of the configuration.
    """
    ports = [("prometheus", settings.stack_prometheus_port), (job, settings.port)]
    if machine.runs("collector"):
        ports += [("otel-collector", settings.collector_metrics_port), ("spans", settings.collector_span_metrics_port)]
    if machine.runs("jaeger"):
        ports.append(("jaeger", settings.jaeger_metrics_port))
    _write(config / "targets" / "stack.yml", (_target(port, job=name) for name, port in ports))
    if machine.runs("alertmanager"):
        _write(config / "alertmanagers" / "stack.yml", [_target(settings.stack_alertmanager_port)])


def _target(port: int, **labels: str) -> dict[str, Any]:
    return {"targets": [f"{HOST}:{port}"], "labels": labels}


def _write(path: Path, targets: Iterable[Mapping[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(list(targets), indent=2))


def _command(program: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    return (program, "--log.level=warn", *(f"--{name}={value}" for name, value in options.items()))
