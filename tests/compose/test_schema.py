"""compose.yml is what the compose specification says a compose file is."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.compose.files import ROOT


def checked(file: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of the specification's own schema."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(file)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_compose_yml_is_valid() -> None:
    done = checked(ROOT / "compose.yml")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("right", "wrong"), [("healthcheck:", "healthchek:"), ("read_only: true", "read_only: [true]")]
)
def test_the_schema_finds_what_is_wrong(right: str, wrong: str, tmp_path: Path) -> None:
    text = (ROOT / "compose.yml").read_text()
    assert right in text
    file = tmp_path / "compose.yml"
    file.write_text(text.replace(right, wrong))
    assert checked(file).returncode == 1
