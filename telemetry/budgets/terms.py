"""What is said beside the limits: who is alerted, from how many events on, and who owns the route."""

from typing import Final

from telemetry.budgets.book import Terms
from telemetry.budgets.document import Node
from telemetry.budgets.model import Alerts, Place
from telemetry.budgets.problems import Findings
from telemetry.budgets.values import count, label, word

TERM_KEYS: Final = ("alerts", "min_events", "owner")
MAX_MIN_EVENTS: Final = 1_000_000_000


def terms_of(values: dict[str, Node], findings: Findings) -> Terms:
    """The terms among some keys.

    Args:
        values: By key; others than those of terms are not looked at.
        findings: Told what is wrong.
    """
    alerts = min_events = owner = None
    if "alerts" in values:
        alerts = word("alerts", values["alerts"], tuple(Alerts), findings)
    if "min_events" in values:
        min_events = count("min_events", values["min_events"], MAX_MIN_EVENTS, findings)
    if "owner" in values:
        owner = label("owner", values["owner"], findings)
    places: dict[str, Place] = {name: values[name].place for name in TERM_KEYS if name in values}
    return Terms(None if alerts is None else Alerts(alerts), min_events, owner, places)


def stated_in(terms: Terms) -> frozenset[str]:
    """Names of the terms that are stated."""
    return frozenset(name for name in TERM_KEYS if getattr(terms, name) is not None)
