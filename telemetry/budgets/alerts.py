"""The alerts of the rules: when they fire, and what they tell the person whom they reach."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from telemetry import conventions
from telemetry.budgets import recorded
from telemetry.budgets.dashboards.addresses import Uid, path
from telemetry.budgets.model import Alerts
from telemetry.budgets.recorded import selector
from telemetry.budgets.windows import BurnPair, Schedule, promql_duration

BURN: Final = "BudgetBurn"
EXHAUSTED: Final = "BudgetExhausted"
TARGET_DOWN: Final = "BudgetTargetDown"
SERIES_MISSING: Final = "BudgetSeriesMissing"


@dataclass(frozen=True, slots=True)
class Links:
    """Where an alert sends its reader.

    Attributes:
        runbooks: Address of the directory that has a page for each alert.
        grafana: Address of the Grafana that has the dashboards.
    """

    runbooks: str = "docs/runbooks"
    grafana: str = "http://127.0.0.1:3000"


# One failed request is no trend: an alert needs two events over the limit, however few there are. `increase`
# extrapolates to the ends of its window: one event is a little more than 1 (1.33 with four samples), two are 2 or more.
# https://prometheus.io/docs/prometheus/latest/querying/functions/#increase
_MORE_THAN_ONE: Final = "1.5"

_NEARLY_ALL: Final = 0.9

_ON: Final = f"on ({', '.join(recorded.BUDGET_LABELS)})"

# What follows is in the template language of Prometheus. `$of` selects the budget that the alert is about.
# https://prometheus.io/docs/prometheus/latest/configuration/template_reference/
_MATCHERS: Final = ",".join(f"{name}=%q" for name in recorded.BUDGET_LABELS)
_VALUES: Final = " ".join(f"$labels.{name}" for name in recorded.BUDGET_LABELS)
_OF: Final = f'{{{{ $of := printf "{{{_MATCHERS}}}" {_VALUES} }}}}'
_SUBJECT: Final = (
    f"{{{{ if $labels.{conventions.LABEL_ROUTE} }}}}"
    f"{{{{ $labels.{conventions.LABEL_METHOD} }}}} {{{{ $labels.{conventions.LABEL_ROUTE} }}}}"
    f"{{{{ else }}}}cache {{{{ $labels.{conventions.LABEL_CACHE_NAMESPACE} }}}}{{{{ end }}}}"
    f" ({{{{ $labels.{conventions.LABEL_BUDGET} }}}})"
)
_ALLOWED_PERCENT: Final = (
    f'{{{{ printf "100 * sum({recorded.ALLOWED}%s)" $of | query | first | value | printf "%.3g" }}}}'
)
_BREACH: Final = f'{{{{ printf "{recorded.ALLOWED}%s" $of | query | first | label "breach" }}}}'
# The budget left is recorded in another group, at other times; and a "-0" helps nobody.
_LEFT: Final = f"last_over_time({recorded.REMAINING}%s[10m])"
_BUDGET_LEFT: Final = (
    f'{{{{ with printf "round(100 * {_LEFT})" $of | query }}}}'
    "{{ if lt (. | first | value) 0.0 }}"
    f'overdrawn by {{{{ printf "abs(round(100 * {_LEFT}))" $of | query | first | value | printf "%.0f" }}}} %'
    '{{ else }}{{ . | first | value | printf "%.0f" }} % left{{ end }}'
    "{{ else }}not known yet{{ end }}"
)


def burn_alert(job: str, schedule: Schedule, pair: BurnPair, links: Links) -> dict[str, Any]:
    """Fires while a budget is used too fast, seen over both windows of a pair, and enough happened to tell."""
    levels = (Alerts.PAGE,) if pair.severity is Alerts.PAGE else (Alerts.PAGE, Alerts.TICKET)
    expression = (
        f"{selector(recorded.burn(pair.long), job)} > {pair.factor:f}\n"
        f"and {_ON} {selector(recorded.burn(pair.short), job)} > {pair.factor:f}\n"
        f"and {_ON} {_enough(pair.long, job)}\n"
        f"and {_ON} {_of_levels(job, *levels)}"
    )
    share = f"100 * sum({recorded.burn(pair.long)}%[1]s) * sum({recorded.ALLOWED}%[1]s)"
    return {
        "alert": BURN,
        "expr": expression,
        "labels": {"severity": pair.severity.value, "burn": pair.name},
        "annotations": _about_budget(BURN, share, pair.long, schedule, links),
    }


def exhausted_alert(job: str, schedule: Schedule, links: Links) -> dict[str, Any]:
    """Fires while more is used than the whole budget of the window."""
    expression = (
        f"{selector(recorded.REMAINING, job)} < 0\n"
        f"and {_ON} {_enough(schedule.window, job)}\n"
        f"and {_ON} {_of_levels(job, Alerts.PAGE, Alerts.TICKET)}"
    )
    share = f"100 * (1 - sum({recorded.REMAINING}%[1]s)) * sum({recorded.ALLOWED}%[1]s)"
    return {
        "alert": EXHAUSTED,
        "expr": expression,
        "labels": {"severity": Alerts.TICKET.value},
        "annotations": _about_budget(EXHAUSTED, share, schedule.window, schedule, links),
    }


def target_down_alert(job: str, schedule: Schedule, links: Links) -> dict[str, Any]:
    """Fires when no process of the service answers Prometheus: alerts on budgets end with their figures."""
    up = selector("up", job)
    summary = "{{ $labels.job }}: no process of it answers Prometheus; nothing is known of its budgets"
    return {
        "alert": TARGET_DOWN,
        "expr": f"max by (job) ({up}) == 0\nor absent({up})",
        "for": promql_duration(schedule.down),
        "labels": {"severity": Alerts.PAGE.value},
        "annotations": _about_service(TARGET_DOWN, summary, up, links),
    }


def partly_down_alert(job: str, schedule: Schedule, links: Links) -> dict[str, Any]:
    """Fires when some processes do not answer for long, and others do."""
    up = selector("up", job)
    summary = (
        "{{ $labels.job }}: {{ $value }} of its processes do not answer Prometheus; their requests are in no budget"
    )
    return {
        "alert": TARGET_DOWN,
        "expr": f"count by (job) ({up} == 0)\nand on (job) max by (job) ({up}) == 1",
        "for": promql_duration(schedule.missing),
        "labels": {"severity": Alerts.TICKET.value},
        "annotations": _about_service(TARGET_DOWN, summary, f"{up} == 0", links),
    }


def missing_alert(job: str, schedule: Schedule, links: Links) -> dict[str, Any]:
    """Fires when budgets are in the rules that a service which is up does not expose; one for all of them."""
    expected = selector(recorded.ALLOWED, job)
    by = f"sum by ({', '.join(recorded.BUDGET_LABELS)})"
    events, over = (f"{by} ({selector(name, job)})" for name in (recorded.EVENTS_TOTAL, recorded.OVER_TOTAL))
    missing = f"{expected} unless {_ON} ({events} and {over})"
    summary = (
        "{{ $labels.job }}: {{ $value }} of the budgets in the rules are not exposed by it;"
        " the rules and the service were made from different budget files"
    )
    return {
        "alert": SERIES_MISSING,
        "expr": f"count by (job) (\n  {missing}\n)\nand on (job) max by (job) ({selector('up', job)}) == 1",
        "for": promql_duration(schedule.missing),
        "labels": {"severity": Alerts.TICKET.value},
        "annotations": _about_service(SERIES_MISSING, summary, missing, links),
    }


def _enough(window: timedelta, job: str) -> str:
    events, over = (selector(name(window), job) for name in (recorded.events, recorded.over))
    return f"{events} >= {_ON} {selector(recorded.MIN_EVENTS, job)}\nand {_ON} {over} > {_MORE_THAN_ONE}"


def _of_levels(job: str, *levels: Alerts) -> str:
    allowed = selector(recorded.ALLOWED, job).removesuffix("}")
    return f'{allowed},alerts=~"{"|".join(levels)}"}}'


def _about_budget(alert: str, share: str, seen: timedelta, schedule: Schedule, links: Links) -> dict[str, str]:
    """Annotations that tell route or cache, figure, limit, share over and budget left."""
    percent = f'{{{{ printf "{share}" $of | query | first | value | printf "%.3g" }}}}'
    length, whole = promql_duration(seen), promql_duration(schedule.window)
    over, events = (
        f"sum(increase({name}{{{{ $of }}}}[{length}]))" for name in (recorded.OVER_TOTAL, recorded.EVENTS_TOTAL)
    )
    return {
        "summary": (
            f"{_OF}{_SUBJECT}: {percent} % of {_BREACH} in the last {length}, {_ALLOWED_PERCENT} % may;"
            f" budget of {whole}{_known(schedule)}: {_BUDGET_LEFT}"
        ),
        "query": f"{_OF}{over} / {events}",
        **_links(alert, f"{{{{ if $labels.{_ROUTE} }}}}{_ROUTE_PATH}{{{{ else }}}}{_CACHE_PATH}{{{{ end }}}}", links),
    }


def _about_service(alert: str, summary: str, query: str, links: Links) -> dict[str, str]:
    return {"summary": summary, "query": _literal(query), **_links(alert, _SERVICE_PATH, links)}


def _links(alert: str, dashboard: str, links: Links) -> dict[str, str]:
    runbooks, grafana = (_literal(address.removesuffix("/")) for address in (links.runbooks, links.grafana))
    return {"runbook_url": f"{runbooks}/{alert}.md", "dashboard_url": f"{grafana}{dashboard}"}


def _known(schedule: Schedule) -> str:
    """How much of the window there are figures of, where that is not nearly all."""
    slices = f"{recorded.events_slice(schedule.slice)}%s[{promql_duration(schedule.window)}]"
    nearly = schedule.window.total_seconds() * _NEARLY_ALL
    known = f"count_over_time({slices}) * {schedule.slice.total_seconds():g} < {nearly:.0f}"
    told = "{{ . | first | value | humanizeDuration }}"
    return f'{{{{ with printf "{known}" $of | query }}}} ({told} known){{{{ end }}}}'


def _literal(text: str) -> str:
    """Text that a template repeats as it is, whatever the name of a service holds."""
    return text.replace("{{", '{{ "{{" }}')


def _path(uid: Uid, *labels: str) -> str:
    return path(uid, {label: f"{{{{ $labels.{label} | urlquery }}}}" for label in labels})


_ROUTE: Final = conventions.LABEL_ROUTE
_ROUTE_PATH: Final = _path(Uid.ROUTE, recorded.JOB, conventions.LABEL_METHOD, _ROUTE)
_CACHE_PATH: Final = _path(Uid.CACHE, recorded.JOB, conventions.LABEL_CACHE_NAMESPACE)
_SERVICE_PATH: Final = _path(Uid.BUDGETS, recorded.JOB)
