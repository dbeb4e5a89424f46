"""`make stack` as users run it: all parts, whatever is missing, taken or broken, and an end without a trace of it."""

import json
import os
import shutil
import signal
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import pytest

from service.settings import ROOT
from service.stack.receiver import lines_of
from service.stack.settings import StackSettings
from tests.servers.child import Child
from tests.servers.ports import free_ports
from tests.servers.stack_process import StackProcess, StartStack, launched

PARTS: Final = {
    "postgres",
    "redis",
    "jaeger",
    "collector",
    "alerts",
    "alertmanager",
    "prometheus",
    "service",
    "traffic",
}
JOBS: Final = {"candid-demo", "jaeger", "otel-collector", "prometheus", "spans"}
#: An hour of the alerts is two minutes; traces are shown soon.
QUICK: Final = ("--faster", "30")
#: Less than what the stack gives a part to end.
PATIENCE_SECONDS: Final = 8
SOON: Final = {"COLLECTOR_DECISION_WAIT_AFTER_ROOT": "1s", "OTEL_BSP_SCHEDULE_DELAY": "500"}


def answer(url: str, path: str, **parameters: str) -> Any:
    response = httpx.get(f"{url}{path}?{urlencode(parameters)}")
    return response.json()["data"] if response.status_code == 200 else None


def value(stack: StackProcess, query: str) -> float:
    found = answer(stack.url("STACK_PROMETHEUS_PORT"), "/api/v1/query", query=query)["result"]
    return float(found[0]["value"][1]) if found else 0.0


def jobs_that_answer(stack: StackProcess) -> set[str]:
    targets = answer(stack.url("STACK_PROMETHEUS_PORT"), "/api/v1/targets")["activeTargets"]
    return {target["labels"]["job"] for target in targets if target["health"] == "up"}


def members(sessions: set[int]) -> list[str]:
    """Processes of these sessions, those that have ended and that nobody has asked for left out."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            name, _, rest = stat.read_text().rpartition(")")
        except OSError:
            continue
        state, _parent, _group, session = rest.split()[:4]
        if int(session) in sessions and state != "Z":
            found.append(name)
    return found


def listeners(stack: StackProcess) -> list[str]:
    def listens(port: int) -> bool:
        with socket.socket() as client:
            return client.connect_ex(("127.0.0.1", port)) == 0

    return [name for name, port in stack.ports.items() if listens(port)]


def ended(arguments: tuple[str, ...], environ: Mapping[str, str], data: Path, checkout: Path = ROOT) -> Child:
    """A stack that could not start."""
    process = launched(arguments, environ, data, checkout)
    assert process.wait(seconds=60) == 1, process.log_text()
    assert list(data.iterdir()) == []
    assert "Traceback" not in process.log_text()
    return process


def free() -> dict[str, str]:
    names = StackSettings().ports()
    return {name: str(port) for name, port in zip(names, free_ports(len(names)), strict=True)}


@pytest.mark.usefixtures("whole_machine")
def test_all_parts_are_well_traffic_flows_and_ctrl_c_ends_them_without_a_trace(start_stack: StartStack) -> None:
    stack = start_stack(*QUICK, environ=SOON)
    pids = stack.pids()
    assert set(pids) == PARTS
    stack.await_until(lambda: jobs_that_answer(stack) == JOBS)
    stack.await_until(lambda: value(stack, 'sum(http_server_request_duration_seconds_count{job="candid-demo"})') > 20)
    stack.await_until(lambda: value(stack, "sum(traces_span_metrics_calls_total)") > 20)
    stack.await_until(lambda: answer(stack.url("JAEGER_QUERY_PORT"), "/api/traces", service="candid-demo"))
    ready = httpx.get(stack.url("PORT") + "/health/ready").json()
    assert ready == {"status": "ready", "database": "ok", "cache": "ok"}
    assert members(set(pids.values()))

    os.kill(pids["jaeger"], signal.SIGKILL)
    stack.await_until(lambda: "jaeger has ended, with exit code -9; the rest runs on" in stack.lines("stack"))
    # No request of the traffic was refused.
    assert stack.lines("traffic") == []

    # As a terminal does: to the process alone, since its parts are in sessions of their own.
    assert stack.process.stop(signal.SIGINT) == 0
    assert stack.lines("stack")[-1] == "all parts have ended"
    assert "killed" not in stack.process.log_text()
    assert members(set(pids.values())) == []
    assert listeners(stack) == []
    assert list(stack.data.iterdir()) == []


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """A machine without any of the programs."""
    return {"PATH": str(tmp_path), "STACK_CACHE_DIR": str(tmp_path)}


def test_what_a_machine_lacks_is_named_with_what_brings_it_and_the_rest_runs(
    start_stack: StartStack, bare: dict[str, str]
) -> None:
    stack = start_stack(environ=bare)
    said = "\n".join(stack.lines("stack"))
    remedies = {
        "redis": "apt-get install redis-server",
        "jaeger": "make programs",
        "collector": "make programs",
        "alertmanager": "apt-get install prometheus-alertmanager",
        "prometheus": "apt-get install prometheus",
        "grafana": "docker compose up",
    }
    for part, remedy in remedies.items():
        assert f"{part} is not here ({remedy}): " in said
    assert {"service", "traffic"} <= set(stack.pids()) <= {"service", "traffic", "postgres"}
    assert httpx.get(stack.url("PORT") + "/health/ready").json()["status"] == "ready"
    assert stack.process.stop(signal.SIGTERM) == 0


def test_a_part_that_does_not_end_is_killed_at_a_second_signal(start_stack: StartStack, bare: dict[str, str]) -> None:
    stack = start_stack("--no-traffic", environ=bare)
    service = stack.pids()["service"]
    os.kill(service, signal.SIGSTOP)
    began = time.monotonic()

    def ask_again() -> bool:
        stack.process.send(signal.SIGINT)
        return False

    assert not stack.process.await_ready(ask_again)
    assert stack.process.wait() == 0
    assert time.monotonic() - began < PATIENCE_SECONDS
    assert "service did not end when it was asked to: it is killed" in stack.lines("stack")
    assert members({service}) == []
    assert list(stack.data.iterdir()) == []


def test_each_taken_port_is_one_clear_line_and_nothing_starts(stack_data: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"PORT": taken.getsockname()[1]}
        if shutil.which("prometheus"):
            ports["STACK_PROMETHEUS_PORT"] = other.getsockname()[1]
        process = ended((), {**free(), **{name: str(port) for name, port in ports.items()}}, stack_data)
    said = [line for line in process.log_text().splitlines() if " is not here " not in line]
    assert said == [
        f"stack        | {name}={port} is taken on 127.0.0.1: stop what uses it, or set another {name}"
        for name, port in ports.items()
    ]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The sources and the configuration files, for a test to break."""
    for name in ("service", "telemetry", "dashboards", "tests/stack/collector"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("otel-collector.yaml", "jaeger.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    return tmp_path


def committed_for(checkout: Path, environ: Mapping[str, str]) -> None:
    """Lets the committed files name the test's own receiver."""
    file = checkout / "dashboards/prometheus/alertmanager.yml"
    broken(file, "http://127.0.0.1:9099/", f"http://127.0.0.1:{environ['STACK_ALERTS_PORT']}/", count=-1)


def broken(file: Path, old: str, new: str, *, count: int = 1) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, count))


