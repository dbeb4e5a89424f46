"""The policies that come with telemetry: a signed token, and the networks of clients."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry import ClientNetworks, ConfigurationError, Exposure, SignedToken

KEY = "a secret key of more than 32 bytes"


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def with_header(token: str, name: bytes = b"x-server-timing-token") -> dict[str, Any]:
    return {"headers": [(b"host", b"x"), (name, token.encode("latin-1"))]}


def with_cookies(*lines: str) -> dict[str, Any]:
    return {"headers": [(b"cookie", line.encode("latin-1")) for line in lines]}


def from_client(host: object) -> dict[str, Any]:
    return {"client": (host, 50_000)}


def test_a_valid_token_opens_as_header_and_as_cookie() -> None:
    policy = SignedToken(KEY)
    token = policy.token(60)
    assert policy(with_header(token)) is Exposure.FULL
    assert policy(with_header(token, b"X-Server-Timing-Token")) is Exposure.FULL
    assert policy(with_cookies(f'a=1; bad cookie,; server_timing_token="{token}"')) is Exposure.FULL
    assert policy(with_cookies("a=1", f"b=2;server_timing_token={token}")) is Exposure.FULL


def test_the_names_of_header_and_cookie_may_be_chosen() -> None:
    policy = SignedToken(KEY, header="X-Figures", cookie="figures")
    token = policy.token(60)
    assert policy(with_header(token, b"x-figures")) is Exposure.FULL
    assert policy(with_cookies(f"figures={token}")) is Exposure.FULL
    assert policy(with_header(token)) is Exposure.NOTHING


def test_a_token_ends_when_it_said() -> None:
    clock = Clock()
    policy = SignedToken(KEY, clock=clock)
    scope = with_header(policy.token(60))
    clock.now += 59.9
    assert policy(scope) is Exposure.FULL
    clock.now += 0.1
    assert policy(scope) is Exposure.NOTHING


@pytest.mark.parametrize("seconds", [0, -1])
def test_a_token_that_would_never_be_valid_is_not_made(seconds: float) -> None:
    with pytest.raises(ValueError, match="valid_seconds"):
        SignedToken(KEY).token(seconds)


def test_a_token_whose_end_was_moved_opens_nothing() -> None:
    policy = SignedToken(KEY, clock=lambda: 1_000)
    until, signature = policy.token(60).split(".")
    assert policy(with_header(f"{int(until) + 1}.{signature}")) is Exposure.NOTHING
    assert policy(with_header(f"0{until}.{signature}")) is Exposure.NOTHING


def test_the_token_of_another_key_opens_nothing() -> None:
    assert SignedToken(KEY)(with_header(SignedToken(KEY + "!").token(60))) is Exposure.NOTHING


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_no_text_opens_and_none_breaks_anything(text: str) -> None:
    policy = SignedToken(KEY)
    assert policy(with_header(text)) is Exposure.NOTHING
    assert policy(with_cookies(text, f"server_timing_token={text}")) is Exposure.NOTHING


@given(st.integers(min_value=0, max_value=74), st.characters(max_codepoint=255))
def test_a_token_with_one_other_character_opens_nothing(place: int, character: str) -> None:
    policy = SignedToken(KEY, clock=lambda: 1_000_000_000)
    token = policy.token(60)
    changed = token[:place] + character + token[place + 1 :]
    assert policy(with_header(changed)) is (Exposure.FULL if changed == token else Exposure.NOTHING)


def test_requests_without_a_token_may_be_shown_less() -> None:
    policy = SignedToken(KEY, otherwise=Exposure.COARSE)
    assert policy({"headers": []}) is Exposure.COARSE
    assert policy(with_header("expired")) is Exposure.COARSE


def test_a_short_key_is_refused_and_no_key_is_shown() -> None:
    with pytest.raises(ConfigurationError, match="has 5 bytes") as refused:
        SignedToken("short")
    assert "short" not in str(refused.value)
    assert KEY not in repr(SignedToken(KEY))


@pytest.mark.parametrize(
    ("host", "level"),
    [
        ("10.1.2.3", Exposure.FULL),
        ("::ffff:10.1.2.3", Exposure.FULL),
        ("2001:db8::1", Exposure.FULL),
        ("192.0.2.7", Exposure.FULL),
        ("192.0.2.8", Exposure.NOTHING),
        ("11.0.0.0", Exposure.NOTHING),
        ("::1", Exposure.NOTHING),
        ("testclient", Exposure.NOTHING),
        ("", Exposure.NOTHING),
        (None, Exposure.NOTHING),
    ],
)
def test_clients_of_the_networks_see_everything(host: object, level: Exposure) -> None:
    assert ClientNetworks(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7"])(from_client(host)) is level


@pytest.mark.parametrize("scope", [{}, {"client": None}, {"client": ()}])
def test_a_request_without_an_address_is_of_no_network(scope: dict[str, Any]) -> None:
    assert ClientNetworks(["0.0.0.0/0", "::/0"])(scope) is Exposure.NOTHING


def test_what_a_client_says_of_itself_is_not_read() -> None:
    forged = from_client("203.0.113.5") | {
        "headers": [(b"x-forwarded-for", b"10.1.2.3"), (b"forwarded", b"for=10.1.2.3")]
    }
    assert ClientNetworks(["10.0.0.0/8"], otherwise=Exposure.COARSE)(forged) is Exposure.COARSE


@pytest.mark.parametrize("networks", [[], "10.0.0.0/8", ["10.0.0.0/33"], ["10.0.0.1/8"], ["intranet"]])
def test_networks_that_cannot_work_are_refused(networks: Any) -> None:
    with pytest.raises(ConfigurationError, match="networks"):
        ClientNetworks(networks)
