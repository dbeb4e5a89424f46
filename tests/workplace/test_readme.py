"""The README: each command and snippet in it is run, and what it says is there is there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpx
import pytest

from service.settings import ROOT
from tests.servers.postgres import Postgres
from tests.servers.redis_server import RedisServer
from tests.servers.requirement import program
from tests.servers.service_process import StartService
from tests.workplace.checkout import Checkout

pytestmark = pytest.mark.timeout(300)

_README: Final = (ROOT / "README.md").read_text(encoding="utf-8")
_BLOCKS: Final = re.findall(r"^```(\w*)\n(.*?)^```$", _README, re.MULTILINE | re.DOTALL)
_DEMO_URL: Final = "http://127.0.0.1:8000"
_ITEM_TEST: Final = """
import service.main
from fastapi.testclient import TestClient


def test_an_item():
    with TestClient(service.main.app) as client:
        headers = {"Authorization": "Bearer demo-user"}
        assert client.get("/api/v1/items/1", headers=headers).status_code == 200
"""
_EXAMPLE_URL: Final = "postgresql://candid:candid@127.0.0.1:5432/candid"


def _blocks(language: str) -> list[str]:
    return [text for name, text in _BLOCKS if name == language]


def _commands() -> list[str]:
    lines = [line.split("#")[0].strip() for text in _blocks("sh") for line in text.splitlines()]
    return [*filter(None, lines), *re.findall(r"`((?:pip|python|make) [^`]+)`", _README)]


def test_each_command_of_the_readme_is_run_by_a_test() -> None:
    run_here = {
        "make run": "test_run.py",
        "make test": "test_make_test_makes_its_environment_and_runs",
        "curl -v -H 'Authorization: Bearer demo-user' http://127.0.0.1:8000/api/v1/items/1": "test_the_curl_line",
        f"export DATABASE_URL={_EXAMPLE_URL} REDIS_HOST=127.0.0.1": "test_with_servers",
        "make seed && make run": "test_with_servers",
        "pip install '.[redis,otlp]'": "test_the_library_installs_from_the_checkout",
        "python -m telemetry doctor module:app": "test_the_snippet",
        "python -m telemetry budgets check budgets.yaml --app service.main:app": "test_the_budget",
        "TELEMETRY_BUDGETS=budgets.yaml TELEMETRY_BUDGET_ENTRY=true make run": "test_the_budget",
        "python -m pytest --performance-budgets=budgets.yaml": "test_the_budget_fails_a_test",
        "python -m telemetry budgets build": "tests/service/test_committed_rules.py",
        "make stack": "tests/stack/test_picture.py",
    }
    assert set(_commands()) == set(run_here)


def test_make_test_makes_its_environment_and_runs(used_clone: Checkout) -> None:
    done = used_clone.make("test", PYTEST_ARGS="-q tests/request")
    assert done.returncode == 0, done.stdout
    assert re.search(r"\d+ passed", done.stdout), done.stdout


def test_the_curl_line_shows_the_header_in_the_form_of_the_readme(service_process: StartService) -> None:
    curl = program("curl", package="curl")
    service = service_process({"DEBUG": "true"})
    (line,) = [command for command in _commands() if command.startswith("curl ")]
    command = [str(curl), *shlex.split(line.replace(_DEMO_URL, service.url))[1:]]
    shown = [subprocess.run(command, capture_output=True, text=True, check=True).stderr for _ in range(2)]
    examples = [
        text.strip().splitlines()
        for text in _blocks("")
        if text.startswith("server-timing") and "budget;desc" not in text
    ]
    assert len(examples) == 1
    for output, example in zip(shown, examples[0], strict=True):
        form = re.sub(r"\\d\+|\d+\.\d\d", lambda _match: r"\d+\.\d\d", re.escape(example).replace(r"\.", "."))
        assert re.search(rf"^< {form}\r?$", output, re.MULTILINE), (output, example)


def _budgets(directory: Path) -> Path:
    (budgets,) = _blocks("yaml")
    file = directory / "budgets.yaml"
    file.write_text(budgets, encoding="utf-8")
    return file


def test_the_budget_is_accepted_and_its_breach_is_in_the_header(service_process: StartService, tmp_path: Path) -> None:
    file = _budgets(tmp_path)
    check = [sys.executable, "-m", "telemetry", "budgets", "check", str(file), "--app", "service.main:app"]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    service = service_process({"TELEMETRY_BUDGETS": str(file), "TELEMETRY_BUDGET_ENTRY": "true"})
    response = httpx.get(f"{service.url}/api/v1/items/1", headers={"Authorization": "Bearer demo-user"})
    (example,) = [text.strip() for text in _blocks("") if "budget;desc" in text]
    form = re.sub(r"\d+\.\d\d", lambda _match: r"\d+\.\d\d", re.escape(example.partition(": ")[2]).replace(r"\.", "."))
    assert re.fullmatch(form, response.headers["server-timing"])


def test_the_budget_fails_a_test(tmp_path: Path) -> None:
    file = _budgets(tmp_path)
    (tmp_path / "test_item.py").write_text(_ITEM_TEST, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--performance-budgets={file}"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "GET /api/v1/items/{item_id} sent 2 statements, limit 1" in done.stdout


def test_the_snippet_runs_and_the_doctor_finds_it_well(tmp_path: Path) -> None:
    (snippet,) = _blocks("python")
    (tmp_path / "module.py").write_text(snippet, encoding="utf-8")
    doctor = subprocess.run(
        [sys.executable, "-m", "telemetry", "doctor", "module:app", "--path", "/metrics"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert doctor.returncode == 0, doctor.stdout + doctor.stderr
    assert "telemetry.instrument was called for module:app" in doctor.stdout


def test_with_servers_it_is_seeded_and_serves(
    used_clone: Checkout, postgres: Postgres, redis_server: RedisServer, service_process: StartService
) -> None:
    settings = {"DATABASE_URL": postgres.new_database().url}
    seeded = used_clone.make("seed", **settings)
    assert seeded.returncode == 0, seeded.stdout
    redis = {"REDIS_HOST": redis_server.host, "REDIS_PORT": str(redis_server.port)}
    service = service_process({**settings, **redis})
    ready = subprocess.run(
        [str(program("curl", package="curl")), "-sf", f"{service.url}/health/ready"], capture_output=True, check=False
    )
    assert ready.returncode == 0, service.log_text()


def test_the_library_installs_from_the_checkout(used_clone: Checkout, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path)]
    done = subprocess.run(
        [*command, ".[redis,otlp]"], cwd=used_clone.directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "telemetry" / "py.typed").is_file()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\(([^)#:]+)\)", _README))))
def test_each_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_it_fits_one_screen_or_two() -> None:
    assert len(_README.splitlines()) <= 90
