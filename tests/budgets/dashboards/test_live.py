"""A real Prometheus that scrapes the real service has an answer to every question of the dashboards."""

import re
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from telemetry import conventions
from telemetry.budgets.dashboards import foreign
from tests.budgets.dashboards.answers import Asked
from tests.budgets.dashboards.content import EVERYTHING, Target, dashboards, targets
from tests.budgets.dashboards.live import SCENE, metrics_page, scraping, started
from tests.budgets.dashboards.selections import Selection, selections
from tests.budgets.dashboards.traffic import going_on
from tests.servers.prometheus import StartPrometheus
from tests.servers.service_process import StartService

_SECONDS: Final = 60

#: Queries that rightly have no answer here, and why.
MAY_BE_EMPTY: Final = {
    "candid-trend / This week and the one before / C": "no Prometheus of a test is two weeks old",
    "candid-telemetry / Failures inside telemetry by part / A": "nothing fails",
    "candid-telemetry / Traces kept because of a breach / C": "no span is lost",
}
#: Parts of selections that rightly select nothing here, and why.
MAY_SELECT_NOTHING: Final = {
    'cache_result="bypass"': "the cache answers",
    f"{conventions.METRIC_INTERNAL_ERRORS}_total": "nothing fails",
}
_PREFIXES: Final = ("http_server_", "cache_", "telemetry_", "performance_")


def _exported(page: str) -> set[str]:
    """Names of all series that a process has or will have: a counter with labels has none before its first event."""
    names: set[str] = set()
    for family in text_string_to_metric_families(page):
        endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(family.type, ("",))
        names |= {f"{family.name.removesuffix('_total')}{ending}" for ending in endings}
    return {name for name in names if not name.endswith("_created")}


def _read(target: Target) -> tuple[Selection, ...]:
    return selections(EVERYTHING.fill(target.expression))


def test_every_question_has_an_answer_under_traffic(
    service_process: StartService, start_prometheus: StartPrometheus, tmp_path: Path
) -> None:
    service = started(service_process)
    asked = Asked(scraping(service, start_prometheus, tmp_path))
    ours = [target for target in targets(SCENE) if foreign.COLLECTOR.isdisjoint(each.metric for each in _read(target))]
    with going_on(service.url):
        unanswered = asked.await_all((target for target in ours if target.name not in MAY_BE_EMPTY), _SECONDS)
        assert [target.name for target in unanswered] == []
        assert [each.name for each in ours if each.content["exemplar"] and not asked.has_exemplars(each)] == []
        assert _empty_variables(asked) == []
        # `or vector(0)` answers 0 also where nothing is selected because of a wrong name, so each selection by itself.
        selected = {each for target in ours if target.name not in MAY_BE_EMPTY for each in asked.selections(target)}
        wanted = {each for each in selected if not any(part in each for part in MAY_SELECT_NOTHING)}
        assert asked.await_selected(wanted, _SECONDS) == set()
    exported = _exported(metrics_page(service))
    _assert_all_are_shown(exported)
    for base in {_base(name) for name in exported if name.startswith(_PREFIXES)}:
        with pytest.raises(AssertionError):
            _assert_all_are_shown({name.replace(base, f"{base}_renamed") for name in exported})


def _empty_variables(asked: Asked) -> list[str]:
    return [
        f"{uid} / {variable['name']}"
        for uid, dashboard in dashboards(SCENE).items()
        for variable in dashboard["templating"]["list"][1:]
        if not asked.offers(dashboard, variable)
    ]


def _assert_all_are_shown(exported: set[str]) -> None:
    """What the service exports is read by a dashboard, and what they read of it, it exports."""
    ours = {name for name in exported if name.startswith(_PREFIXES)}
    read = {each.metric for target in targets(SCENE) for each in _read(target)}
    # Marks of deploys are no panel.
    read.add(conventions.METRIC_SERVICE_INFO)
    assert {name for name in read if name.startswith(_PREFIXES)} - ours == set()
    bases = {_base(name) for name in read}
    assert {name for name in ours if _base(name) not in bases} == set()


def _base(name: str) -> str:
    return re.sub("_(bucket|count|sum|total)$", "", name)
