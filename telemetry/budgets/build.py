"""The files that are generated from a budget file, as a list of what makes each of them."""

import difflib
import importlib.util
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from telemetry.budgets.alertmanager import alertmanager_text
from telemetry.budgets.alerts import Links
from telemetry.budgets.book import BudgetBook
from telemetry.budgets.model import Applied
from telemetry.budgets.receivers import Receivers
from telemetry.budgets.rule_tests.file import rule_tests_text
from telemetry.budgets.rules import Ruling, rules_text
from telemetry.budgets.scrape import prometheus_text
from telemetry.budgets.unmatched import with_unmatched
from telemetry.budgets.windows import schedule

_RULES: Final = "budget-rules.yml"


class File(NamedTuple):
    """A generated file.

    Attributes:
        path: Below the directory of all of them, with `/`.
        text: Its content.
    """

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What files are made from.

    Attributes:
        book: The budget file.
        applied: Its budgets, with what they apply to.
        receivers: Of alerts.
        links: Of the alerts.
        faster: What all times are divided by, >= 1; for demonstrations and tests.
    """

    book: BudgetBook
    applied: tuple[Applied, ...]
    receivers: Receivers
    links: Links
    faster: int = 1

    @property
    def ruling(self) -> Ruling:
        return Ruling(self.book.service, self.applied, schedule(self.book.window_days).faster(self.faster), self.links)


Producer = Callable[[Plan], Iterable[File]]


def _rules(plan: Plan) -> Iterator[File]:
    yield File(f"prometheus/{_RULES}", rules_text(plan.ruling, plan.book.path))
    # Nothing that Prometheus does is fast enough to be tested by the second.
    if plan.faster == 1:
        yield File("prometheus/budget-rules.test.yml", rule_tests_text(plan.ruling, plan.book.path, _RULES))


def _alertmanager(plan: Plan) -> Iterator[File]:
    yield File("prometheus/alertmanager.yml", alertmanager_text(plan.receivers, plan.book.path, plan.faster))


def _prometheus(plan: Plan) -> Iterator[File]:
    text = prometheus_text(plan.book.service, plan.ruling.schedule, _RULES, plan.book.path)
    yield File("prometheus/prometheus.yml", text)


def _dashboards(plan: Plan) -> Iterator[File]:
    if has_dashboards():
        # Grafana's SDK is an extra: who wants rules alone needs none.
        from telemetry.budgets.dashboards.files import dashboard_files  # noqa: PLC0415
        from telemetry.budgets.dashboards.scene import Scene  # noqa: PLC0415

        for name, text in dashboard_files(Scene(plan.ruling.schedule, plan.links.runbooks)):
            yield File(f"grafana/{name}", text)


#: Each makes files of one sort.
PRODUCERS: Final[tuple[Producer, ...]] = (_rules, _alertmanager, _prometheus, _dashboards)


def has_dashboards() -> bool:
    """Whether what dashboards are made with is installed: the extra `dashboards`."""
    return importlib.util.find_spec("grafana_foundation_sdk") is not None


def applied_of(book: BudgetBook, routes: tuple[tuple[str, str], ...]) -> tuple[Applied, ...]:
    """The budgets of all routes, and of requests that none serves.

    Args:
        book: The budget file.
        routes: Method and template of each route of the application.
    """
    return book.applied(with_unmatched(routes))


def owners_of(applied: Iterable[Applied]) -> frozenset[str]:
    """Everybody who owns one of some budgets."""
    return frozenset(entry.budget.owner for entry in applied if entry.budget.owner is not None)


def built(plan: Plan) -> tuple[File, ...]:
    """All files of a plan."""
    return tuple(file for produce in PRODUCERS for file in produce(plan))


def differences(files: Iterable[File], directory: Path) -> str:
    """What is there and what should be, as a unified diff; empty if they are the same.

    Args:
        files: As they should be.
        directory: Where they are.
    """
    return "".join(_difference(file, directory / file.path) for file in files)


def write(files: Iterable[File], directory: Path) -> tuple[Path, ...]:
    """Writes files, and makes their directories.

    Args:
        files: What to write.
        directory: Where to.

    Raises:
        OSError: It cannot be written there.

    Returns:
        Those that were not there before with the same content.
    """
    changed = []
    for file in files:
        path = directory / file.path
        if _content(path) != file.text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file.text, encoding="utf-8", newline="\n")
            changed.append(path)
    return tuple(changed)


def _difference(file: File, path: Path) -> str:
    there = _content(path).splitlines(keepends=True)
    made = file.text.splitlines(keepends=True)
    return "".join(difflib.unified_diff(there, made, f"{path} as it is", f"{path} as it is built"))


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8", "backslashreplace")
    except FileNotFoundError:
        return ""
