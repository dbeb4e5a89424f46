"""The service keeps its own budgets, in the way that docs/budgets.md shows to users."""

import pytest
from starlette.testclient import TestClient

from service.settings import ROOT
from telemetry.testing import HeldRequests
from tests.service.people import ADMIN, USER

pytestmark = pytest.mark.performance_budgets(ROOT / "service" / "budgets.yaml")


@pytest.mark.parametrize("path", ["/api/v1/items/", "/api/v1/items/1", "/api/v1/brands/", "/api/v1/locations/"])
def test_reading_keeps_the_budgets_with_a_cold_cache_and_with_a_warm_one(
    client: TestClient, path: str, performance_budgets: HeldRequests
) -> None:
    assert [client.get(path, headers=USER).status_code for _ in range(2)] == [200, 200]
    cold, warm = [seen.ending.final.db_queries for seen in performance_budgets.requests]
    assert cold is not None
    assert warm is not None
    assert cold > warm


def test_writing_keeps_the_budgets(client: TestClient) -> None:
    made = client.post("/api/v1/brands/", headers=ADMIN, json={"name": "Budgeted"})
    assert made.status_code == 201
    assert client.delete(f"/api/v1/brands/{made.json()['id']}", headers=ADMIN).status_code == 204
