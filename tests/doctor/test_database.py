"""Engines and drivers: what is timed, what is counted, and what is not seen."""

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY, UNWATCHED


def test_engines_are_told_apart_and_one_that_was_not_used_yet_is_no_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "from sqlalchemy.ext.asyncio import create_async_engine\n"
        "lazy = create_async_engine('postgresql+asyncpg://reader:unspoken@db.example:5433/shop?ssl=require')\n"
        "derived = lazy.execution_options(isolation_level='AUTOCOMMIT')\n"
    )
    assert outcome.code == 0, outcome
    assert sorted(finding.what for finding in outcome.findings("engine")) == [
        "postgresql+asyncpg db.example:5433/shop: its statements are timed",
        "sqlite+pysqlite: its statements are timed",
    ]
    assert "asyncpg, sqlite3" in outcome.whats("driver")


def test_an_engine_made_before_is_timed_from_its_next_connection_on(examine: Doctor) -> None:
    outcome = examine(HEALTHY + "unused = create_engine('sqlite:///unused.sqlite')\n", "--path", "/openapi.json")
    assert outcome.code == 0, outcome
    assert "sqlite+pysqlite: its statements are timed from its next connection on" in outcome.whats("engine")
    assert "the request sent no statement" in outcome.whats("figures")


def test_an_engine_that_nothing_times_is_a_problem(examine: Doctor) -> None:
    outcome = examine(
        HEALTHY + "read()\n"
        "from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor\n"
        "SQLAlchemyInstrumentor().uninstrument()\n"
    )
    assert outcome.code == 1
    assert outcome.problems() == [
        ("figures", "statements ran that nothing timed, so db is left out and their number stands alone"),
        (
            "engine",
            "sqlite+pysqlite: nothing times its statements, since SQLAlchemy's instrumentation was removed",
        ),
    ]


def test_a_driver_that_cannot_be_counted_is_a_problem_once_it_is_used_directly(examine: Doctor) -> None:
    stub = "import sys, types\nsys.modules['pg8000'] = pg8000 = types.ModuleType('pg8000')\n"
    stub += "pg8000.connect = lambda **options: object()\n"
    direct = stub + HEALTHY + "app.get('/direct')(lambda: bool(pg8000.connect()))\n"
    watched = examine(direct)
    assert watched.code == 0, watched
    assert "pg8000: counted through SQLAlchemy" in watched.whats("driver")
    used = examine(direct, "--path", "/direct")
    assert used.code == 1
    assert used.problems() == [
        ("figures", "a driver was used directly where nothing can count, so db and queries are left out"),
        ("driver", "pg8000 is used directly, where nothing can count: every request leaves out db and queries"),
    ]
    assert "queries" not in used.whats("header")


def test_statements_that_a_driver_gets_directly_are_counted(examine: Doctor) -> None:
    direct = (
        "import sqlite3\n"
        + HEALTHY
        + "app.get('/direct')(lambda: sqlite3.connect(':memory:').execute('SELECT 1') and 1)\n"
    )
    outcome = examine(direct, "--path", "/direct")
    assert 'queries;desc="1 Query"' in outcome.whats("header")


def test_a_driver_that_nobody_knows_is_named(examine: Doctor) -> None:
    outcome = examine("import sys, types\nsys.modules['turbodbc'] = types.ModuleType('turbodbc')\n" + HEALTHY)
    assert "turbodbc: counted through SQLAlchemy only" in outcome.whats("driver")


def test_without_telemetry_engines_and_drivers_are_not_seen(examine: Doctor) -> None:
    outcome = examine(UNWATCHED)
    assert outcome.problems() == [
        ("application", "telemetry.instrument was not called: requests of application:app are not seen"),
        ("engine", "sqlite+pysqlite: nothing times its statements"),
    ]
    assert "not watched" in outcome.whats("driver")
