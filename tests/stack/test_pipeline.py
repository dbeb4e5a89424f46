"""psycopg's pipeline mode queues statements: their time is not that of the call."""

import psycopg
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from sqlalchemy import create_engine, text

import telemetry
from tests.apps import called, header_of
from tests.server_timing import parse
from tests.servers.postgres import Postgres


def test_a_pipeline_claims_no_time(postgres: Postgres) -> None:
    app, url = FastAPI(), postgres.new_database().url
    telemetry.instrument(app, registry=CollectorRegistry())
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))

    @app.get("/direct")
    def direct() -> None:
        with psycopg.connect(url) as connection, connection.pipeline():
            connection.execute("SELECT pg_sleep(0.05)").fetchall()

    @app.get("/sqlalchemy")
    def sqlalchemy() -> None:
        with engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, psycopg.Connection)
            with driver.pipeline():
                connection.execute(text("SELECT pg_sleep(0.05)")).all()

    def names(path: str) -> list[str]:
        return [metric.name for metric in parse(header_of(called(app, path)))]

    assert names("/direct") == ["queries", "total"]
    assert names("/sqlalchemy") == ["total"]
    engine.dispose()
