"""Work that is handed to a thread pool belongs to the request that handed it over.

`asyncio.to_thread` carries the context of its caller, `loop.run_in_executor` and
`ThreadPoolExecutor.submit` do not. A thread that somebody starts is left alone:
it may live longer than the request and work for others. So is a pool of interpreters,
which is a thread pool by its class only: its work sees nothing of ours, and has to be pickled.
"""

import sys
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial, wraps
from typing import Any

from telemetry.request.context import CELL, Cell


def watch() -> None:
    """Lets thread pools of the process run what they are given for the request of whoever gave it."""
    submit = ThreadPoolExecutor.submit
    if not hasattr(submit, _MARK):
        ThreadPoolExecutor.submit = _carrying(submit)  # type: ignore[method-assign]


def _carrying(submit: Callable[..., Future[Any]]) -> Callable[..., Future[Any]]:
    @wraps(submit)
    def carry(pool: ThreadPoolExecutor, /, *args: Any, **kwargs: Any) -> Future[Any]:
        cell = CELL.get()
        if cell is None or not args or _is_of_interpreters(pool):
            return submit(pool, *args, **kwargs)
        function, *arguments = args
        return submit(pool, partial(_run, cell, function), *arguments, **kwargs)

    setattr(carry, _MARK, True)
    return carry


def _is_of_interpreters(pool: ThreadPoolExecutor) -> bool:
    # From Python 3.14 on, and not imported for this alone.
    # https://docs.python.org/3.14/library/concurrent.futures.html#interpreterpoolexecutor
    module = sys.modules.get("concurrent.futures.interpreter")
    return module is not None and isinstance(pool, module.InterpreterPoolExecutor)


def _run(cell: Cell, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
    token = CELL.set(cell)
    try:
        return function(*args, **kwargs)
    finally:
        CELL.reset(token)


_MARK = "_candid_carries"
