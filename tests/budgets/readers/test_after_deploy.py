"""The service as users run it, scraped by a real Prometheus: the gate lets it pass, and then no longer."""

import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Final

import pytest

from service import demo
from service.settings import ROOT
from telemetry.__main__ import main
from telemetry.budgets.load import load
from tests.budgets.readers.exposition import JOB, scraped, scraping
from tests.servers.prometheus import Prometheus, StartPrometheus
from tests.servers.service_process import ServiceProcess, StartService

_PATH: Final = "/api/v1/items/"
#: Of the budgets that the service was started with, those that depend on no clock.
_FILE: Final = """
version: 1
service: candid-demo
routes:
  "GET /api/v1/items/": {queries: 4}
caches:
  items: {hit_ratio: 0.80}
"""
_ASKED: Final = f'sum(performance_budget_events_total{{http_route="{_PATH}",budget="queries"}})'
_DOCUMENT: Final = (ROOT / "docs/budgets.md").read_text(encoding="utf-8")
_COMMANDS: Final = re.findall(r"^\$ (.*budgets (?:gate|report|suggest) .*)$", _DOCUMENT, re.MULTILINE)


@pytest.fixture
def service(service_process: StartService) -> ServiceProcess:
    return service_process({})


@pytest.fixture
def prometheus(service: ServiceProcess, start_prometheus: StartPrometheus) -> Prometheus:
    port = int(service.url.rpartition(":")[2])
    server = start_prometheus({"prometheus.yml": scraping({JOB: [port]})})
    scraped(server, _ASKED, 0)
    return server


@pytest.fixture
def gate(prometheus: Prometheus, tmp_path: Path) -> list[str]:
    """The command line of the gate."""
    path = tmp_path / "budgets.yaml"
    path.write_text(_FILE, encoding="utf-8")
    return ["budgets", "gate", str(path), "--prometheus", prometheus.url, "--since", "1h"]


def _ask(service: ServiceProcess, queries: list[str]) -> None:
    for query in queries:
        request = urllib.request.Request(
            f"{service.url}{_PATH}{query}", headers={"Authorization": f"Bearer {demo.USER_TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=10) as response:
            assert response.status == 200


def test_the_gate_passes_and_after_a_breach_it_does_not(
    service: ServiceProcess, prometheus: Prometheus, gate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(gate) == 3
    _ask(service, [""] * 60)
    scraped(prometheus, _ASKED, 60)
    assert main(gate) == 0
    _ask(service, [f"?page={number}" for number in range(2, 62)])
    scraped(prometheus, _ASKED, 120)
    capsys.readouterr()
    assert main(gate) == 1
    (row,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("exceeded")]
    assert " ".join(row.split()) == "exceeded cache items hit_ratio 0.8 120 61 50.8 % 20 %"


def test_the_commands_of_the_document_run(
    service: ServiceProcess, prometheus: Prometheus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _ask(service, [""] * 320)
    scraped(prometheus, _ASKED, 320)
    assert len(_COMMANDS) == 5
    (tmp_path / "service").symlink_to(ROOT / "service")
    for command in _COMMANDS:
        here = command.replace("http://127.0.0.1:9090", prometheus.url).replace("http://127.0.0.1:8000", service.url)
        done = subprocess.run(
            ["sh", "-c", here.replace("python ", f"{sys.executable} ")],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        # Which budgets the timings of this machine exceed is nobody's business here.
        assert done.returncode in ((0, 1, 3) if " gate " in command else (0,)), (command, done.stderr)
        assert done.stderr == ""
    assert (tmp_path / "gate.xml").is_file()
    assert (tmp_path / "gate.sarif").is_file()
    assert load(tmp_path / "proposed.yaml").of_route("GET", _PATH)