def test_a_budget_file_that_cannot_be_used_stops_the_start_with_its_own_message(
    checkout: Path, stack_data: Path
) -> None:
    broken(checkout / "service/budgets.yaml", "queries: 15", "queris: 15")
    log = ended((), free(), stack_data, checkout).log_text()
    assert "budgets      | service/budgets.yaml:" in log
    assert "queris" in log
    assert "stack        | service/budgets.yaml cannot be used: the message stands above" in log
    assert "ready" not in log


@pytest.mark.usefixtures("whole_machine")
def test_every_other_broken_file_is_told_by_the_program_that_reads_it(checkout: Path, stack_data: Path) -> None:
    broken(checkout / "dashboards/prometheus/budget-rules.yml", "expr: vector(", "expr: vektor(")
    broken(checkout / "dashboards/prometheus/alertmanager.yml", "group_wait: 5m", "group_wait: soon")
    broken(checkout / "otel-collector.yaml", "tail_sampling:", "tail_sampler:")
    broken(checkout / "jaeger.yaml", "max_traces:", "most_traces:")
    environ = free()
    committed_for(checkout, environ)
    log = ended((), environ, stack_data, checkout).log_text()
    messages = {
        "prometheus": 'unknown function with name "vektor"',
        "alertmanager": 'not a valid duration string: "soon"',
        "collector": "tail_sampler",
        "jaeger": "most_traces",
    }
    for part, message in messages.items():
        assert any(line.startswith(part) and message in line for line in log.splitlines()), (part, log)
    for file in ("prometheus/prometheus.yml", "prometheus/alertmanager.yml", "otel-collector.yaml", "jaeger.yaml"):
        assert f"{file} cannot be used: the message stands above" in log
    assert "ready" not in log


def test_a_setting_that_cannot_work_is_one_line(stack_data: Path) -> None:
    environ = {**free(), "JAEGER_QUERY_PORT": "x"}
    log = ended((), environ, stack_data).log_text()
    assert log.startswith("service: JAEGER_QUERY_PORT='x': ")
    assert log.count("\n") == 1
    twice = {**free(), "JAEGER_QUERY_PORT": "17001", "JAEGER_HEALTH_PORT": "17001"}
    assert "JAEGER_QUERY_PORT and JAEGER_HEALTH_PORT name the same port" in ended((), twice, stack_data).log_text()


def test_notifications_are_shown_as_people_read_them() -> None:
    labels = {"alertname": "BudgetBurn", "severity": "page"}
    annotations = {"summary": "too slow", "runbook_url": "docs/runbooks/BudgetBurn.md"}
    alerts = [{"status": status, "labels": labels, "annotations": annotations} for status in ("firing", "resolved")]
    assert list(lines_of(json.loads(json.dumps({"alerts": alerts})))) == [
        "FIRING page BudgetBurn: too slow",
        "  what to do: docs/runbooks/BudgetBurn.md",
        "RESOLVED page BudgetBurn: too slow",
    ]


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="needs setpriv: apt-get install util-linux")
@pytest.mark.usefixtures("whole_machine")
def test_the_committed_files_run_as_they_are_and_a_killed_stack_leaves_no_part_behind(
    start_stack: StartStack, checkout: Path
) -> None:
    ports = free()
    committed_for(checkout, ports)
    stack = start_stack("--no-traffic", environ={"STACK_ALERTS_PORT": ports["STACK_ALERTS_PORT"]}, checkout=checkout)
    config = answer(stack.url("STACK_PROMETHEUS_PORT"), "/api/v1/status/config")["yaml"]
    assert "scrape_interval: 15s" in config
    sessions = set(stack.pids().values())
    assert len(sessions) == len(PARTS - {"traffic"})

    os.kill(stack.process.pid, signal.SIGKILL)
    assert stack.process.wait() == -signal.SIGKILL
    bystander = Child(["sleep", "60"], stack.data / "bystander.log")
    try:
        assert bystander.await_ready(lambda: not members(sessions)), members(sessions)
    finally:
        bystander.kill()
