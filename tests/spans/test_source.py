"""The line of the application that sent a statement, under any way of running."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload
from sqlalchemy.schema import ForeignKey

from telemetry.request.repeats import Origin
from telemetry.spans.source import origin
from tests.apps import memory_engine


class Base(DeclarativeBase):
    """Tables of these tests."""


class Brand(Base):
    """Has items."""

    __tablename__ = "brand"
    id: Mapped[int] = mapped_column(primary_key=True)
    items: Mapped[list["Item"]] = relationship()


class Item(Base):
    """Belongs to a brand."""

    __tablename__ = "item"
    id: Mapped[int] = mapped_column(primary_key=True)
    brand_id: Mapped[int] = mapped_column(ForeignKey("brand.id"))


def origins(engine: Engine) -> list[Origin]:
    """Filled with the origin of each statement that *engine* sends from now on."""
    found: list[Origin] = []
    # Compiled from text, so that the listener is no line of the application.
    listener = eval("lambda *_args: found.append(origin())", {"found": found, "origin": origin})
    event.listen(engine, "before_cursor_execute", listener)
    return found


def filled(engine: Engine) -> Engine:
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add_all(Brand(id=n, items=[Item(id=n)]) for n in range(3))
        session.commit()
    return engine


def send(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def test_the_nearest_line_of_the_application_is_named() -> None:
    engine = memory_engine()
    found = origins(engine)
    send(engine)
    (only,) = found
    assert only.line == f"spans/test_source.py:{send.__code__.co_firstlineno + 2} in send"
    assert not only.is_batched_load
    engine.dispose()


def test_a_lazy_load_is_charged_to_the_line_that_touched_the_attribute() -> None:
    engine = filled(memory_engine())

    def touches(session: Session) -> None:
        for brand in session.scalars(select(Brand)):
            assert brand.items

    with Session(engine) as session:
        found = origins(engine)
        touches(session)
    assert all(one.line is not None and one.line.endswith(".<locals>.touches") for one in found)
    assert len(found) == 4
    engine.dispose()


def test_a_loader_that_works_in_batches_is_told_from_the_rest() -> None:
    engine = filled(memory_engine())
    with Session(engine) as session:
        found = origins(engine)
        session.scalars(select(Brand).options(selectinload(Brand.items))).all()
    assert [one.is_batched_load for one in found] == [False, True]
    engine.dispose()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    engine = create_async_engine(f"sqlite+aiosqlite:///{tmp_path / 'a.db'}")
    yield engine
    await engine.dispose()


@pytest.mark.anyio
async def test_an_asynchronous_statement_is_charged_to_the_coroutine_that_awaits(engine: AsyncEngine) -> None:
    found = origins(engine.sync_engine)

    async def awaits() -> None:
        async with AsyncSession(engine) as session:
            await session.execute(text("SELECT 1"))

    await asyncio.gather(awaits(), awaits())
    assert [one.line is not None and one.line.endswith(".<locals>.awaits") for one in found] == [True, True]


def test_a_deep_stack_costs_no_more_than_its_limit() -> None:
    def deep(levels: int) -> Origin:
        return deep(levels - 1) if levels else origin()

    assert deep(500).line is not None
