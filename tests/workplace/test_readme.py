"""The README: each command and snippet in it is run, and what it says is there is there."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

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
        "make seed": "test_with_servers",
        "pip install '.[redis,otlp]'": "test_the_library_installs_from_the_checkout",
        "python -m telemetry doctor module:app": "test_the_snippet",
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
    examples = [text.strip().splitlines() for text in _blocks("") if text.startswith("server-timing")]
    assert len(examples) == 1
    for output, example in zip(shown, examples[0], strict=True):
        form = re.sub(r"\\d\+|\d+\.\d\d", lambda _match: r"\d+\.\d\d", re.escape(example).replace(r"\.", "."))
        assert re.search(rf"^< {form}\r?$", output, re.MULTILINE), (output, example)


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
