"""A caller that says `-00` gets the figures, and nothing is exported for it."""

import secrets

import pytest

from tests.stack import claims
from tests.stack.modes import Mode
from tests.stack.running import Running
from tests.stack.variants import CORE

FLAGS = {"00": "not sampled", "02": "not sampled, with random ids"}


@pytest.mark.parametrize("mode", [mode for mode in CORE if mode.cache is None], ids=lambda mode: mode.name)
def test_a_request_that_the_caller_did_not_sample_has_its_figures(running: Running, mode: Mode) -> None:
    seen = running.observe(mode, flags="00", exports=False)

    claims.queries_are_those_that_were_sent(seen)
    claims.time_is_that_of_the_sleep(seen)
    claims.late_and_outside_are_counted_apart(seen)


@pytest.mark.parametrize("flags", FLAGS, ids=FLAGS.values())
def test_nothing_of_it_is_exported(running: Running, flags: str) -> None:
    unsampled, sampled = secrets.token_hex(16), secrets.token_hex(16)
    assert "server-timing" in running.ask("/asyncpg/async", unsampled, flags).headers
    running.ask("/asyncpg/async", sampled)
    running.servers(sampled)

    # Spans leave in the order in which they ended.
    assert unsampled not in {span.trace_id for span in running.receiver.spans}
