"""Chromium without a window."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.servers.requirement import program

# A sandbox needs rights that root in a container lacks; the rest keeps the browser from calling home.
_ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """A browser for one test: while playwright is on, its thread can run no other event loop."""
    executable = program("chromium", package="chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Page:
    """An empty page without history, cache or cookies."""
    return chromium.new_page()
