"""The files of the stack, read as YAML."""

from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).resolve().parent.parent.parent


def read(name: str) -> Any:
    """A file of the checkout, its anchors and merges resolved."""
    return yaml.safe_load((ROOT / name).read_text())


def services() -> dict[str, dict[str, Any]]:
    """The services of compose.yml, by name, those of profiles too."""
    found: dict[str, dict[str, Any]] = read("compose.yml")["services"]
    return found
