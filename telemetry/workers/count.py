"""How many workers the server runs that this process is a worker of."""

import multiprocessing
import sys
from collections.abc import Iterator
from typing import Any

_ONE = 1


def count_of_workers() -> int:
    """Workers of the server that runs this code; 1 where nothing says that there are more.

    Other processes that import an application, such as those of a pool, are no workers.
    """
    return max(_spawned(), _forked())


def _spawned() -> int:
    """As uvicorn (also under `fastapi run`) and hypercorn do: a worker is a process that is given the configuration."""
    if multiprocessing.parent_process() is None:
        return _ONE
    # Of the process itself: what the server object says in a process that serves alone, with WEB_CONCURRENCY set by
    # the platform, is not what happens.
    config: Any = getattr(multiprocessing.current_process(), "_kwargs", {}).get("config")
    # With a reloader there is one worker, whatever number is asked for.
    if getattr(config, "reload", False) or getattr(config, "use_reloader", False):
        return _ONE
    workers = getattr(config, "workers", _ONE)
    return workers if isinstance(workers, int) else _ONE


def _forked() -> int:
    """As gunicorn does: a worker runs inside the call by which its arbiter made it."""
    arbiter = getattr(sys.modules.get("gunicorn.arbiter"), "Arbiter", None)
    if arbiter is None:
        return _ONE
    callers = (frame.f_locals.get("self") for frame in _frames())
    found = next((caller for caller in callers if isinstance(caller, arbiter)), None)
    workers = getattr(found, "num_workers", _ONE)
    return workers if isinstance(workers, int) else _ONE


def _frames() -> Iterator[Any]:
    frame: Any = sys._getframe()
    while frame is not None:
        yield frame
        frame = frame.f_back
