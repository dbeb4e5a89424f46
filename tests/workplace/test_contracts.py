"""The import contracts see what they forbid."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.workplace.checkout import Checkout

_PLANTS: Final = {
    "A file of telemetry imports only from the floors below its own": ("telemetry/units.py", "telemetry.settings"),
    "Nothing inside telemetry imports its root": ("telemetry/spans/provider.py", "telemetry"),
    "The library does not know the service": ("telemetry/install.py", "service.settings"),
    "The pure parts reach no framework, not even indirectly": ("telemetry/request/record.py", "starlette.requests"),
    "The service sees of the library only telemetry and telemetry.cache": ("service/main.py", "telemetry.cache.store"),
}


def _lint_imports(directory: Path) -> str:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    environ = os.environ | {"PYTHONPATH": str(directory)}
    return subprocess.run(command, cwd=directory, env=environ, capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("contract", _PLANTS)
def test_a_forbidden_import_breaks_its_contract(clone: Checkout, contract: str) -> None:
    file, imported = _PLANTS[contract]
    with (clone.directory / file).open("a") as source:
        source.write(f"\nimport {imported}\n")
    assert f"{contract} BROKEN" in _lint_imports(clone.directory)
