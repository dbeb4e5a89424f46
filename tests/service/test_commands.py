"""`python -m service`, as a process."""

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.__main__ import _what_to_try
from service.settings import ROOT, Settings
from tests.servers.service_process import ServiceProcess, StartService, service_environ
from tests.service.people import USER

SECONDS = 60


def command(*arguments: str, environ: Mapping[str, str], cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs a command to its end, under *environ* as its only settings."""
    return subprocess.run(
        [sys.executable, "-m", "service", *arguments],
        cwd=cwd,
        env=service_environ(ROOT / ".data", {"PYTHONPATH": str(ROOT), **environ}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@pytest.fixture
def served(service_process: StartService, demo_dir: Path) -> ServiceProcess:
    return service_process({"DEMO_DATA_DIR": str(demo_dir)})


def test_it_says_what_to_try_and_that_works(served: ServiceProcess) -> None:
    paths = re.findall(rf"{served.url}(\S+)", served.log_text())
    responses = {path: httpx.get(served.url + path, headers=USER) for path in paths}

    assert {"/docs", "/metrics", "/health/ready", "/api/v1/items/1"} <= set(responses)
    assert {response.status_code for response in responses.values()} == {200}
    assert "curl -v -H 'Authorization: Bearer demo-user'" in served.log_text()
    assert "Cache Miss" in responses["/api/v1/items/1"].headers["server-timing"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("is_in_use", [True, False])
def test_a_signal_stops_it_cleanly(served: ServiceProcess, number: signal.Signals, is_in_use: bool) -> None:
    with httpx.Client(base_url=served.url) as client:
        if is_in_use:
            assert client.get("/api/v1/brands/").status_code == 200
        assert served.stop(number) == 0

    assert "Traceback" not in served.log_text()


@pytest.mark.parametrize(("environ", "is_shown"), [({}, True), ({"DEBUG": "false"}, False)])
def test_debug_is_on_unless_it_is_switched_off(
    service_process: StartService, tmp_path: Path, environ: dict[str, str], is_shown: bool
) -> None:
    without_tables = tmp_path / "without-tables.sqlite3"
    service = service_process({"DATABASE_URL": f"sqlite:///{without_tables}", **environ})
    response = httpx.get(f"{service.url}/api/v1/brands/")

    assert response.status_code == 500
    assert ("debug" in response.json()) == is_shown


def test_an_address_of_ipv6_is_printed_as_a_browser_wants_it() -> None:
    assert "http://[::1]:8000/docs" in _what_to_try(Settings(host="::1"), 8000)


def test_a_taken_port_is_one_clear_line(demo_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        run = command(environ={"PORT": str(port), "DEMO_DATA_DIR": str(demo_dir / "new")})

    assert run.returncode == 1
    assert run.stderr == f"service: PORT={port} is taken on HOST='127.0.0.1': stop what uses it, or set another PORT\n"
    assert run.stdout == ""
    assert not (demo_dir / "new").exists()


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"HOST": "0.0.0.0"}, "service: DEBUG=true would show stack traces"),
        (
            {"HOST": "no.such.host.invalid", "DEBUG": "false"},
            "service: cannot listen on HOST='no.such.host.invalid' PORT=0",
        ),
    ],
)
def test_a_start_that_cannot_work_is_one_line(environ: dict[str, str], line: str) -> None:
    run = command(environ={"PORT": "0", **environ})

    assert run.returncode == 1
    assert run.stderr.startswith(line)
    assert run.stderr.count("\n") == 1


def test_a_server_that_loads_the_app_by_name_refuses_the_same_way() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "uvicorn", "service.main:app", "--port", "0"],
        cwd=ROOT,
        env=service_environ(ROOT / ".data", {"REDIS_PORT": "x"}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )

    assert run.returncode == 1
    assert run.stderr.startswith("service: REDIS_PORT='x': ")
    assert "Traceback" not in run.stderr


def test_importing_the_files_does_nothing(tmp_path: Path) -> None:
    program = (
        "import pkgutil, service, importlib, threading\n"
        "names = [m.name for m in pkgutil.iter_modules(service.__path__, 'service.') if 'migrations' not in m.name]\n"
        "[importlib.import_module(name) for name in names]\n"
        "from opentelemetry import trace\n"
        "print(threading.active_count(), type(trace.get_tracer_provider()).__name__, 'app' in vars(service.main))"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "REDIS_PORT": "nonsense", "DEMO_DATA_DIR": "/proc/nowhere"}
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )

    assert run.stdout == "1 ProxyTracerProvider False\n"
    assert list(tmp_path.iterdir()) == []


def test_it_can_be_run_from_another_directory(tmp_path: Path) -> None:
    run = command("seed", cwd=tmp_path, environ={"DEMO_DATA_DIR": str(tmp_path / "data")})

    assert (run.returncode, run.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_seed_shows_its_tokens_once(tmp_path: Path) -> None:
    first = command("seed", environ={"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3"})
    second = command("seed", environ={"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3"})
    down = command("seed", environ={"DATABASE_URL": "postgresql://me:s3cr3t@127.0.0.1:1/x"})

    tokens: list[Any] = re.findall(r"^  (user|admin): (\S{43})$", first.stdout, re.MULTILINE)
    assert [role for role, _ in tokens] == ["user", "admin"]
    assert second.stdout.startswith("This database has users already")
    assert (first.returncode, second.returncode, down.returncode) == (0, 0, 1)
    assert down.stderr.startswith("service: the database of DATABASE_URL cannot be used")
    assert "s3cr3t" not in down.stderr


def test_seed_without_a_database_names_the_demo_tokens(tmp_path: Path) -> None:
    run = command("seed", environ={"DEMO_DATA_DIR": str(tmp_path)})

    assert "demo-user and demo-admin" in run.stdout
    assert (tmp_path / "demo.sqlite3").exists()


def test_migrate_makes_the_tables_and_nothing_else(tmp_path: Path) -> None:
    run = command("migrate", environ={"DATABASE_URL": f"sqlite:///{tmp_path}/own.sqlite3"})

    assert (run.returncode, run.stderr) == (0, "")
    with closing(sqlite3.connect(tmp_path / "own.sqlite3")) as connection:
        assert connection.execute("SELECT count(*) FROM brands").fetchone() == (0,)
