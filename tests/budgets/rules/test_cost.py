"""What a Prometheus spends on the rules of many budgets."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from telemetry.budgets import recorded
from telemetry.budgets.model import Applied, Subject
from telemetry.budgets.rules import Ruling, groups, labels_of
from tests.budgets.rules.budgets import budget, ruling
from tests.servers.prometheus import Prometheus, Promtool, StartPrometheus

_BUDGETS: Final = 100
_RULING: Final = ruling(*(Applied(Subject("GET", f"/items/{number}"), budget()) for number in range(_BUDGETS)))
_MOST_SECONDS: Final = 0.1
# Others use the same two cores: the quickest says what the work itself takes.
_EVALUATIONS: Final = 12


def test_a_hundred_budgets_are_evaluated_in_a_tenth_of_a_second(
    promtool: Promtool, start_prometheus: StartPrometheus, tmp_path: Path
) -> None:
    files = {"prometheus.yml": yaml.safe_dump({"rule_files": ["rules.yml"]}), "rules.yml": _often(_RULING)}
    server = start_prometheus(files, data=_past(promtool, tmp_path))
    spent = list(_seconds(server))
    # They had something to work on, in the longest window that they read, too.
    (burning,) = server.query(f"count({recorded.burn(_RULING.schedule.raw_limit)})")
    assert burning["value"][1] == str(_BUDGETS)
    assert min(spent) < _MOST_SECONDS, spent


def _often(made_for: Ruling) -> str:
    """The rules that are evaluated each half minute, evaluated each second, with the same windows."""
    often, _ = groups(made_for)
    return yaml.safe_dump({"groups": [{**often, "rules": list(map(_plain, often["rules"])), "interval": "1s"}]})


def _plain(rule: dict[str, Any]) -> dict[str, Any]:
    return {name: dict(value) if isinstance(value, dict) else value for name, value in rule.items()}


def _seconds(server: Prometheus) -> Iterator[float]:
    """How long each of some evaluations took."""
    last, deadline = "", time.monotonic() + 60
    for _ in range(_EVALUATIONS):
        while True:
            (group,) = server.api("rules")["groups"]
            if group["evaluationTime"] and group["lastEvaluation"] != last:
                break
            assert time.monotonic() < deadline
            time.sleep(0.1)
        last = group["lastEvaluation"]
        yield group["evaluationTime"]


def _past(promtool: Promtool, directory: Path) -> Path:
    """Counters as far back as these rules read them, as dense as they are in life; one in a thousand is over."""
    page, data = directory / "page.txt", directory / "data"
    with page.open("w", encoding="utf-8") as file:
        for name, every in ((recorded.EVENTS_TOTAL, 1), (recorded.OVER_TOTAL, 1000)):
            file.write(f"# TYPE {name.removesuffix('_total')} counter\n")
            file.writelines(_samples(name, every))
        file.write("# EOF\n")
    done = promtool("tsdb", "create-blocks-from", "openmetrics", page, data)
    assert done.returncode == 0, done.stderr
    return data


def _samples(name: str, every: int) -> Iterator[str]:
    now, times = int(time.time()), _RULING.schedule
    moments = range(now - int(times.raw_limit.total_seconds()), now, int(times.scrape.total_seconds()))
    for applied in _RULING.applied:
        labels = ",".join(f'{label}="{value}"' for label, value in labels_of(applied, _RULING.job).items())
        for number, moment in enumerate(moments):
            yield f"{name}{{{labels}}} {number // every} {moment}\n"
