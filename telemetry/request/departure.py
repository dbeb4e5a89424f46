"""What an application raises because its client left, which is no failure of the application."""

from collections.abc import Iterator
from typing import Final

# Starlette's own, and the cancellation by a server.
_RAISED: Final = frozenset({"ClientDisconnect", "CancelledError"})


def is_departure(error: BaseException) -> bool:
    """Whether *error* says that the client left, and nothing else; also one that a task group wrapped."""
    return all(type(leaf).__qualname__ in _RAISED for leaf in _leaves(error))


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
