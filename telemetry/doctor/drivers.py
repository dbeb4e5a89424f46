"""Check: which database drivers are loaded, and would statements that are sent to them directly be counted?"""

import sys
from collections.abc import Iterator
from typing import Final

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, note, ok, problem
from telemetry.doctor.layers import application_in, is_watched
from telemetry.drivers import uncounted

_PART: Final = "driver"
_COUNTED: Final = ("aiosqlite", "asyncpg", "psycopg", "sqlite3")
# Drivers of SQL databases that nothing here knows, so that their statements leave no trace at all.
_UNKNOWN: Final = (
    "apsw",
    "clickhouse_connect",
    "clickhouse_driver",
    "ibm_db",
    "libsql",
    "psqlpy",
    "snowflake.connector",
    "sqlcipher3",
    "turbodbc",
)


def check_drivers(evidence: Evidence) -> Iterator[Finding]:
    """Drivers that are watched, and those in use that cannot be counted."""
    application = application_in(evidence.app)
    if application is None or not is_watched(application):
        yield note(_PART, "statements that go past SQLAlchemy are not watched, since telemetry is not at work")
        return
    yield ok(_PART, f"counted also where used directly: {', '.join(name for name in _COUNTED if name in sys.modules)}")
    used = uncounted.used_directly()
    for name in dict.fromkeys(module.partition(".")[0] for module, _ in uncounted.ENTRANCES):
        if name in used:
            yield problem(
                _PART,
                f"{name} is used directly, where nothing can count: every request leaves out db and queries",
                "Send these statements through SQLAlchemy, or use a driver that is counted.",
            )
        elif name in sys.modules:
            yield note(_PART, f"{name}: counted through SQLAlchemy; used directly, it makes db and queries be left out")
    for name in _UNKNOWN:
        if name in sys.modules:
            yield note(
                _PART,
                f"{name}: counted through SQLAlchemy only; what is sent to it directly is in no figure",
                "Add such statements by telemetry.increment_query_count(request).",
            )
