"""Programs that a test needs and a machine may lack."""

import os
import shutil
from typing import NoReturn

import pytest


def program(name: str, *, package: str, places: tuple[str, ...] = ()) -> str:
    """Path of a program; without it the test is skipped, or fails where servers are required.

    Args:
        name: Looked for on PATH, and in `places` after that.
        package: The Debian package that has it.
        places: Directories that are not on everybody's PATH.
    """
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", *places))
    return shutil.which(name, path=path) or missing(f"{name}: apt-get install {package}")


def missing(what: str) -> NoReturn:
    """Ends the test: skipped on a laptop, failed under REQUIRE_SERVERS=1."""
    reason = f"needs {what}"
    if os.environ.get("REQUIRE_SERVERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
