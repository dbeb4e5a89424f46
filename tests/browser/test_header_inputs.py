"""Chromium's own parser reads the entries that were meant, and no others, whatever they are called.

It stops at the first thing that it does not understand, so the entries after a
hostile one prove that nothing was cut off.
"""

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Page
from prometheus_client import CollectorRegistry
from starlette.responses import HTMLResponse, Response

import telemetry
from tests.browser.hostile import HOSTILE

READ = """async paths => {
    const timingOf = url => new Promise(resolve => {
        new PerformanceObserver((list, observer) => {
            for (const entry of list.getEntriesByName(url)) {
                observer.disconnect()
                resolve(entry.serverTiming.map(({name, description}) => [name, description]))
            }
        }).observe({type: "resource", buffered: true})
    })
    const read = []
    for (const path of paths) {
        const response = await fetch(path)
        await response.arrayBuffer()
        read.push(await timingOf(response.url))
    }
    return read
}"""
OURS = [["db", "Database Query Time"], ["queries", "0 Queries"], ["total", ""]]


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/")
    def page() -> HTMLResponse:
        return HTMLResponse("<p>a page</p>")

    @app.get("/hostile/{number}")
    def hostile(number: int) -> None:
        name, description, _, _ = HOSTILE[number]
        with telemetry.timing(name, description=description):
            pass
        with telemetry.timing("after", description="the end"):
            pass

    @app.get("/all")
    def everything() -> None:
        for name, description, _, _ in HOSTILE:
            with telemetry.timing(name, description=description):
                pass

    @app.get("/own")
    def own() -> Response:
        return Response(headers={"Server-Timing": 'own;dur=1;desc="never closed'})

    telemetry.instrument(app, registry=CollectorRegistry())
    return app


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(application(), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listener.close()


def read_by_chromium(page: Page, url: str, paths: list[str]) -> Any:
    page.goto(url)
    return page.evaluate(READ, paths)


def test_each_hostile_name_and_description_arrives_as_it_was_meant(page: Page, url: str) -> None:
    assert len(HOSTILE) >= 40
    read = read_by_chromium(page, url, [f"/hostile/{number}" for number in range(len(HOSTILE))])
    for (name, description, shown_name, shown_description), entries in zip(HOSTILE, read, strict=True):
        meant = [*OURS, [shown_name, shown_description], ["after", "the end"]]
        assert entries == meant, (name[:80], description[:80])


def test_all_of_them_in_one_request_leave_ours_whole(page: Page, url: str) -> None:
    (entries,) = read_by_chromium(page, url, ["/all"])
    assert entries[: len(OURS)] == OURS
    meant = dict.fromkeys(shown_name for _, _, shown_name, _ in HOSTILE)
    shown = [name for name, _ in entries[len(OURS) :]]
    assert shown == list(meant)[: len(shown)]
    assert shown


def test_a_broken_line_of_the_application_hides_none_of_ours(page: Page, url: str) -> None:
    (entries,) = read_by_chromium(page, url, ["/own"])
    assert entries[: len(OURS)] == OURS
