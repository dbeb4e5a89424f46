"""Packages of npm that a test needs, outside the checkout."""

import hashlib
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from service.stack.programs import cache_directory
from tests.servers.requirement import missing, program

_MINUTES = 8


def installed(project: Path) -> Path:
    """A directory with what a `package.json` names in its `node_modules`, installed once for each content of it.

    The test is skipped where there is no npm or nothing to install from, and fails where servers are required.

    Args:
        project: Directory of the `package.json`, which names exact versions.
    """
    npm = program("npm", package="npm")
    described = (project / "package.json").read_bytes()
    place = cache_directory() / f"node-{project.name}-{hashlib.sha256(described).hexdigest()[:12]}"
    if not place.is_dir():
        place.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=place.parent) as temporary:
            made = Path(temporary) / place.name
            made.mkdir()
            (made / "package.json").write_bytes(described)
            _install(npm, made)
            shutil.move(made, place)
    return place


def _install(npm: str, directory: Path) -> None:
    # Nothing that a package brings is run, and no file with addresses is written.
    options = (
        "--no-package-lock",
        "--ignore-scripts",
        "--legacy-peer-deps",
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    )
    try:
        done = subprocess.run(
            [npm, "install", *options],
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=_MINUTES * 60,
        )
    except subprocess.TimeoutExpired:
        missing(f"packages of npm, which took longer than {_MINUTES} minutes")
    if done.returncode:
        missing(f"packages of npm: {done.stderr.strip()[-500:]}")
