"""`make` makes its own environment, from whichever Python there is, or says what is missing."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from tests.workplace.checkout import Checkout, lines_of_the_service, without_python

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("target", ["run", "test", "lint", "seed"])
def test_without_python_it_is_one_line_with_a_remedy(clone: Checkout, tmp_path: Path, target: str) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    done = clone.make(target, PATH=without_python(programs))
    (line,) = lines_of_the_service(done.stdout)
    assert "Python >= 3.11" in line
    assert "apt-get install python3-venv" in line
    assert done.returncode == 2


def test_a_python_that_was_named_and_does_not_fit_is_not_replaced(clone: Checkout) -> None:
    done = clone.make("run", PYTHON="/no/such/python3")
    (line,) = lines_of_the_service(done.stdout)
    assert "/no/such/python3" in line


def test_a_name_on_the_path_that_does_not_run_is_passed_over(clone: Checkout, tmp_path: Path) -> None:
    fake = tmp_path / "fake" / "python3.14"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nexit 127\n")
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    clone.make(".venv/bin/python", PATH=f"{fake.parent}{os.pathsep}{os.environ['PATH']}")
    version = subprocess.run(
        [clone.directory / ".venv/bin/python", "-c", "import sys; print(sys.version_info >= (3, 11))"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert version.stdout.strip() == "True"


def _files(directory: Path) -> set[str]:
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if path.is_file()}


def test_clean_leaves_only_the_sources(clone: Checkout) -> None:
    sources = _files(clone.directory)
    for made in (".venv/bin/python", ".data/demo.sqlite3", "telemetry/__pycache__/x.pyc", ".mypy_cache/x", "dist/x"):
        file = clone.directory / made
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    assert clone.make("clean").returncode == 0
    assert _files(clone.directory) == sources
