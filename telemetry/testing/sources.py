"""The line of a statement, as a path from the root of the tests where it can be told."""

import sys
from collections.abc import Iterator
from pathlib import Path

from telemetry.budgets.finding import SHORTENED


class Sources:
    """Completes `items.py`-like paths of two parts, which is all that a record keeps of a file.

    Args:
        root: Of the tests.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, str] = {}

    def __call__(self, source: str | None) -> str | None:
        """*source* with the path from the root; marked as shortened unless it can only be one file below it."""
        if source is None:
            return None
        short, colon, rest = source.partition(":")
        if short not in self._known:
            found = {path for path in _files() if "/".join(path.parts[-2:]) == short}
            path = found.pop() if len(found) == 1 else None
            if path is None or not path.is_relative_to(self._root) or not path.is_file():
                return f"{SHORTENED}{source}"
            self._known[short] = path.relative_to(self._root).as_posix()
        return f"{self._known[short]}{colon}{rest}"


def _files() -> Iterator[Path]:
    for module in tuple(sys.modules.values()):
        name = getattr(module, "__file__", None)
        if isinstance(name, str):
            yield Path(name)
