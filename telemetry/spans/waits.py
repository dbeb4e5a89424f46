"""Times what SQLAlchemy does beside executing statements, for which no instrumentation makes spans: rows and COMMIT.

https://github.com/open-telemetry/opentelemetry-python-contrib/issues/3964
"""

from collections.abc import Callable
from functools import wraps
from time import perf_counter_ns
from typing import Any

from sqlalchemy.engine import cursor as cursor_module
from sqlalchemy.engine.default import DefaultDialect

from telemetry.errors import Guard
from telemetry.request.context import current_record
from telemetry.request.phases import Phase
from telemetry.spans.binding import record_at

_GUARD = Guard("waits")
_MARK = "_candid_timed"
# The methods that ask the driver for rows. Those of the buffered strategy serve most rows from memory.
_FETCHES = (
    ("CursorFetchStrategy", ("fetchmany", "fetchall")),
    ("BufferedRowCursorFetchStrategy", ("__init__", "_buffer_rows", "fetchmany", "fetchall")),
)


def watch() -> None:
    """Times fetching, COMMIT and ROLLBACK of every engine of the process."""
    for class_name, methods in _FETCHES:
        strategy = getattr(cursor_module, class_name, None)
        for method in methods:
            _time(strategy, method, Phase.FETCH)
    _replace(cursor_module.CursorFetchStrategy, "fetchone", _timed_row)
    for method in ("do_commit", "do_rollback"):
        _time(DefaultDialect, method, Phase.TRANSACTION)


def _time(owner: Any, name: str, phase: Phase) -> None:
    if owner is not None:
        _replace(owner, name, lambda method: _timed(method, phase))


def _replace(owner: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    # Through the class: what others wrapped before us finds its instance in the arguments only so.
    method = getattr(owner, name) if name in vars(owner) else None
    if callable(method) and not hasattr(method, _MARK):
        replacement = make(method)
        setattr(replacement, _MARK, True)
        setattr(owner, name, replacement)


def _timed(method: Callable[..., Any], phase: Phase) -> Callable[..., Any]:
    @wraps(method)
    def timed(*args: Any, **kwargs: Any) -> Any:
        record, began_ns = None, 0
        with _GUARD:
            record = record_at(None)
            began_ns = 0 if record is None else record.now_ns()
        try:
            return method(*args, **kwargs)
        finally:
            if record is not None:
                with _GUARD:
                    record.phase_ended(phase, began_ns)

    return timed


def _timed_row(fetchone: Callable[..., Any]) -> Callable[..., Any]:
    # Called once for each row: a context manager, a lock and an interval would cost several times what it measures.
    @wraps(fetchone)
    def timed_row(*args: Any, **kwargs: Any) -> Any:
        record = None
        try:
            record = current_record()
        except Exception as error:
            if not _GUARD.took(error):
                raise
        if record is None:
            return fetchone(*args, **kwargs)
        began_ns = perf_counter_ns()
        row = fetchone(*args, **kwargs)
        try:
            now_ns, fetched_ns = perf_counter_ns(), record.row_fetched_ns
            # Time in which another thread fetched too is there already: this adds up to their wall time, or to less
            # where a slow row outlasts the gaps between quick ones. Not `max`, which costs a call.
            if now_ns > fetched_ns:
                record.row_fetched_ns = now_ns
                record.row_fetch_ns += now_ns - (began_ns if began_ns > fetched_ns else fetched_ns)
        except Exception as error:
            if not _GUARD.took(error):
                raise
        return row

    return timed_row
