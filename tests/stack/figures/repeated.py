"""Routes that load related rows one by one, and in batches."""

from fastapi import APIRouter
from sqlalchemy import ForeignKey, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship, selectinload

from tests.stack.figures.resources import ResourcesOf

router = APIRouter()


class Model(DeclarativeBase):
    pass


class Parent(Model):
    __tablename__ = "parent"

    id: Mapped[int] = mapped_column(primary_key=True)
    children: Mapped[list["Child"]] = relationship()


class Child(Model):
    __tablename__ = "child"

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = mapped_column(ForeignKey("parent.id"))


@router.get("/repeated/lazy")
def lazy(resources: ResourcesOf) -> int:
    with Session(resources.psycopg) as session:
        return _children(session)


@router.get("/repeated/lazy-async")
async def lazy_async(resources: ResourcesOf) -> int:
    async with AsyncSession(resources.asyncpg) as session:
        return await session.run_sync(_children)


def _children(session: Session) -> int:
    parents = session.scalars(select(Parent).order_by(Parent.id).limit(7))
    return sum(len(parent.children) for parent in parents.all())


@router.get("/repeated/batches")
def batches(resources: ResourcesOf) -> int:
    with Session(resources.psycopg) as session:
        parents = session.scalars(select(Parent).options(selectinload(Parent.children)))
        return sum(len(parent.children) for parent in parents.all())
