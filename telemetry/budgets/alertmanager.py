"""Configuration of Alertmanager: who is told of which alert, and which alerts say nothing new."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from telemetry.budgets import recorded
from telemetry.budgets.alerts import BURN, EXHAUSTED, SERIES_MISSING, TARGET_DOWN
from telemetry.budgets.generated import Inline, yaml_text
from telemetry.budgets.model import Alerts
from telemetry.budgets.receivers import Receiver, Receivers
from telemetry.budgets.windows import promql_duration

# Not 5 minutes, the default: within that time nobody would learn that a second budget burns.
_PAGE_PACE: Final = (timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=4))
_TICKET_PACE: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
_PACE: Final = ("group_wait", "group_interval", "repeat_interval")
# One cause is over many budgets of a service: that is one notification, with all of them in it.
_GROUP_BY: Final = [recorded.JOB, "owner", "alertname"]


def alertmanager_text(receivers: Receivers, source: str, faster: int = 1) -> str:
    """The configuration as a file for Alertmanager.

    Args:
        receivers: Of the environment.
        source: The budget file.
        faster: What all times are divided by, >= 1; for demonstrations and tests.
    """
    return yaml_text(alertmanager_config(receivers, faster), source, "secrets are in files that it names, never here")


def alertmanager_config(receivers: Receivers, faster: int = 1) -> dict[str, Any]:
    """The configuration, as YAML holds it.

    Args:
        receivers: Of the environment.
        faster: What all times are divided by, >= 1; for demonstrations and tests.

    Source: https://prometheus.io/docs/alerting/latest/configuration/
    """
    smtp = _smtp(receivers)
    page, ticket = (
        {name: promql_duration(time / faster) for name, time in zip(_PACE, pace, strict=True)}
        for pace in (_PAGE_PACE, _TICKET_PACE)
    )
    return {
        **({"global": smtp} if smtp else {}),
        "route": {
            # Alerts that others send without a severity wake nobody.
            "receiver": Alerts.TICKET.value,
            "group_by": _GROUP_BY,
            **ticket,
            "routes": [
                _route(receivers, Alerts.PAGE, page),
                _route(receivers, Alerts.TICKET, ticket),
            ],
        },
        "inhibit_rules": list(_inhibitions()),
        "receivers": [_receiver(name, receiver) for name, receiver in _named(receivers)],
    }


def _route(receivers: Receivers, severity: Alerts, pace: dict[str, str]) -> dict[str, Any]:
    owned = [
        {"matchers": [_is("owner", owner)], "receiver": _name(severity, owner)}
        for owner, own in sorted(receivers.owners.items())
        if _of(own, severity) is not None
    ]
    route = {"matchers": [_is("severity", severity)], "receiver": severity.value, **pace}
    return route | ({"routes": owned} if owned else {})


def _inhibitions() -> Iterator[dict[str, Any]]:
    budget, job = list(recorded.BUDGET_LABELS), [recorded.JOB]
    page, ticket = _is("severity", Alerts.PAGE), _is("severity", Alerts.TICKET)
    others = f'alertname=~"{BURN}|{EXHAUSTED}|{SERIES_MISSING}"'
    # Who is paged needs no ticket for the same budget, and the faster of two alerts says it all.
    yield _inhibition([_is("alertname", BURN), page], [ticket], budget)
    yield _inhibition([_is("burn", "page_fast")], [_is("burn", "page_slow")], budget)
    yield _inhibition([_is("burn", "ticket_fast")], [_is("burn", "ticket_slow")], budget)
    # While nothing answers, what its budgets looked like before is no news.
    yield _inhibition([_is("alertname", TARGET_DOWN), page], [others], job)


def _inhibition(source: list[str], target: list[str], equal: list[str]) -> dict[str, Any]:
    return {"source_matchers": source, "target_matchers": target, "equal": equal}


def _named(receivers: Receivers) -> Iterator[tuple[str, Receiver]]:
    for severity in (Alerts.PAGE, Alerts.TICKET):
        yield severity.value, receivers.page if severity is Alerts.PAGE else receivers.ticket
        for owner, own in sorted(receivers.owners.items()):
            receiver = _of(own, severity)
            if receiver is not None:
                yield _name(severity, owner), receiver


def _receiver(name: str, receiver: Receiver) -> dict[str, Any]:
    config: dict[str, Any] = {"name": name}
    if receiver.webhook is not None:
        webhook: dict[str, Any] = {"url": receiver.webhook, "send_resolved": True}
        if receiver.credentials_file is not None:
            webhook["http_config"] = {"authorization": Inline(credentials_file=receiver.credentials_file)}
        config["webhook_configs"] = [webhook]
    if receiver.email is not None:
        config["email_configs"] = [{"to": receiver.email, "send_resolved": True, "headers": Inline(Subject=_SUBJECT)}]
    return config


# How many, of which severity, and the first of them in words: the subject is all that a phone shows.
_SUBJECT: Final = (
    '[{{ .Status | toUpper }}{{ if eq .Status "firing" }} {{ .Alerts.Firing | len }}{{ end }}'
    " {{ .CommonLabels.severity }}] "
    "{{ (index .Alerts 0).Annotations.summary }}"
)


def _smtp(receivers: Receivers) -> dict[str, str]:
    smtp = receivers.smtp
    if smtp is None:
        return {}
    settings = {
        "smtp_smarthost": smtp.smarthost,
        "smtp_from": smtp.sender,
        "smtp_auth_username": smtp.username,
        "smtp_auth_password_file": smtp.password_file,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _of(own: Any, severity: Alerts) -> Receiver | None:
    found: Receiver | None = own.page if severity is Alerts.PAGE else own.ticket
    return found


def _name(severity: Alerts, owner: str) -> str:
    return f"{severity.value}-{owner}"


def _is(label: str, value: str) -> str:
    return f"{label}={json.dumps(value, ensure_ascii=False)}"
