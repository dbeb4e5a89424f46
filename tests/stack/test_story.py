"""The story that all this is for: from an alert to the trace behind it, and to the line of code.

The head sampler keeps three traces in a hundred; the demo traffic asks for lists of items, whose brands are loaded one
by one; Prometheus, Alertmanager, the Collector and Jaeger run their own files, with all times of alerts shortened.
"""

import json
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import httpx
import pytest

from service.settings import ROOT
from tests.servers.stack_process import StackProcess, StartStack

QUICK: Final = ("--faster", "30")
SETTINGS: Final = {
    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0.03",
    "COLLECTOR_SAMPLING_PERCENTAGE": "0",
    "COLLECTOR_DECISION_WAIT_AFTER_ROOT": "1s",
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "STACK_REQUESTS_PER_SECOND": "20",
}
METHOD: Final = "GET"
ROUTE: Final = "/api/v1/items/"
ALERT: Final = re.compile(
    r"FIRING page BudgetBurn: GET /api/v1/items/ \(queries\): (\d+\.?\d*) % of requests sent more queries than 4"
    r" in the last 2m, 1 % may; budget of "
)
QUERIES: Final = 4
#: From so much on, of requests to one route, the budget of one percent burns too fast.
LEAST_PERCENT: Final = 13.4
#: So many, that not all of them can be among three in a hundred.
EXEMPLARS: Final = 5
REPEATED: Final = "performance.repeated_queries"
#: The only line that needs the brands of items.
LINE: Final = "ItemSummary.model_validate(row) for row in rows"


def exemplars(stack: StackProcess) -> list[str]:
    """Trace ids that Prometheus keeps for requests over the budget that the alert names, newest last."""
    query = f'performance_budget_over_total{{http_request_method="{METHOD}",http_route="{ROUTE}",budget="queries"}}'
    now = time.time()
    answer = httpx.get(
        stack.url("STACK_PROMETHEUS_PORT") + "/api/v1/query_exemplars",
        params={"query": query, "start": now - 600, "end": now + 60},
    ).json()
    found = [exemplar for series in answer["data"] for exemplar in series["exemplars"]]
    return [exemplar["labels"]["trace_id"] for exemplar in sorted(found, key=lambda each: each["timestamp"])]


def trace_of(stack: StackProcess, trace_id: str) -> list[dict[str, Any]]:
    """Spans of a trace as Jaeger tells them; none while it has none."""
    response = httpx.get(f"{stack.url('JAEGER_QUERY_PORT')}/api/traces/{trace_id}")
    return response.json()["data"][0]["spans"] if response.status_code == 200 else []


def attributes(span: Mapping[str, Any]) -> dict[str, Any]:
    return {tag["key"]: tag["value"] for tag in span["tags"]}


def server_span(spans: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the SERVER span of a trace says; nothing while it is not there."""
    said = [attributes(span) for span in spans]
    return next((each for each in said if each.get("span.kind") == "server"), {})


def is_whole(spans: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no span hangs in the air, and each statement that was counted is there."""
    known = {span["spanID"] for span in spans}
    parents = {reference["spanID"] for span in spans for reference in span["references"]}
    return parents <= known and len(statements(spans)) == server_span(spans).get("performance.db.queries")


def statements(spans: Sequence[Mapping[str, Any]]) -> list[str]:
    """The SQL that was sent."""
    said = [attributes(span) for span in spans]
    return [each["db.statement"] for each in said if each.get("db.system") == "postgresql" and "db.statement" in each]


def line_at(source: str) -> str:
    """The line of code that a source such as `service/items.py:56 in list_items` names."""
    file, number = source.partition(" in ")[0].rsplit(":", 1)
    return (ROOT / file).read_text().splitlines()[int(number) - 1]


@pytest.mark.usefixtures("whole_machine")
def test_an_alert_leads_to_the_whole_trace_of_a_breach_and_to_the_line_that_repeats_a_statement(
    start_stack: StartStack,
) -> None:
    stack = start_stack(*QUICK, environ=SETTINGS)

    # The alert reaches its receiver, in words.
    stack.await_until(lambda: any(map(ALERT.match, stack.lines("alerts"))), seconds=60)
    told = next(filter(None, map(ALERT.match, stack.lines("alerts"))))
    assert float(told[1]) > LEAST_PERCENT
    assert "  what to do: docs/runbooks/BudgetBurn.md" in stack.lines("alerts")

    # The counter that it is about has exemplars. Each has its trace, though hardly any was sampled.
    ids = exemplars(stack)[:EXEMPLARS]
    assert len(set(ids)) == EXEMPLARS
    stack.await_until(lambda: all(is_whole(trace_of(stack, each)) for each in ids))

    for spans in (trace_of(stack, each) for each in ids):
        said = server_span(spans)
        assert (said["http.request.method"], said["http.route"]) == (METHOD, ROUTE)
        assert said["performance.budget.breached"] is True
        assert "queries" in json.loads(said["performance.budget.over"])
        # The repeated statement is named, with how often it was sent, and from which line of code.
        told_statements, counts, sources = (
            json.loads(said[f"{REPEATED}.{what}"]) for what in ("statements", "counts", "sources")
        )
        assert [statements(spans).count(each) for each in told_statements] == counts
        assert said[REPEATED] == sum(counts) > QUERIES
        assert LINE in line_at(sources[0])
