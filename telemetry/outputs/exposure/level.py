"""How much of a request's figures a response shows."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeAlias


class Exposure(Enum):
    """How much of a request's figures its response shows."""

    FULL = "full"
    """Everything."""
    COARSE = "coarse"
    """Durations in whole ms; no count of queries and no answer of the cache, which tell secrets exactly."""
    NOTHING = "nothing"
    """No entry of ours at all."""


#: Decides by the ASGI scope of the request, as it is when the response starts.
Policy: TypeAlias = Callable[[Mapping[str, Any]], Exposure]
