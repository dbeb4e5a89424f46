"""What all commands share: what they are added to, and printing."""

from typing import Any

Commands = Any
"""What `add_subparsers` returns; argparse has no public name for it."""


def show(stream: Any, text: str) -> None:
    """Prints *text* and a line end; what the terminal cannot show is escaped, rather than ending in a traceback."""
    encoding = stream.encoding or "utf-8"
    stream.write(f"{text}\n".encode(encoding, "backslashreplace").decode(encoding))
    stream.flush()
