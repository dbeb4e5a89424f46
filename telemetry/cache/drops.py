"""Counters of what the cache did not do."""

import threading
from dataclasses import dataclass, field
from typing import Literal

DropName = Literal[
    "reads_bypassed",
    "sets_unreachable",
    "sets_without_ticket",
    "sets_of_none",
    "values_oversized",
    "values_unencodable",
    "values_unreadable",
    "invalidations_deferred",
    "invalidations_widened",
]


@dataclass(slots=True)
class Drops:
    """What a store dropped or put off since the process started; each only grows.

    Attributes:
        reads_bypassed: Look-ups that Redis did not answer.
        sets_unreachable: Values not stored because Redis did not take them.
        sets_without_ticket: Values not stored because nobody could say which invalidations they predate.
        sets_of_none: None handed to `set`; it is not stored.
        values_oversized: Values larger than `Limits.value_bytes`, not stored.
        values_unencodable: Values that do not fit the type of their manager, not stored.
        values_unreadable: Stored values that did not fit that type when read; they count as misses.
        invalidations_deferred: Tokens that could not be sent at once and were kept to be sent later.
        invalidations_widened: Kept tokens given up for one that covers a whole sixteenth of the namespace.
    """

    reads_bypassed: int = 0
    sets_unreachable: int = 0
    sets_without_ticket: int = 0
    sets_of_none: int = 0
    values_oversized: int = 0
    values_unencodable: int = 0
    values_unreadable: int = 0
    invalidations_deferred: int = 0
    invalidations_widened: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def count(self, name: DropName, by: int = 1) -> None:
        """Adds to a counter; may be called from any thread."""
        with self._lock:
            setattr(self, name, getattr(self, name) + by)
