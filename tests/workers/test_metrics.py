"""Metrics in files, seen from inside one worker."""

import os
import subprocess
import sys
from pathlib import Path

from service.settings import ROOT

_TWO_REGISTRIES = """
import asyncio, httpx, telemetry
from fastapi import FastAPI
from prometheus_client import CollectorRegistry

async def ask(app):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        await client.get("/nowhere")
        return (await client.get("/metrics")).text

apps = []
for _ in range(2):
    app = FastAPI()
    telemetry.instrument(app, metrics_path="/metrics", registry=CollectorRegistry())
    apps.append(app)
for app in [*apps, *apps]:
    page = asyncio.run(ask(app))
lines = [line for line in page.splitlines() if "duration_seconds_count" in line and 'code="404"' in line]
print(lines[-1].rpartition(" ")[2], len(lines))
"""


def test_applications_with_registries_of_their_own_do_not_write_over_each_other(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", _TWO_REGISTRIES],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "4.0 1\n", run.stderr


def test_a_file_that_a_worker_has_only_just_made_does_not_end_the_scrape(tmp_path: Path) -> None:
    (tmp_path / "counter_worker9.db").touch()
    run = subprocess.run(
        [sys.executable, "-c", _TWO_REGISTRIES],
        env={**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "4.0 1\n", run.stderr
