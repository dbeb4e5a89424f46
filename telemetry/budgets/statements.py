"""Budgets as they are stated: a number, a mapping around it, a list of latencies, or `false`."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Final

from telemetry.budgets.book import Terms
from telemetry.budgets.document import Mapping, Node, Scalar, Sequence, described
from telemetry.budgets.keys import MIN_EVENTS_DEFAULT, BudgetKey, Objective
from telemetry.budgets.model import QUIET_KINDS, Alerts, Budget, Kind, Place, decimal_text
from telemetry.budgets.problems import Findings, did_you_mean, shown
from telemetry.budgets.terms import TERM_KEYS, stated_in, terms_of
from telemetry.budgets.values import limit as limit_of
from telemetry.budgets.values import objective as objective_of

MAX_LATENCIES: Final = 10


def budgets_of(key: BudgetKey, place: Place, node: Node, findings: Findings) -> tuple[Budget, ...]:
    """The budgets that one key states; none for `false`, and for what is wrong.

    Args:
        key: The key.
        place: Where it stands.
        node: Its value.
        findings: Told what is wrong.
    """
    if isinstance(node, Scalar) and node.is_plain and node.text.lower() == "false":
        return ()
    if key.objective is Objective.STATED:
        return _latencies(key, node, findings)
    if isinstance(node, Mapping):
        budget = _in_full(key, "limit", place, node, findings)
    elif isinstance(node, Scalar) and node.is_plain and node.type in ("bool", "null"):
        what = f"{key.name} is {described(node)}, not {key.unit.name}"
        findings.add(node.place, what, f"write {key.unit.name}, such as {key.unit.example}, or false to have none")
        budget = None
    else:
        limit = limit_of(key.name, node, key.unit, findings)
        budget = None if limit is None else _budget(key, limit, key.objective_for(limit), Terms(), place)
    return () if budget is None else (budget,)


def _latencies(key: BudgetKey, node: Node, findings: Findings) -> tuple[Budget, ...]:
    if not isinstance(node, Sequence) or not 1 <= len(node.items) <= MAX_LATENCIES:
        given = f"a list of {len(node.items)}" if isinstance(node, Sequence) else described(node)
        remedy = f"write 1 to {MAX_LATENCIES}, such as [{{ms: 250, objective: 0.95}}]"
        findings.add(node.place, f"{key.name} is {given}", remedy)
        return ()
    found: dict[Decimal, Budget] = {}
    for item in node.items:
        budget = _latency(key, item, findings)
        if budget is None:
            continue
        if budget.limit in found:
            findings.add(item.place, f"{key.name} has the limit {budget.limit_text} twice", "keep one of them")
        found.setdefault(budget.limit, budget)
    in_order = sorted(found.values(), key=lambda budget: budget.limit)
    for shorter, longer in pairwise(in_order):
        if shorter.objective >= longer.objective:
            what = (
                f"{key.name} asks for {shorter.objective_text} within {shorter.limit_text} ms"
                f" and only {longer.objective_text} within {longer.limit_text} ms"
            )
            findings.add(longer.place, what, "a longer time needs a higher objective")
    return tuple(in_order)


def _latency(key: BudgetKey, item: Node, findings: Findings) -> Budget | None:
    if isinstance(item, Mapping):
        return _in_full(key, "ms", item.place, item, findings)
    remedy = "write it as {ms: 250, objective: 0.95}"
    findings.add(item.place, f"an entry of {key.name} is {described(item)}", remedy)
    return None


def _in_full(key: BudgetKey, limit_key: str, place: Place, node: Mapping, findings: Findings) -> Budget | None:
    values = values_of(key.name, node, (limit_key, "objective", *TERM_KEYS), findings)
    terms = terms_of(values, findings)
    if limit_key not in values:
        findings.add(node.place, f"{key.name} has no {limit_key}", f"add {limit_key}, {key.unit.name}")
        return None
    limit = limit_of(f"{key.name}.{limit_key}", values[limit_key], key.unit, findings)
    if limit is None:
        return None
    objective = key.objective_for(limit)
    if "objective" in values and key.is_fixed:
        findings.add(values["objective"].place, f"{key.name} has an objective of its own", _fixed_remedy(key, limit))
        return None
    if "objective" in values:
        objective = objective_of(f"{key.name}.objective", values["objective"], findings)
    elif objective is None:
        findings.add(node.place, f"{key.name} has no objective", "add objective, a ratio between 0 and 1")
    return _budget(key, limit, objective, terms, place)


def _fixed_remedy(key: BudgetKey, limit: Decimal) -> str:
    if key.kind is Kind.LATENCY:
        return f"remove it, since the name says {_own_objective(key, limit)}, or write latency: [{{ms, objective}}]"
    return f"remove it, since it follows from the limit: {_own_objective(key, limit)}"


def _own_objective(key: BudgetKey, limit: Decimal) -> str:
    objective = key.objective_for(limit)
    return "" if objective is None else decimal_text(objective)


def _budget(key: BudgetKey, limit: Decimal, objective: Decimal | None, terms: Terms, place: Place) -> Budget | None:
    if objective is None:
        return None
    alerts = Alerts.TICKET if key.kind in QUIET_KINDS else Alerts.PAGE
    budget = Budget(key.name, key.kind, limit, objective, alerts, MIN_EVENTS_DEFAULT, None, place)
    return stating(terms, budget)


def stating(terms: Terms, budget: Budget) -> Budget:
    """The budget with terms that it states itself, where it does not already.

    Args:
        terms: That are stated.
        budget: Under no terms yet.
    """
    new = stated_in(terms) - budget.stated
    said = {name: getattr(terms, name) for name in new}
    return replace(budget, **said, stated=budget.stated | new)


def values_of(where: str, node: Mapping, known: tuple[str, ...], findings: Findings) -> dict[str, Node]:
    """The values of a mapping, by key; keys that are not known are left out, and told.

    Args:
        where: Of what the mapping is, for messages.
        node: The mapping.
        known: Keys that it may have.
        findings: Told what is wrong.
    """
    found = {}
    for key, value in node.pairs:
        if key.text in known:
            found[key.text] = value
        else:
            what = f"{where} has the key {shown(key.text)}, which is not known"
            findings.add(key.place, what, did_you_mean(key.text, known))
    return found
