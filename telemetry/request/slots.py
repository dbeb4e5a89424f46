"""Where a statement runs: a thread, or an asyncio task in it, runs one statement at a time."""

from asyncio import _get_running_loop, current_task
from threading import get_ident
from typing import TypeAlias

Slot: TypeAlias = int


def current_slot() -> Slot:
    """The asyncio task that runs now, or else the thread, as a number that differs for all that live.

    Both are addresses of objects, so no task has the number of a thread.
    """
    # Asked first, because `current_task` raises where no loop runs: dear in a thread of sync code.
    loop = _get_running_loop()
    if loop is None:
        return get_ident()
    task = current_task(loop)
    return get_ident() if task is None else id(task)
