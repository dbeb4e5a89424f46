"""The private PostgreSQL counts what clients sent, and nothing else."""

import psycopg
import pytest

from tests.servers.postgres import Database, Postgres


def test_it_counts_the_statements_of_one_database(postgres: Postgres, postgres_database: Database) -> None:
    other = postgres.new_database()
    with psycopg.connect(postgres_database.url) as connection, psycopg.connect(other.url) as elsewhere:
        connection.execute("CREATE TABLE brand (id integer)")
        connection.commit()
        before = postgres_database.statements()
        for number in range(3):
            connection.execute("INSERT INTO brand VALUES (%s)", (number,))
        connection.execute("SELECT id FROM brand")
        elsewhere.execute("SELECT 1")
    after = postgres_database.statements()

    assert after.since(before).calls == {"INSERT INTO brand VALUES ($1)": 3, "SELECT id FROM brand": 1}
    assert after.since(before).total == 4


def test_reading_the_count_is_not_counted(postgres_database: Database) -> None:
    before = postgres_database.statements()
    assert postgres_database.statements().since(before).total == 0


def test_it_logs_each_statement_with_its_database(postgres: Postgres, postgres_database: Database) -> None:
    with psycopg.connect(postgres_database.url) as connection:
        connection.execute("SELECT 'to be found in the log'")
    assert f"{postgres_database.name} LOG:  statement: SELECT 'to be found in the log'" in postgres.log_text()


def test_its_data_outlast_a_stop(postgres: Postgres, postgres_database: Database) -> None:
    with psycopg.connect(postgres_database.url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop()
    try:
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(postgres_database.url)
    finally:
        postgres.start()
    with psycopg.connect(postgres_database.url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
