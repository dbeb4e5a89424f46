"""What docs/security.md tells people to write works."""

import re
from pathlib import Path

import prometheus_client
import pytest
from fastapi import FastAPI

import telemetry
from telemetry import Settings
from telemetry.outputs.server_timing import RESERVED_NAMES
from tests.apps import called
from tests.fresh import fresh_with

PAGE = (Path(__file__).parent.parent / "docs" / "security.md").read_text()
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
ENVIRON = {"FIGURES_KEY": "a secret key of more than 32 bytes"}


def run(snippet: str) -> int:
    app = FastAPI()
    prometheus_client.start_http_server = lambda port, addr: None  # type: ignore[assignment, misc]
    exec(compile(snippet, "docs/security.md", "exec"), {"app": app, "telemetry": telemetry})
    return called(app, "/nowhere").status_code


@pytest.mark.parametrize("number", range(len(SNIPPETS)))
def test_each_snippet_runs(number: int) -> None:
    assert fresh_with(ENVIRON, run, SNIPPETS[number]) == 404


def test_each_setting_of_the_header_is_on_the_page_and_each_one_on_the_page_exists() -> None:
    named = {name.lower() for name in re.findall(r"TELEMETRY_([A-Z_]+)", PAGE)}
    assert named == {"budget_entry", "exposure", "traceparent", "timing_allow_origin"}
    assert named <= set(Settings.model_fields)


def test_each_reserved_name_is_on_the_page() -> None:
    assert all(f"`{name}`" in PAGE for name in RESERVED_NAMES)
