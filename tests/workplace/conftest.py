"""A fresh clone for all tests of the workplace: its environment takes most of a minute to make."""

import subprocess
import sys
from pathlib import Path

import pytest

from service.settings import ROOT
from tests.servers.requirement import missing, program
from tests.workplace.checkout import Checkout, clone_to, tracked_files


@pytest.fixture(scope="session")
def sources() -> list[str]:
    """The names of all files of the project."""
    program("git", package="git")
    return tracked_files() or missing("a git checkout")


@pytest.fixture
def clone(tmp_path: Path, sources: list[str]) -> Checkout:
    """A clone in which nothing was run yet; its path has a space, as many have."""
    directory = tmp_path / "a clone"
    clone_to(directory, sources)
    return Checkout(directory)


@pytest.fixture(scope="session")
def used_clone(tmp_path_factory: pytest.TempPathFactory, sources: list[str]) -> Checkout:
    """A clone in which `make run` was prepared once, from nothing."""
    program("make", package="make")
    _need_package_index()
    directory = tmp_path_factory.mktemp("clones") / "a clone"
    clone_to(directory, sources)
    checkout = Checkout(directory)
    done = checkout.make("seed")
    assert done.returncode == 0, done.stdout
    return checkout


def _need_package_index() -> None:
    constraints = ROOT / "constraints.txt"
    options = ["--dry-run", "--ignore-installed", "--no-deps", "--constraint", str(constraints)]
    command = [sys.executable, "-m", "pip", "install", *options, "h11"]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        missing("a package index that pip reaches")
