"""An application with few routes, for the commands."""

from fastapi import FastAPI

app = FastAPI(openapi_url=None)


@app.get("/api/items")
def list_items() -> list[int]:
    return []


@app.post("/api/items")
def create_item() -> int:
    return 1


@app.get("/api/items/{item_id}")
def read_item(item_id: int) -> int:
    return item_id


@app.get("/health")
def health() -> str:
    return "ok"
