"""What `run` refuses before there is a server."""

import subprocess
import sys
from pathlib import Path

import pytest

from telemetry.errors import ConfigurationError
from telemetry.workers import server


def test_without_uvicorn_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="uvicorn is not installed: pip install uvicorn"):
        server.serve(["module:app"], {})


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("module:app", "--help"), 0, "--timeout-keep-alive"),
        (("module:app", "--workers", "2", "--help"), 0, "--timeout-keep-alive"),
        (("module:app", "--workers", "two"), 2, "'two' is not a valid integer"),
        (("module:app", "--workers", "2", "--no-such-option"), 2, "No such option"),
        (("module:app", "--workers", "-1"), 3, ""),
        ((), 2, "the following arguments are required: app"),
    ],
)
def test_options_are_those_of_uvicorn(arguments: tuple[str, ...], code: int, says: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "telemetry", "run", *arguments],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == code, run
    assert says in run.stdout + run.stderr
    assert "Traceback" not in run.stderr
