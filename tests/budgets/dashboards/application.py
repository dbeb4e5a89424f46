"""The service with a few routes that do what nobody wants: `uvicorn tests.budgets.dashboards.application:make`."""

from typing import Final

from fastapi import BackgroundTasks, FastAPI, HTTPException, Request
from sqlalchemy import select

import telemetry
from service import main
from service.database import Database, DbSession
from service.models import Brand
from service.settings import load_settings

#: More names of timings than the header shows.
_NAMES: Final = 64


def make() -> FastAPI:
    """The application."""
    app = main.create_app(load_settings())
    app.add_api_route("/demo/loop", loop)
    app.add_api_route("/demo/raw", raw)
    return app


async def loop(request: Request, db: DbSession, later: BackgroundTasks, *, fail: bool = False) -> int:
    """Loads rows one by one, and goes on after the response; fails if it is asked to."""
    for number in range(8):
        await db.execute(select(Brand).where(Brand.id == number))
    await db.commit()
    for number in range(_NAMES):
        with telemetry.timing(f"part{number}"):
            pass
    if fail:
        raise HTTPException(503)
    later.add_task(_again, request.app.state.database)
    return 8


def raw(request: Request) -> int:
    """Sends a statement that nothing times."""
    connection = request.app.state.database.sync_engine.raw_connection()
    try:
        connection.cursor().execute("SELECT 1")
    finally:
        connection.close()
    return 1


async def _again(database: Database) -> None:
    async with database.sessions() as session:
        await session.execute(select(Brand))
