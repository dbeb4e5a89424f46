"""An application whose routes fail, or not, as they are asked to; its budgets are those of TELEMETRY_BUDGETS."""

from fastapi import FastAPI, HTTPException

import telemetry

app = FastAPI(openapi_url=None)


@app.get("/items/{item_id}")
async def read_item(item_id: int, *, fails: bool = False) -> int:
    if fails:
        raise HTTPException(503)
    return item_id


@app.get("/health")
async def health() -> str:
    return "ok"


telemetry.instrument(app, metrics_path="/metrics")
