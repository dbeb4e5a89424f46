"""The line of the application that sent a statement."""

import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any, Final

from telemetry.request.repeats import Origin

_MAX_FRAMES: Final = 200
_LIBRARIES: Final = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})
_OWN: Final = str(Path(__file__).parent.parent)


def origin() -> Origin:
    """Where the statement that is about to be sent comes from.

    Costs some microseconds per frame: for statements that stand out, not for all.
    """
    line: str | None = None
    is_batched_load = False
    for frame in _frames():
        code = frame.f_code
        if line is None and not code.co_filename.startswith((*_LIBRARIES, _OWN, "<")):
            line = f"{'/'.join(Path(code.co_filename).parts[-2:])}:{frame.f_lineno} in {code.co_qualname}"
        is_batched_load = is_batched_load or code.co_qualname.lstrip("_").startswith("SelectInLoader.")
    return Origin(line, is_batched_load)


def _frames() -> Iterator[FrameType]:
    """Frames from here outwards, over the greenlets in which SQLAlchemy runs for asyncio."""
    remaining = _MAX_FRAMES
    frame: FrameType | None = sys._getframe(1)
    # Optional in SQLAlchemy 2.1; where nobody imported it, there is one stack only.
    greenlet = sys.modules.get("greenlet")
    parent: Any = None if greenlet is None else greenlet.getcurrent().parent
    while remaining:
        if frame is None:
            # The coroutine that awaits is on the stack of the greenlet that started this one.
            if parent is None:
                return
            frame, parent = parent.gr_frame, parent.parent
            continue
        yield frame
        frame = frame.f_back
        remaining -= 1
