"""What is claimed of a request, figure by figure; each is held against a source that knows nothing of the others."""

from typing import Final

from tests.server_timing import dur_of, parse, queries_of
from tests.stack.running import Seen

# A busy machine takes its time; what must never be reached is said by each mode.
_BUSY_MS: Final = 2_000
_QUERIES: Final = "performance.db.queries"
_SECONDS: Final = "performance.db.duration_seconds"


def queries_are_those_that_were_sent(seen: Seen) -> None:
    """The header's count is what is expected, and what the databases say they were sent."""
    mode = seen.mode
    assert queries_of(seen.header) == mode.queries
    if mode.queries is None:
        assert seen.sent
    elif mode.sends_more:
        assert len(seen.sent) > mode.all_queries, seen.sent
    else:
        assert len(seen.sent) == mode.all_queries, seen.sent


def time_is_that_of_the_sleep(seen: Seen) -> None:
    """The header's time is at least the sleep that was asked for, and not what only other things take."""
    mode = seen.mode
    if not mode.is_timed:
        assert "db" not in {metric.name for metric in parse(seen.header)}
        return
    db = dur_of(seen.header, "db")
    assert mode.asleep_ms <= db < min(mode.below_ms, mode.asleep_ms + _BUSY_MS)
    assert db <= dur_of(seen.header, "total")
    assert (db > 0) == bool(mode.queries)


def cache_is_what_answered(seen: Seen) -> None:
    """The header has the entry of the cache exactly if something was looked up."""
    assert seen.description("cache") == seen.mode.cache


def span_has_the_figures_up_to_the_last_byte(seen: Seen) -> None:
    """Exactly one SERVER span carries the figures, and they are those of the last byte."""
    mode = seen.mode
    (span,) = (span for span in seen.server if any(name.startswith("performance.") for name in span.attributes))
    assert span.attributes.get(_QUERIES) == (mode.queries if mode.final is None else mode.final)
    if mode.is_timed:
        assert span.attributes[_SECONDS] >= max(mode.asleep_ms, mode.asleep_final_ms) / 1_000
        # The header is rounded to a hundredth of a millisecond.
        assert span.attributes[_SECONDS] * 1_000 >= dur_of(seen.header, "db") - 0.01
    else:
        assert _SECONDS not in span.attributes
    status = None if mode.cache is None else mode.cache.removeprefix("Cache ").lower()
    assert span.attributes.get("performance.cache.status") == status
    for name, value in mode.attributes.items():
        assert span.attributes.get(name) == value, name


def other_waits_stand_beside(seen: Seen) -> None:
    """Waits that were asked for are on the span, each under its own name."""
    (span,) = (span for span in seen.server if any(name.startswith("performance.") for name in span.attributes))
    for name, seconds in seen.mode.phases.items():
        assert seconds <= span.attributes[name] < seconds + _BUSY_MS / 1_000, name


def late_and_outside_are_counted_apart(seen: Seen) -> None:
    """What was sent after the last byte, or for nobody who can be told, is in the counters for it."""
    assert (seen.late, seen.outside) == (seen.mode.late, seen.mode.outside)
