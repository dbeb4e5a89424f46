"""Builds the application: `uvicorn service.main:app`."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

import telemetry
from service import brands, demo, health, items, locations, users
from service.body_limit import BodyLimit
from service.caches import Caches, make_store
from service.database import Database
from service.errors import add_error_handlers
from service.problems import describe_problems
from service.settings import Settings, load_settings


def create_app(settings: Settings) -> FastAPI:
    """The application; it opens no connection before it starts."""
    # Swagger UI comes from the package: /docs works without the internet.
    app = FastAPIOffline(title="Candid reference service", redoc_url=None, lifespan=_lifespan)
    urls = settings.database_urls()
    store = make_store(settings)
    app.state.settings = settings
    app.state.database = Database.at(urls.asynchronous, urls.synchronous)
    app.state.store = store
    app.state.caches = Caches.in_store(store, settings.redis_cache_ttl)
    for noun in (brands, items, locations, users):
        app.include_router(noun.router, prefix="/api/v1")
    app.include_router(health.router)
    app.add_middleware(BodyLimit)
    add_error_handlers(app)
    describe_problems(app)
    telemetry.instrument(app, metrics_path="/metrics", budgets=settings.telemetry_budgets)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    if settings.database_url is None:
        await anyio.to_thread.run_sync(demo.prepare, settings.demo_file)
    yield
    await app.state.store.aclose()
    await app.state.database.aclose()


def __getattr__(name: str) -> Any:
    """`app`, made when a server asks for it, so that importing this file does nothing."""
    if name != "app":
        raise AttributeError(name)
    try:
        return globals().setdefault("app", create_app(load_settings()))
    except telemetry.ConfigurationError as error:
        raise SystemExit(f"service: {error}") from None
