"""Rules that are wrong in one place are found out: by the tests that are generated with them, or by the simulation."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from telemetry.budgets.rule_tests.file import rule_tests_text
from telemetry.budgets.rules import rules_text
from tests.budgets.rules.budgets import PAGED, SEVERAL, ruling
from tests.budgets.rules.scenarios import RULES_FILE, STORIES
from tests.servers.prometheus import Promtool

_JOB = '{job="shop"}'
_GENERATED = "generated tests"
Mutation = Callable[[str], str]


def _burn(window: str, expression: str) -> Mutation:
    """Records the burn of a window in another way."""
    rule = re.compile(rf"(record: performance:budget_burn:rate{window}\n +expr: \|-\n)(?: {{10}}.*\n)+")
    return lambda text: rule.sub(rf"\g<1>          {expression}\n", text)


def _other(old: str, new: str) -> Mutation:
    by = "job, http_request_method, http_route, cache_namespace, budget, limit"
    return lambda text: text.replace(old.replace("BY", by), new.replace("BY", by))


#: What is done to the rules, by the story that finds it out.
MUTANTS: Mapping[str, Mapping[str, Mutation]] = {
    "outage": {
        "or for and": _other("and on (BY) performance:budget_burn:rate5m", "or on (BY) performance:budget_burn:rate5m"),
        "long window of the fast page too short": _other("[1h]", "[30m]"),
        "long window of the slow page too short": _other("[6h]", "[2h]"),
        "short window of the fast page too long": _other("[5m]", "[10m]"),
        "averaged ratios": _burn("6h", f"avg_over_time(performance:budget_burn:rate5m{_JOB}[6h])"),
        "waits two minutes": _other("- alert: BudgetBurn\n", "- alert: BudgetBurn\n        for: 2m\n"),
    },
    "outage tickets": {"short window of the fast ticket too short": _other("[2h]", "[30m]")},
    "slow": {
        "long window of the fast ticket too short": _other("[1d]", "[12h]"),
        "long window of the slow ticket too short": _other("[3d]", "[1d]"),
    },
    "thresholds": {
        "factor of 30 days, page fast": _other("> 13.44", "> 14.4"),
        "factor of 30 days, page slow": _other("> 5.6", "> 6"),
        "factor of 30 days, ticket fast": _other("> 2.8", "> 3"),
        "factor without floor, ticket slow": _other(f"{_JOB} > 1\n", f"{_JOB} > 0.93\n"),
    },
    _GENERATED: {
        "no short window": _other(f"and on (BY) performance:budget_burn:rate30m{_JOB} > 5.6", "and on () vector(1)"),
        "averaged ratios of what is left": _other(f"(performance:budget_events:increase28d{_JOB} > 0)", "1"),
        "no guard of little traffic": _other(
            f"\n          and on (BY) performance:budget_events:increase1h{_JOB}"
            f" >= on (BY) performance:budget_min_events:count{_JOB}",
            "",
        ),
        "no guard of a single event": _other(" > 1.5\n", " > 0.5\n"),
        "no guard against nothing": _other(f"{_JOB}[5m])) > 0)", f"{_JOB}[5m])))"),
        "limit is no part of a budget": _other(", limit)", ")"),
        "tickets page": _other('alerts=~"page"', 'alerts=~"page|ticket"'),
        "what is to be quiet alerts": _other(',alerts=~"page|ticket"', ""),
        "added up before the rate": _other(
            f"sum by (BY) (increase(performance_budget_over_total{_JOB}[1h]))",
            f"increase(sum by (BY) (performance_budget_over_total{_JOB})[1h:1m])",
        ),
        "no target is no news": _other(f"\n          or absent(up{_JOB})", ""),
        "one target that is down is all": _other(f"max by (job) (up{_JOB}) == 0", f"min by (job) (up{_JOB}) == 0"),
        "there for missing": _other("unless on (BY)", "and on (BY)"),
    },
}


@pytest.mark.parametrize(
    ("story", "name"), [(story, name) for story, mutations in MUTANTS.items() for name in mutations]
)
def test_rules_with_one_mistake_are_found_out(story: str, name: str, promtool: Promtool, tmp_path: Path) -> None:
    is_generated = story == _GENERATED
    made_for = ruling(*SEVERAL) if is_generated else ruling(PAGED)
    right = rules_text(made_for, "budgets.yaml")
    wrong = MUTANTS[story][name](right)
    assert wrong != right
    rules, tests = tmp_path / RULES_FILE, tmp_path / "tests.yml"
    rules.write_text(wrong)
    # It is no mistake that Prometheus itself would refuse.
    assert promtool("check", "rules", "--lint-fatal", rules).returncode == 0
    tests.write_text(rule_tests_text(made_for, "budgets.yaml", RULES_FILE) if is_generated else STORIES[story](28))
    done = promtool("test", "rules", tests)
    assert done.returncode != 0
    assert "exp:" in done.stdout + done.stderr
