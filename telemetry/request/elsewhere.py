"""Queries that were sent where nobody could tell for which request: they may be of any that was open meanwhile."""

import threading


def query_sent() -> None:
    """Notes one query that no request is known to have sent."""
    with _lock:
        _sent[0] += 1


def queries_sent() -> int:
    """How many there were in this process; if it stayed the same, none was sent meanwhile."""
    return _sent[0]


_lock = threading.Lock()
_sent = [0]
