"""No telemetry at all: what every other configuration is compared with."""

from fastapi import FastAPI, Request
from sqlalchemy import Engine


def instrument(app: FastAPI, engine: Engine) -> None:
    """Leaves *app* as it is."""


def cache_answered(request: Request, hit: bool) -> None:  # noqa: FBT001 - the shape of the call that is compared
    """Has nobody to tell."""
