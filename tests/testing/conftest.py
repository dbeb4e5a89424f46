"""A project with an application, a budget file and tests of its own, run by a pytest of its own."""

import textwrap
from pathlib import Path
from typing import Any

import pytest

# Its routes do what their name says, `n` times.
_APP = """
import time

import telemetry
from fastapi import BackgroundTasks, FastAPI, Request
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

app = FastAPI()
engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
telemetry.instrument(app)


def send(n):
    with engine.connect() as connection:
        for number in range(n):
            connection.execute(text(f"SELECT 'secret', {number}"))


@app.get("/queries/{n}")
def queries(n: int):
    send(n)


@app.get("/later/{n}")
def later(n: int, tasks: BackgroundTasks):
    tasks.add_task(send, n)


@app.get("/slow/{ms}")
def slow(ms: int):
    time.sleep(ms / 1000)


@app.get("/fail")
def fail():
    raise RuntimeError("on purpose")


@app.get("/look-up/{hit}")
def look_up(hit: bool, request: Request):
    telemetry.update_cache_status(request, hit)
"""
_BUDGETS = """
version: 1
service: shop
defaults: {p95_ms: 10000, error_rate: 0.001, queries: 3}
routes:
  "GET /slow/{ms}": {p95_ms: 2}
caches:
  manual: {hit_ratio: 0.5}
"""
_HEAD = """
import asyncio

import httpx
import pytest
from starlette.testclient import TestClient

from app import app

client = TestClient(app, raise_server_exceptions=False)


async def asked(path):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as http:
        return await http.get(path)
"""


class Project:
    """Files in a directory, and pytest in it.

    Attributes:
        directory: Where they are.
    """

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.directory: Path = pytester.path
        self.write("app.py", _APP)
        self.write("budgets.yaml", _BUDGETS)

    def write(self, name: str, text: str) -> None:
        """Writes a file."""
        (self.directory / name).write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")

    def tests(self, text: str, name: str = "test_shop.py") -> None:
        """Writes tests, which may use `client` and `asked`."""
        self.write(name, _HEAD + textwrap.dedent(text))

    def run(self, *arguments: str) -> pytest.RunResult:
        """Runs pytest, with the plugin as it is installed, and no budgets unless *arguments* name them."""
        return self._pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    def held(self, *arguments: str) -> pytest.RunResult:
        """Runs pytest with all tests held to the budget file."""
        return self.run("--performance-budgets=budgets.yaml", *arguments)


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    # Wide enough for a line to be whole.
    monkeypatch.setenv("COLUMNS", "200")
    return Project(pytester)


def lines_with(result: pytest.RunResult, word: str) -> list[Any]:
    """Lines of the output that hold *word*."""
    return [line for line in result.outlines if word in line]
