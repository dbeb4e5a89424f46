"""Where one run of the stack has its files: a directory of its own that ends with it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from service.stack.part import StartError


@contextmanager
def run_directory(data: Path) -> Iterator[Path]:
    """A new directory in *data*.

    Raises:
        StartError: It cannot be made.
    """
    try:
        data.mkdir(parents=True, exist_ok=True)
        made = TemporaryDirectory(prefix="stack-", dir=data)
    except OSError as error:
        raise StartError(f"DEMO_DATA_DIR={str(data)!r} cannot be used ({error.strerror}): give another") from None
    with made as name:
        directory = Path(name).resolve()
        if system_user() is not None:
            # Another user has his directory in there; he may pass through and see nothing.
            directory.chmod(0o711)
        yield directory


def system_user() -> str | None:
    """Who runs what refuses to run as root; None for whoever started the stack."""
    return "postgres" if os.geteuid() == 0 else None


def write_secret(path: Path, text: str) -> None:
    """Writes a file that only its owner can read."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
