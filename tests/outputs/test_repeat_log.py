"""The log says of a repeat what is known of it."""

import pytest

from telemetry.outputs.repeats import RepeatLog
from telemetry.request.breakdown import Breakdown, Figures
from telemetry.request.repeats import Repeat


@pytest.mark.parametrize(
    ("total_ns", "said"),
    [
        (7_250_000, "one after another (7.2 ms in all), from shop.py:7 in read: SELECT a"),
        (None, "one after another, from shop.py:7 in read: SELECT a"),
    ],
)
def test_a_time_that_is_not_known_is_not_said(
    caplog: pytest.LogCaptureFixture, total_ns: int | None, said: str
) -> None:
    figures = Figures(elapsed_ns=1, repeats=(Repeat("SELECT a", 6, total_ns, "shop.py:7 in read"),))
    RepeatLog()(Breakdown("GET", "/items", 200, figures))
    assert caplog.messages == [f"GET /items sent one statement 6 times, {said}"]
