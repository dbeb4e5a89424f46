"""Lengths of time, shares and columns as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry.budgets.columns import WIDTH, Columns
from telemetry.budgets.duration import rough_text, seconds_of
from telemetry.budgets.percent import percent_text

_SHARES = st.floats(0, 1)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1h", 3_600), ("1h30m", 5_400), ("28d", 2_419_200), ("2w1s", 1_209_601)]
)
def test_a_length_is_read_as_prometheus_reads_it(text: str, seconds: int) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "1", "h", "1m1h", "1.5h", "-1h", "1h ", "١h", "1y"])
def test_what_is_no_length_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no length of time such as 15m, 1h or 28d"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0s"), (59.9, "59s"), (730, "12m 10s"), (86_400, "1d"), (86_461, "1d"), (270_000, "3d 3h")],
)
def test_a_length_is_told_by_its_two_largest_units_never_too_long(seconds: float, text: str) -> None:
    assert rough_text(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.0519, "5.19 %"),
        (1, "100 %"),
        (0, "0 %"),
        (-0.0, "0 %"),
        (1e-4, "0.01 %"),
        (-1.14, "-114 %"),
        (12345, "1230000 %"),
    ],
)
def test_a_share_is_a_percentage_of_three_digits(share: float, text: str) -> None:
    assert percent_text(share) == text


@given(_SHARES, _SHARES)
def test_shares_that_differ_do_not_look_the_same(one: float, other: float) -> None:
    texts = percent_text(one, other), percent_text(other, one)
    assert (texts[0] == texts[1]) is (one == other)


@given(st.lists(st.tuples(st.text("abc/{}", max_size=300), st.text("0123456789", max_size=12)), max_size=5))
def test_no_line_is_wider_than_100_and_figures_are_whole(rows: list[tuple[str, str]]) -> None:
    lines = Columns(("route", "over"), 0, frozenset({1})).lines(rows)
    assert max(map(len, lines)) <= WIDTH
    assert all(line.endswith(figure) for line, (_, figure) in zip(lines[2:], rows, strict=True))
