"""Chromium reads the figures of the running service from `performance`, as the header states them."""

from typing import Any, Final

import pytest
from playwright.sync_api import Page, Response

from tests.server_timing import parse
from tests.servers.service_process import ServiceProcess, StartService

USER: Final = {"Authorization": "Bearer demo-user"}
ADMIN: Final = {"Authorization": "Bearer demo-admin"}

NAVIGATION: Final = """() => {
    const [entry] = performance.getEntriesByType("navigation")
    return entry.serverTiming.map(({name, duration, description}) => ({name, duration, description}))
}"""
FETCHED: Final = """async ({path, options}) => {
    const url = new URL(path, location.href).href
    const timed = new Promise(resolve => new PerformanceObserver((list, observer) => {
        for (const entry of list.getEntriesByName(url)) {
            observer.disconnect()
            resolve(entry.serverTiming.map(({name, duration, description}) => ({name, duration, description})))
        }
    }).observe({type: "resource"}))
    const response = await fetch(url, options)
    await response.arrayBuffer()
    return {
        status: response.status,
        header: response.headers.get("server-timing"),
        entries: await timed,
        listed: performance.getEntriesByType("resource").filter(entry => entry.name === url).length,
    }
}"""

LOADED: Final = """async url => {
    const timed = new Promise(resolve => new PerformanceObserver((list, observer) => {
        for (const entry of list.getEntriesByName(url)) {
            observer.disconnect()
            resolve(entry.serverTiming.length)
        }
    }).observe({type: "resource"}))
    new Image().src = url
    return await timed
}"""


def entries_in(header: str) -> list[dict[str, object]]:
    """What a browser is meant to read from a header: no `dur` reads 0, no `desc` an empty text."""
    return [
        {"name": metric.name, "duration": float(metric.dur or 0), "description": metric.desc or ""}
        for metric in parse(header)
    ]


@pytest.fixture
def service(service_process: StartService) -> ServiceProcess:
    return service_process()


def opened(page: Page, url: str) -> Response:
    response = page.goto(url)
    assert response is not None
    return response


def fetched(page: Page, path: str, **options: Any) -> dict[str, Any]:
    """Fetches a path of the page's own origin; says what the script of a page can see of it."""
    seen: dict[str, Any] = page.evaluate(FETCHED, {"path": path, "options": options})
    return seen


def test_the_navigation_entry_has_the_numbers_of_the_header(page: Page, service: ServiceProcess) -> None:
    for description in ("Cache Miss", "Cache Hit"):
        response = opened(page, f"{service.url}/api/v1/brands/1")
        entries = page.evaluate(NAVIGATION)

        assert entries == entries_in(response.headers["server-timing"])
        assert [entry["name"] for entry in entries] == ["db", "cache", "queries", "total"]
        assert entries[0]["description"] == "Database Query Time"
        assert entries[1]["description"] == description
        assert entries[3]["duration"] > 0


def test_resource_entries_have_the_numbers_of_their_headers(page: Page, service: ServiceProcess) -> None:
    opened(page, f"{service.url}/docs")
    brand = '{"name": "Chromium Works"}'
    json = {"Content-Type": "application/json"}
    for path, options, status, cache, queries in (
        ("/api/v1/brands/?size=5", {}, 200, "Cache Miss", "2 Queries"),
        ("/api/v1/brands/?size=6", {}, 200, "Cache Miss", "2 Queries"),
        ("/api/v1/items/3", {"headers": USER}, 200, "Cache Miss", "2 Queries"),
        ("/api/v1/items/4", {}, 401, None, "0 Queries"),
        ("/api/v1/brands/999999", {}, 404, "Cache Miss", "1 Query"),
        ("/api/v1/locations/?bbox=nonsense", {}, 422, None, "0 Queries"),
        ("/api/v1/brands/", {"method": "POST", "headers": ADMIN | json, "body": brand}, 201, None, "2 Queries"),
        ("/api/v1/nothing", {}, 404, None, "0 Queries"),
    ):
        seen = fetched(page, path, **options)

        assert (seen["status"], seen["listed"]) == (status, 1), path
        assert seen["entries"] == entries_in(seen["header"]), path
        shown = {entry["name"]: entry["description"] for entry in seen["entries"]}
        assert (shown.get("cache"), shown["queries"]) == (cache, queries), path


def test_a_page_of_another_origin_reads_nothing(page: Page, service: ServiceProcess) -> None:
    opened(page, f"{service.url.replace('127.0.0.1', 'localhost')}/docs")

    assert page.evaluate(LOADED, f"{service.url}/api/v1/brands/1") == 0
    opened(page, f"{service.url}/docs")
    assert page.evaluate(LOADED, f"{service.url}/api/v1/brands/2") == 4
