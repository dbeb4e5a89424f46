"""Who calls a driver: SQLAlchemy, whose statements are counted already, or somebody else."""

import sys
from types import FrameType

_ALWAYS_PASSED = ("telemetry.", "opentelemetry.", "wrapt", "functools", "contextlib")


def is_direct(passed: tuple[str, ...], never: tuple[str, ...] = (), depth: int = 2) -> bool:
    """Whether the running call into a driver comes from outside SQLAlchemy.

    Decided by the module of the nearest frame outwards that is not just handing the
    call on. A flag set while SQLAlchemy executes would miss what it sends between
    statements: pings, type look-ups, FETCH.

    Args:
        passed: Prefixes of modules that hand calls on, such as the driver's own pool.
        never: Prefixes of modules whose calls are the driver's housekeeping.
        depth: Frames between here and the call in question.
    """
    # Not `_getframe(depth)`: the stack of a greenlet may end earlier.
    frame: FrameType | None = sys._getframe(1)
    for _ in range(depth - 1):
        frame = None if frame is None else frame.f_back
    while frame is not None:
        module: str = frame.f_globals.get("__name__", "")
        if not module.startswith((*passed, *_ALWAYS_PASSED)):
            return not module.startswith(("sqlalchemy.", *never))
        frame = frame.f_back
    return True
