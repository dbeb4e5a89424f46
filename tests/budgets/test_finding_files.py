"""Findings as SARIF and as JUnit XML, whatever is in them."""

from decimal import Decimal
from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st
from pydantic_sarif.model import StaticAnalysisResultsFormatSarifVersion210JsonSchema as SarifLog

from telemetry.budgets.finding import Finding, Outcome
from telemetry.budgets.junit import junit_xml
from telemetry.budgets.model import Alerts, Budget, Kind, Place, Subject
from telemetry.budgets.sarif import sarif_log
from telemetry.request.statement import SentStatement

_SENT = st.builds(SentStatement, st.text(), st.integers(1, 99), st.none() | st.text() | st.just("shop/a.py:7 in f"))
_BUDGETS = st.builds(
    Budget,
    st.sampled_from(["queries", "p95_ms"]),
    st.sampled_from(Kind),
    st.just(Decimal(3)),
    st.just(Decimal("0.99")),
    st.sampled_from(Alerts),
    st.just(50),
    st.none(),
    st.builds(Place, st.integers(1, 99), st.integers(1, 99)),
)
_FINDINGS = st.lists(
    st.builds(
        Finding,
        st.sampled_from(Outcome),
        st.builds(Subject, st.text(), st.text()),
        _BUDGETS,
        st.text(min_size=1),
        st.text(),
        st.integers(0, 99),
        st.integers(0, 99),
        statements=st.lists(_SENT, max_size=3).map(tuple),
        seen_in=st.lists(st.text(), max_size=3).map(tuple),
    ),
    max_size=4,
)


def finding(outcome: Outcome, line: int = 3, source: str | None = None) -> Finding:
    budget = Budget(
        "queries", Kind.QUERIES, Decimal(3), Decimal("0.99"), Alerts.TICKET, 50, None, Place(line=line, column=7)
    )
    sent = (SentStatement("SELECT a FROM t WHERE b = ?", 5, source),)
    return Finding(outcome, Subject("GET", "/items"), budget, "budgets.yaml", "GET /items sent 7", 1, 1, None, sent)


@given(_FINDINGS)
def test_whatever_is_found_the_log_is_sarif_and_the_report_is_xml(findings: list[Finding]) -> None:
    log = SarifLog.model_validate(sarif_log(findings, "1.2.3"))
    report = fromstring(junit_xml(findings, "budgets"))
    exceeded = [each for each in findings if each.outcome is Outcome.EXCEEDED]
    assert len(log.runs[0].results or ()) == len(exceeded) == len(list(report.iter("failure")))
    assert len(list(report.iter("testcase"))) == len(findings)


def test_only_what_is_exceeded_is_a_result_and_what_is_insufficient_a_note() -> None:
    (run,) = sarif_log([finding(outcome) for outcome in Outcome], "1.2.3")["runs"]
    assert len(run["results"]) == 1
    assert len(run["invocations"][0]["toolExecutionNotifications"]) == 1


def test_one_problem_stays_one_when_its_line_moves() -> None:
    marks = {
        str(sarif_log([finding(Outcome.EXCEEDED, line)], "1")["runs"][0]["results"][0]["partialFingerprints"])
        for line in (3, 30)
    }
    assert len(marks) == 1


def test_the_line_of_a_statement_is_related_where_it_is_known() -> None:
    def related(source: str | None) -> list[tuple[str, int]]:
        (result,) = sarif_log([finding(Outcome.EXCEEDED, source=source)], "1")["runs"][0]["results"]
        places = [each["physicalLocation"] for each in result.get("relatedLocations", ())]
        return [(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places]

    assert related("shop/my items.py:52 in list_items.<locals>.one") == [("shop/my%20items.py", 52)]
    assert related(None) == related("somewhere") == []
    assert related("…/shop/items.py:52 in list_items") == []


def test_a_run_that_did_not_work_is_no_successful_execution_and_says_why() -> None:
    (run,) = sarif_log([finding(Outcome.INSUFFICIENT)], "1", ["a worker died"])["runs"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    assert [note["level"] for note in invocation["toolExecutionNotifications"]] == ["error", "note"]
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == "a worker died"
    SarifLog.model_validate(sarif_log([], "1", ["a worker died"]))
