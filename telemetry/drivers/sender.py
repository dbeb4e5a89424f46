"""Who calls a driver: SQLAlchemy, whose statements are counted already, or somebody else."""

import sys
from types import FrameType

_EXECUTE = frozenset({"do_execute", "do_executemany", "do_execute_no_params"})
_HANDING_ON = frozenset({"execute", "executemany"})
_NEAR = 12
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
        if module.startswith(("sqlalchemy.", *never)) and not module.startswith(passed):
            return False
        # A method of this name hands on, too: that of a cursor class which somebody derived from the driver's.
        if not module.startswith((*passed, *_ALWAYS_PASSED)) and frame.f_code.co_name not in _HANDING_ON:
            return not _is_executing(frame)
        frame = frame.f_back
    return True


def opened_by_pool() -> bool:
    """Whether SQLAlchemy's pool is opening a connection, be it by way of the application's own `creator`."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("sqlalchemy.pool"):
            return True
        frame = frame.f_back
    return False


def _is_executing(frame: FrameType) -> bool:
    """Whether SQLAlchemy executes a statement close by, and a cursor class of somebody else stands between."""
    outer: FrameType | None = frame
    for _ in range(_NEAR):
        if outer is None:
            return False
        if outer.f_code.co_name in _EXECUTE and outer.f_globals.get("__name__", "").startswith("sqlalchemy."):
            return True
        outer = outer.f_back
    return False
