"""The table of `docs/truth.md`: in each mode, every figure is true or left out."""

import pytest

from tests.stack import claims
from tests.stack.modes import MODES
from tests.stack.running import Running, Seen


@pytest.fixture(scope="module", params=MODES, ids=lambda mode: mode.name)
def seen(request: pytest.FixtureRequest, running: Running) -> Seen:
    """One request of the mode, for all figures."""
    seen = running.observe(request.param)
    assert seen.response.status_code == seen.mode.status, running.process.log_text()
    return seen


def test_the_header_states_the_queries_that_were_sent(seen: Seen) -> None:
    claims.queries_are_those_that_were_sent(seen)


def test_the_time_is_that_of_the_sleep_that_was_asked_for(seen: Seen) -> None:
    claims.time_is_that_of_the_sleep(seen)


def test_the_header_says_what_the_cache_answered(seen: Seen) -> None:
    claims.cache_is_what_answered(seen)


def test_one_server_span_has_the_figures_up_to_the_last_byte(seen: Seen) -> None:
    claims.span_has_the_figures_up_to_the_last_byte(seen)


def test_other_waits_are_accounted_beside_the_statements(seen: Seen) -> None:
    claims.other_waits_stand_beside(seen)


def test_what_comes_late_or_from_nowhere_is_counted_apart(seen: Seen) -> None:
    claims.late_and_outside_are_counted_apart(seen)


def test_nothing_failed_inside_telemetry(running: Running) -> None:
    running.client.get("/none")
    assert running.metrics().get("telemetry_internal_errors_total", 0) == 0, running.process.log_text()
