"""Runs the real command on small applications that are written for one test."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_UNSET = ("OTEL_", "TELEMETRY_", "PYTEST_", "PROMETHEUS_", "UVICORN_", "GUNICORN_", "WEB_", "FASTAPI_")


@dataclass(frozen=True)
class Seen:
    """One finding, as `--json` prints it."""

    part: str
    status: str
    what: str
    remedy: str | None


@dataclass(frozen=True)
class Outcome:
    """What the command said and returned."""

    code: int
    out: str
    err: str

    def findings(self, part: str | None = None) -> list[Seen]:
        """The findings, those of one part only if it is named."""
        found = [Seen(**fields) for fields in json.loads(self.out)["findings"]]
        return [finding for finding in found if part in (None, finding.part)]

    def problems(self) -> list[tuple[str, str]]:
        """Part and text of each problem."""
        return [(finding.part, finding.what) for finding in self.findings() if finding.status == "problem"]

    def whats(self, part: str) -> str:
        """The texts of one part."""
        return "\n".join(finding.what for finding in self.findings(part))


Doctor = Callable[..., Outcome]


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """Calls the command in a directory with an `application.py` of the given source."""

    def run(
        source: str, *arguments: str, app: str = "application:app", environ: Mapping[str, str] | None = None
    ) -> Outcome:
        (tmp_path / "application.py").write_text(source)
        return command("doctor", app, *arguments, cwd=tmp_path, environ=environ)

    return run


@pytest.fixture
def examine(doctor: Doctor) -> Doctor:
    """As `doctor`, with the findings as JSON."""

    def run(source: str, *arguments: str, **options: object) -> Outcome:
        return doctor(source, "--json", *arguments, **options)

    return run


def command(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Outcome:
    """`python -m telemetry` with *arguments*, under no settings but *environ*."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_UNSET)}
    done = subprocess.run(
        [sys.executable, "-m", "telemetry", *arguments],
        cwd=cwd,
        env={**kept, "PYTHONPATH": str(ROOT), **(environ or {})},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
