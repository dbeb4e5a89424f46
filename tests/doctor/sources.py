"""Sources of small applications, as users write them."""

UNWATCHED = """
from fastapi import FastAPI
from sqlalchemy import create_engine, text
from sqlalchemy.pool import StaticPool

import telemetry

engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
app = FastAPI()


@app.get("/")
def read() -> None:
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))

"""

HEALTHY = UNWATCHED + "telemetry.instrument(app)\n"
