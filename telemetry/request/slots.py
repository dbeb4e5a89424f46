"""Where a statement runs: a thread, or an asyncio task in it, runs one statement at a time."""

import asyncio
import threading
from typing import TypeAlias

Slot: TypeAlias = tuple[int, int]


def current_slot() -> Slot:
    """The thread and the asyncio task that run now, as numbers that differ while both live."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        task = None
    return threading.get_ident(), id(task) if task is not None else 0
