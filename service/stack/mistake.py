"""The service with a mistake in it: a list of items loads each brand by a statement of its own."""

from typing import Any

from fastapi import FastAPI
from sqlalchemy.orm import lazyload

from service import items, main
from service.settings import Settings, load_settings
from telemetry import ConfigurationError


def create_app(settings: Settings) -> FastAPI:
    """The application, as if `service/items.py` said `lazyload` where it says `joinedload`; for this process."""
    vars(items)["joinedload"] = lazyload
    return main.create_app(settings)


def __getattr__(name: str) -> Any:
    """`app`, made when a server asks for it, so that importing this file does nothing."""
    if name != "app":
        raise AttributeError(name)
    try:
        return globals().setdefault("app", create_app(load_settings()))
    except ConfigurationError as error:
        raise SystemExit(f"service: {error}") from None
