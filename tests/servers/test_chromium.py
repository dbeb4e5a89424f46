"""The browser is a real one, and leaves no event loop behind."""

import asyncio

import pytest
from playwright.sync_api import Page, sync_playwright


@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_page_runs_scripts_in_each_browser(page: Page, turn: str) -> None:
    page.set_content("<p id=sum></p><script>document.getElementById('sum').textContent = 1 + 2</script>")
    assert page.text_content("#sum") == "3"


def test_coroutines_run_after_a_browser() -> None:
    with sync_playwright():
        pass
    assert asyncio.run(asyncio.sleep(0, "ran")) == "ran"
