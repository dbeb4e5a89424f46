"""The report of the benchmark."""

import json

from benchmarks.bars import bars
from benchmarks.plan import CANDID, CASES, CONFIGURATIONS, HUNDRED
from benchmarks.report import document, text
from tests.benchmarks.results import results


def test_the_text_names_every_configuration_case_and_bar() -> None:
    found = results()
    report = text(found)
    for name in [*(each.name for each in CONFIGURATIONS), *(case.name for case in CASES)]:
        assert name in report
    for bar in bars(found):
        line = next(line for line in report.splitlines() if line.startswith(bar.promise))
        assert line.endswith("holds")


def test_the_text_says_which_bar_fails() -> None:
    report = text(results({CANDID: (400.0, 70.0, 0.0)}))
    assert "FAILS" in next(line for line in report.splitlines() if line.startswith("0 queries: everything sampled"))


def test_the_document_is_json_and_holds_raw_values_ratios_and_bars() -> None:
    found = json.loads(json.dumps(document(results())))
    assert found["cpu_us_per_request"][CANDID][HUNDRED.name] == [10_180.0, 10_180.0]
    assert found["ratio_to_s"]["contrib+instrumentator"][HUNDRED.name]["median"] == 1.0
    assert found["added_us_per_query"][CANDID]["100_to_1000"]["median"] == 70.0
    assert all(bar["holds"] for bar in found["bars"])
