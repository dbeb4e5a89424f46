"""A database for the applications of these tests."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from tests.apps import memory_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    engine = memory_engine()
    yield engine
    engine.dispose()
