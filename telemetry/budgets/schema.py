"""JSON Schema of budget files, for editors: made from the table by which files are read."""

import json
from typing import Any, Final

from telemetry.budgets.book import ANY_METHOD
from telemetry.budgets.keys import (
    CACHE_KEYS,
    MAX_LABEL,
    MIN_EVENTS_DEFAULT,
    ROUTE_KEYS,
    VERSION,
    WINDOW_DAYS,
    WINDOW_DEFAULT,
    BudgetKey,
    Objective,
    Unit,
)
from telemetry.budgets.load import EXCLUDE
from telemetry.budgets.model import QUIET_KINDS, Alerts
from telemetry.budgets.statements import MAX_LATENCIES
from telemetry.budgets.terms import MAX_MIN_EVENTS
from telemetry.conventions import (
    CACHE_NAMESPACE_SIGNS,
    KNOWN_METHODS,
    MAX_CACHE_NAMESPACE_LENGTH,
    MAX_CACHE_NAMESPACES,
    METHOD_OTHER,
    ROUTE_UNMATCHED,
)

# The draft that editors know best.
_DIALECT: Final = "http://json-schema.org/draft-07/schema#"
# Beside a $ref that draft ignores everything.
_ROUTE: Final = {"allOf": [{"$ref": "#/definitions/route"}]}
_CACHE: Final = {"allOf": [{"$ref": "#/definitions/cache"}]}
_LABEL: Final = {"type": "string", "minLength": 1, "maxLength": MAX_LABEL}


def schema_text() -> str:
    """The schema as it is published: JSON with a line end."""
    return json.dumps(_schema(), indent=2) + "\n"


def _schema() -> dict[str, Any]:
    return {
        "$schema": _DIALECT,
        "title": "Performance budgets",
        "description": "What requests and cache look-ups may cost, for one service.",
        **_mapping(
            {
                "version": {"description": "Version of this format.", "const": VERSION},
                "service": {"description": "Name of the service: the label job in Prometheus.", **_LABEL},
                "window": {
                    "description": f"Rolling window in which budgets are counted, in days: {_days()}.",
                    "type": "string",
                    "pattern": "^([1-9]|[1-8][0-9]|90)d$",
                    "default": WINDOW_DEFAULT,
                },
                "defaults": {"description": "Budgets of every route.", **_ROUTE},
                "routes": _routes(),
                "caches": _caches(),
            },
            ("version", "service"),
        ),
        "definitions": {"route": _budgets(ROUTE_KEYS), "cache": _budgets(CACHE_KEYS)},
    }


def _routes() -> dict[str, Any]:
    methods = "|".join((*sorted(KNOWN_METHODS), METHOD_OTHER, rf"\{ANY_METHOD}"))
    return {
        "description": (
            f'Changes for some routes, by "METHOD /template"; * stands for any method or any characters, '
            f'"* {ROUTE_UNMATCHED}" for requests that no route serves.'
        ),
        "type": "object",
        "propertyNames": {
            "maxLength": MAX_LABEL,
            "pattern": rf"^({methods}) ([/*].*|{ROUTE_UNMATCHED})$",
        },
        "additionalProperties": {
            "anyOf": [
                {"description": "No budgets at all.", "const": EXCLUDE},
                {"minProperties": 1, **_ROUTE},
            ]
        },
    }


def _caches() -> dict[str, Any]:
    return {
        "description": "Budgets of cache look-ups, by namespace of the keys.",
        "type": "object",
        "maxProperties": MAX_CACHE_NAMESPACES,
        "propertyNames": {"pattern": rf"^[{CACHE_NAMESPACE_SIGNS}]{{1,{MAX_CACHE_NAMESPACE_LENGTH}}}$"},
        "additionalProperties": {"minProperties": 1, **_CACHE},
    }


def _days() -> str:
    return f"{WINDOW_DAYS[0]}d to {WINDOW_DAYS[-1]}d"


def _mapping(properties: dict[str, Any], required: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
    }


def _budgets(keys: tuple[BudgetKey, ...]) -> dict[str, Any]:
    return _mapping({key.name: _budget(key) for key in keys} | _terms())


def _budget(key: BudgetKey) -> dict[str, Any]:
    none = {"description": "Drops this budget.", "const": False}
    if key.objective is Objective.STATED:
        entry = _mapping({"ms": _limit(key.unit), "objective": _objective(key)} | _terms(), ("ms", "objective"))
        several = {"type": "array", "minItems": 1, "maxItems": MAX_LATENCIES, "items": entry}
        return {"description": key.description, "anyOf": [several, none]}
    own = {} if key.is_fixed else {"objective": _objective(key)}
    full = _mapping({"limit": _limit(key.unit)} | own | _terms(), ("limit",))
    loudest = Alerts.TICKET if key.kind in QUIET_KINDS else Alerts.PAGE
    description = f"{key.description} Objective: {_objective_text(key)}. Alerts by itself: {loudest.value}."
    return {"description": description, "anyOf": [_limit(key.unit), full, none]}


def _limit(unit: Unit) -> dict[str, Any]:
    return {
        "description": f"{unit.name[0].upper()}{unit.name[1:]}; a figure at the limit is within.",
        "type": "integer" if unit.is_whole else "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": int(unit.below),
    }


def _objective(key: BudgetKey) -> dict[str, Any]:
    return {
        "description": f"Share of events that shall be within, between 0 and 1; default: {_objective_text(key)}.",
        "type": "number",
        "exclusiveMinimum": 0,
        "exclusiveMaximum": 1,
    }


def _objective_text(key: BudgetKey) -> str:
    return key.objective.value if isinstance(key.objective, Objective) else str(key.objective)


def _terms() -> dict[str, Any]:
    return {
        "alerts": {
            "description": "The loudest alert; page includes tickets.",
            "enum": [level.value for level in Alerts],
        },
        "min_events": {
            "description": f"Events that an alert's window must hold; default {MIN_EVENTS_DEFAULT}.",
            "type": "integer",
            "minimum": 1,
            "maximum": MAX_MIN_EVENTS,
        },
        "owner": {"description": "Who is told, for the routing of alerts.", **_LABEL},
    }
