"""The start of the stack: all that can be wrong is looked for first, then one part after the other begins."""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.stack.configuration import configuration, job
from service.stack.log import say
from service.stack.machine import Machine
from service.stack.part import Part
from service.stack.ports import check_free
from service.stack.readiness import answers
from service.stack.running import Running
from service.stack.settings import HOST, StackSettings, own_environ
from service.stack.storage import start_cache, start_database
from service.stack.traffic import ADMIN_VARIABLE, USER_VARIABLE
from service.stack.watching import alert_parts, trace_parts, write_targets

_SERVED: Final = "service.main:app"
_SERVED_WITH_MISTAKE: Final = "service.stack.mistake:app"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for.

    Attributes:
        traffic: Whether requests are sent, to a service with a mistake in it.
        faster: What the times of the alerts are divided by.
    """

    traffic: bool
    faster: int


async def start(wishes: Wishes, settings: StackSettings, directory: Path, running: Running) -> None:
    """Starts all parts that this machine has.

    Args:
        wishes: Of the command line.
        settings: Of the environment.
        directory: Of the run.
        running: Where they are started.

    Raises:
        StartError: A port, a file or a part cannot be used.
    """
    machine = Machine.look()
    machine.tell()
    check_free(_ports(machine, settings))
    config = await configuration(machine, settings, directory, wishes.faster)
    name = job()
    write_targets(machine, settings, name, config)
    database = await start_database(machine, directory, running)
    cache = await start_cache(machine, directory, running)
    for part in (*trace_parts(machine, settings, directory), *alert_parts(machine, settings, config)):
        await running.start(part)
    await running.start(_service(wishes, machine, settings, name, {**database.environ, **cache}))
    if wishes.traffic:
        await running.start(_traffic(settings, database.tokens))
    for line in _addresses(wishes, machine, settings, name, database.tokens["user"]):
        say(line)


def _ports(machine: Machine, settings: StackSettings) -> Mapping[str, int]:
    ports = {"PORT": settings.port}
    if machine.runs("collector"):
        ports |= settings.ports("COLLECTOR_")
    if machine.runs("jaeger"):
        ports |= settings.ports("JAEGER_")
    if machine.runs("prometheus"):
        ports |= settings.ports("STACK_PROMETHEUS_")
    if machine.runs("alertmanager"):
        ports |= settings.ports("STACK_ALERT")
    return ports


def _service(wishes: Wishes, machine: Machine, settings: StackSettings, name: str, storage: Mapping[str, str]) -> Part:
    application = _SERVED_WITH_MISTAKE if wishes.traffic else _SERVED
    options = ("--host", HOST, "--port", str(settings.port), "--log-level", "warning")
    # One process: with several, Prometheus' client for Python has no exemplars.
    command = (sys.executable, "-m", "telemetry", "run", application, "--workers", "1", *options)
    traces = f"http://{HOST}:{settings.collector_http_port}" if machine.runs("collector") else ""
    environ = {**own_environ(), "OTEL_SERVICE_NAME": name, "OTEL_EXPORTER_OTLP_ENDPOINT": traces, **storage}
    return Part("service", command, environ, answers(settings.port, "/health/ready"))


def _traffic(settings: StackSettings, tokens: Mapping[str, str]) -> Part:
    options = ("--port", str(settings.port), "--per-second", str(settings.stack_requests_per_second))
    environ = {USER_VARIABLE: tokens["user"], ADMIN_VARIABLE: tokens["admin"]}
    return Part("traffic", (sys.executable, "-m", "service.stack.traffic", *options), environ)


def _addresses(wishes: Wishes, machine: Machine, settings: StackSettings, name: str, token: str) -> Iterator[str]:
    yield "all parts run; Ctrl-C ends them"
    yield f"  service       http://{HOST}:{settings.port}/docs"
    yield f"                curl -v -H 'Authorization: Bearer {token}' http://{HOST}:{settings.port}/api/v1/items/1"
    if machine.runs("prometheus"):
        yield f"  Prometheus    http://{HOST}:{settings.stack_prometheus_port}/graph?g0.expr=ALERTS&g0.tab=1"
    if machine.runs("alertmanager"):
        yield f"  Alertmanager  http://{HOST}:{settings.stack_alertmanager_port}"
    if machine.runs("jaeger"):
        jaeger = f"http://{HOST}:{settings.jaeger_query_port}/api/traces"
        yield f"  Jaeger        {jaeger}/<trace_id>, or all: {jaeger}?service={name}"
    if wishes.traffic:
        yield "the traffic finds a mistake: GET /api/v1/items/ sends far more queries than its budget allows."
    if wishes.traffic and machine.runs("prometheus") and machine.runs("alertmanager"):
        yield "an alert says so here within about two minutes; the service's own lines name trace and line of code."
