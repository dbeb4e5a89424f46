"""What goes to Redis and what comes back."""

from collections.abc import Sequence

Argument = str | bytes | int

Command = tuple[Argument, ...]

Reply = bytes | str | int | Exception | Sequence[bytes | str | None] | None
"""Of one command; an exception if it failed."""
