"""The dashboards hang together: ids, places, data source, units, words and links."""

import json
import re
from pathlib import Path

import pytest

from telemetry.budgets.dashboards.addresses import Uid, path
from telemetry.budgets.dashboards.files import dashboard_files
from telemetry.budgets.dashboards.scene import Scene
from telemetry.budgets.windows import schedule
from tests.budgets.dashboards.content import SCENE, Content, dashboards, panels

_ALL = dashboards()
_ROOT = Path(__file__).parent.parent.parent.parent
every_dashboard = pytest.mark.parametrize("dashboard", _ALL.values(), ids=_ALL.keys())


def _all_ids(dashboard: Content) -> list[int]:
    return [panel["id"] for panel in dashboard["panels"]] + [
        inner["id"] for panel in dashboard["panels"] for inner in panel.get("panels", [])
    ]


def _cells(place: dict[str, int]) -> set[tuple[int, int]]:
    return {(place["x"] + dx, place["y"] + dy) for dx in range(place["w"]) for dy in range(place["h"])}


def test_every_dashboard_has_the_address_that_links_and_alerts_know() -> None:
    assert set(_ALL) == set(Uid)
    assert path(Uid.ROUTE, {"http_request_method": "GET", "http_route": "%2Fa"}) == (
        "/d/candid-route?var-method=GET&var-route=%2Fa"
    )


def test_the_same_budgets_give_the_same_bytes() -> None:
    assert dashboard_files(SCENE) == dashboard_files(Scene(schedule(28), "docs/runbooks"))
    assert all(text.endswith("}\n") for _, text in dashboard_files(SCENE))


@every_dashboard
def test_ids_are_unique_and_hang_on_titles(dashboard: Content) -> None:
    ids = _all_ids(dashboard)
    assert len(set(ids)) == len(ids)
    assert all(number > 0 for number in ids)
    titles = [panel["title"] for panel in panels(dashboard)]
    assert len(set(titles)) == len(titles)


@every_dashboard
def test_panels_lie_side_by_side_within_the_grid(dashboard: Content) -> None:
    taken: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        cells = _cells(panel["gridPos"])
        assert not cells & taken, panel["title"]
        assert all(0 <= x < 24 for x, _ in cells)
        taken |= cells
    assert {y for _, y in taken} == set(range(max(y for _, y in taken) + 1))


@every_dashboard
def test_only_the_chosen_data_source_is_asked(dashboard: Content) -> None:
    chosen = {"type": "prometheus", "uid": "${datasource}"}
    assert all(panel["datasource"] == chosen for panel in panels(dashboard))
    variables = dashboard["templating"]["list"]
    assert variables[0]["type"] == "datasource"
    assert all(variable["datasource"] == chosen for variable in variables[1:])


@every_dashboard
def test_every_panel_says_what_one_sees_and_what_to_do(dashboard: Content) -> None:
    for panel in panels(dashboard):
        assert len(panel["description"]) > 40, panel["title"]
        assert panel["description"].endswith((".", "?"))
        assert "unit" in panel["fieldConfig"]["defaults"]
        assert panel["targets"]


@every_dashboard
def test_a_table_shows_exactly_the_columns_that_it_names(dashboard: Content) -> None:
    for table in (panel for panel in panels(dashboard) if panel["type"] == "table"):
        _, shown, organized = (step["options"] for step in table["transformations"])
        columns = shown["include"]["names"]
        values = [column for column in columns if column.startswith("Value")]
        letters = [target["refId"] for target in table["targets"]]
        assert values == (["Value"] if len(letters) == 1 else [f"Value #{letter}" for letter in letters])
        assert list(organized["renameByName"]) == columns
        headings = set(organized["renameByName"].values())
        assert {override["matcher"]["options"] for override in table["fieldConfig"]["overrides"]} == headings
        assert {sort["displayName"] for sort in table["options"]["sortBy"]} <= headings


@every_dashboard
def test_links_lead_to_dashboards_that_exist_and_set_variables_that_they_have(dashboard: Content) -> None:
    for uid, query in re.findall(r"/d/([\w-]+)\?([^\\\" ]+)", json.dumps(dashboard)):
        known = {variable["name"] for variable in _ALL[uid]["templating"]["list"]}
        assert set(re.findall(r"var-(\w+)=", query)) <= known
        assert set(re.findall(r"\$\{(\w+):queryparam", query)) <= known


@every_dashboard
def test_links_of_a_table_read_columns_that_it_has(dashboard: Content) -> None:
    for table in (panel for panel in panels(dashboard) if panel["type"] == "table"):
        headings = set(table["transformations"][-1]["options"]["renameByName"].values())
        fields = re.findall(r'__data\.fields\[\\+"([^"\\]+)', json.dumps(table))
        assert set(fields) <= headings


@every_dashboard
def test_a_dashboard_leads_to_its_sisters_with_time_and_choice(dashboard: Content) -> None:
    (link,) = dashboard["links"]
    assert (link["type"], link["tags"], link["includeVars"], link["keepTime"]) == ("dashboards", ["candid"], True, True)
    assert dashboard["tags"] == ["candid"]
    # The SDK would hide it in a menu.
    assert "placement" not in link


@every_dashboard
def test_deploys_are_marked(dashboard: Content) -> None:
    assert [each["name"] for each in dashboard["annotations"]["list"]] == ["Annotations & Alerts", "Deploys"]


def test_limits_are_series_so_that_a_changed_budget_moves_its_line() -> None:
    with_limits = {uid for uid, each in _ALL.items() if "performance_budget_limit{" in json.dumps(each["panels"])}
    assert with_limits >= {Uid.ROUTE, Uid.DATABASE, Uid.CACHE, Uid.TREND}


def test_duration_and_breach_panels_show_example_requests() -> None:
    shown = {
        (uid, panel["title"])
        for uid, each in _ALL.items()
        for panel in panels(each)
        if any(target["exemplar"] for target in panel["targets"])
    }
    assert shown >= {
        (Uid.ROUTE, "Duration and its limits"),
        (Uid.ROUTE, "Durations of all requests"),
        (Uid.ROUTE, "Over budget on this route, per second"),
        (Uid.BUDGETS, "Over budget, per second"),
        (Uid.SERVICE, "Duration"),
    }


def test_the_dashboards_in_the_checkout_are_the_generated_ones() -> None:
    directory = _ROOT / "dashboards" / "grafana"
    committed = {file.name: file.read_text(encoding="utf-8") for file in directory.glob("*.json")}
    assert committed == dict(dashboard_files(SCENE))
