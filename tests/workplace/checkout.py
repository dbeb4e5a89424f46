"""A fresh clone, and `make` in it."""

import re
import secrets
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.settings import ROOT
from tests.servers.child import Child
from tests.servers.ports import free_ports
from tests.servers.service_process import answers, service_environ

# What a developer's shell may say to make and pip about this run, and must not say to the one in the clone.
_OUR_MAKE: Final = ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PYTEST_ARGS", "VENV", "VIRTUAL_ENV")
_READY_SECONDS: Final = 60
_MAKE_SECONDS: Final = 280


def tracked_files() -> list[str]:
    """What a clone would hold, and what is about to be committed; empty outside of a git checkout."""
    command = ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return [name for name in done.stdout.splitlines() if (ROOT / name).is_file()]


def clone_to(directory: Path, names: Iterable[str]) -> None:
    """Copies the files of these names."""
    for name in names:
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)


@dataclass(frozen=True, slots=True)
class Running:
    """`make run`, once the service answers.

    Attributes:
        make: The process of make; what it started shares its session.
        url: Without a slash at its end.
    """

    make: Child
    port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Checkout:
    """A directory with the sources, and with what make put there."""

    directory: Path

    def environ(self, settings: Mapping[str, str]) -> dict[str, str]:
        """What a user's shell has, and *settings*."""
        # The demo data are where they are by default: in the clone.
        unsaid = {*_OUR_MAKE, "DEMO_DATA_DIR"}
        inherited = {name: value for name, value in service_environ(ROOT, {}).items() if name not in unsaid}
        return {**inherited, **settings}

    def make(self, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs make to its end; its output holds both streams."""
        log = self.directory.parent / f"make-{secrets.token_hex(4)}.log"
        make = Child(["make", *arguments], log, environ=self.environ(settings), directory=self.directory)
        try:
            return subprocess.CompletedProcess(arguments, make.wait(seconds=_MAKE_SECONDS), make.log_text())
        finally:
            # Also when the time of the test is over: nothing that make started may outlast it.
            make.kill()

    @contextmanager
    def running(self) -> Iterator[Running]:
        """`make run` on a free port, until the end of the block at the latest."""
        (port,) = free_ports(1)
        make = Child(
            ["make", "run"],
            self.directory.parent / f"make-{port}.log",
            environ=self.environ({"PORT": str(port)}),
            directory=self.directory,
        )
        try:
            assert make.await_ready(lambda: answers(port), seconds=_READY_SECONDS), make.log_text()
            yield Running(make, port)
        finally:
            make.kill()


def lines_of_the_service(output: str) -> list[str]:
    """What was said, less what make says of itself."""
    return [line for line in output.splitlines() if line.strip() and not re.match(r"g?make(\[\d+\])?: ", line)]


def without_python(directory: Path) -> str:
    """A PATH on which are the programs of make's recipes, and no Python."""
    for name in ("make", "sh", "rm", "sleep", "grep"):
        found = shutil.which(name)
        assert found is not None, name
        (directory / name).symlink_to(found)
    return str(directory)
