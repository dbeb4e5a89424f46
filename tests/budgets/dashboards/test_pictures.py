"""Grafana's component library draws the dashboards from live data: for the eye. No real Grafana runs here."""

import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.budgets.dashboards.answers import Asked
from tests.budgets.dashboards.content import Content, Target, dashboards, panels
from tests.budgets.dashboards.live import SCENE, scraping, started
from tests.budgets.dashboards.traffic import going_on
from tests.servers.npm import installed
from tests.servers.prometheus import StartPrometheus
from tests.servers.requirement import program
from tests.servers.service_process import StartService

_PROJECT: Final = Path(__file__).parent / "pictures"
_SHOWN: Final = ("candid-budgets", "candid-route")
_DRAWN: Final = {"stat", "table", "timeseries"}
_SHOWN_SECONDS: Final = 45
_SECONDS: Final = 60
_PAGE: Final = "<!doctype html><meta charset=utf-8><body><div id=root></div></body>"
_OPTIONS: Final = (
    "--bundle",
    "--minify",
    "--format=iife",
    "--jsx=automatic",
    "--platform=browser",
    "--alias:react-custom-scrollbars-2=./scrollbars.cjs",
    "--loader:.svg=text",
    "--loader:.ttf=empty",
    "--log-level=error",
    '--define:process.env.NODE_ENV="production"',
)


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What draws, in one file."""
    packages = installed(_PROJECT)
    directory = tmp_path_factory.mktemp("pictures")
    shutil.copytree(_PROJECT, directory, dirs_exist_ok=True)
    (directory / "node_modules").symlink_to(packages / "node_modules")
    node = program("node", package="nodejs")
    command = [node, "node_modules/esbuild/bin/esbuild", "picture.jsx", "--outfile=picture.js", *_OPTIONS]
    done = subprocess.run(command, cwd=directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return directory / "picture.js"


def _answers(asked: Asked, dashboard: Content, now: float) -> dict[int, dict[str, Any]]:
    return {
        panel["id"]: {
            target["refId"]: asked.shown(Target(dashboard["uid"], panel["title"], target), now, _SHOWN_SECONDS)
            for target in panel["targets"]
        }
        for panel in panels(dashboard)
    }


def _draw(page: Page, script: Path, shown: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 1440, "height": 1000})
    # An address of its own, so that there is a local storage.
    page.route("**/*", lambda route: route.fulfill(content_type="text/html", body=_PAGE))
    page.goto("http://pictures.localhost/")
    page.add_style_tag(path=script.with_suffix(".css"))
    page.evaluate("shown => { window.SHOWN = shown }", shown)
    page.add_script_tag(path=script)
    page.wait_for_selector("body[data-drawn]", state="attached", timeout=60_000)


@pytest.mark.timeout(600)  # the packages are large, where they are not installed yet
def test_every_panel_that_the_library_can_draw_is_drawn_from_live_data(
    service_process: StartService,
    start_prometheus: StartPrometheus,
    script: Path,
    page: Page,
    tmp_path: Path,
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    service = started(service_process)
    asked = Asked(scraping(service, start_prometheus, tmp_path))
    contents = [content for uid, content in dashboards(SCENE).items() if uid in _SHOWN]
    with going_on(service.url):
        everything = [
            Target(each["uid"], panel["title"], one)
            for each in contents
            for panel in panels(each)
            for one in panel["targets"]
        ]
        assert asked.await_all(everything, _SECONDS) == []
        # For people, who want to see lines and not their first points.
        time.sleep(float(os.environ.get("PICTURES_SECONDS", "0")))
        now = time.time()
        answers = [_answers(asked, content, now) for content in contents]
    directory = Path(os.environ.get("PICTURES_DIR", tmp_path))
    for content, answer in zip(contents, answers, strict=True):
        shown = {"dashboard": content, "answers": answer, "from": now - _SHOWN_SECONDS, "to": now}
        _draw(page, script, shown)
        page.screenshot(path=directory / f"{content['uid']}.png", full_page=True)
        assert page.get_attribute("body", "data-drawn") == "yes", page.inner_text("body")
        assert page.locator("text=No data").count() == 0
        lines = [panel for panel in content["panels"] if panel["type"] == "timeseries"]
        assert page.locator(".uplot canvas").count() == len(lines)
        tables = [panel for panel in content["panels"] if panel["type"] == "table"]
        for heading in (
            name for table in tables for name in table["transformations"][-1]["options"]["renameByName"].values()
        ):
            assert page.get_by_text(heading, exact=True).count() > 0, heading
    assert errors == []
