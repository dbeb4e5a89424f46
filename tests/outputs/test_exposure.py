"""Which policy holds, and what becomes of one that fails."""

import inspect
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from telemetry import ConfigurationError, Exposure, SignedToken
from telemetry.errors import internal_errors
from telemetry.outputs.exposure.policy import decided, policy_for

KEY = "a secret key of more than 32 bytes"


@dataclass
class App:
    debug: bool = False


def test_debug_follows_the_application() -> None:
    app = App()
    policy = policy_for("debug", "always", app)
    assert policy is not None
    assert policy({}) is Exposure.NOTHING
    app.debug = True
    assert policy({}) is Exposure.FULL


def test_always_has_no_policy_and_says_that_it_is_public(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "telemetry"):
        assert policy_for(None, "always", App()) is None
    assert [(record.levelname, "docs/security.md" in record.message) for record in caplog.records] == [("INFO", True)]


@pytest.mark.parametrize("argument", ["never", "debug", SignedToken(KEY)], ids=repr)
def test_a_gate_is_not_called_public(argument: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "telemetry"):
        policy_for(argument, "always", App())
    assert caplog.records == []


def test_the_code_is_followed_before_the_environment_except_against_never() -> None:
    def all_of_it(_scope: Mapping[str, Any]) -> Exposure:
        return Exposure.FULL

    assert policy_for(all_of_it, "debug", App()) is all_of_it
    assert policy_for("always", "debug", App(debug=False)) is None
    for argument in (all_of_it, "always", "debug", None):
        policy = policy_for(argument, "never", App(debug=True))
        assert policy is not None
        assert policy({}) is Exposure.NOTHING


async def asynchronous(_scope: Mapping[str, Any]) -> Exposure:
    return Exposure.FULL


class Asynchronous:
    async def __call__(self, _scope: Mapping[str, Any]) -> Exposure:
        return Exposure.FULL


@pytest.mark.parametrize(
    "argument", ["sometimes", 7, asynchronous, Asynchronous()], ids=["text", "number", "function", "object"]
)
def test_what_can_decide_nothing_is_refused_at_start(argument: Any) -> None:
    with pytest.raises(ConfigurationError, match="exposure="):
        policy_for(argument, "always", App())


def raises(_scope: Mapping[str, Any]) -> Exposure:
    raise LookupError


@pytest.mark.parametrize("policy", [raises, lambda _scope: True, lambda _scope: "full"], ids=["raises", "True", "full"])
def test_a_policy_that_fails_or_says_something_else_shows_nothing_and_is_counted(
    policy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    before = internal_errors().get("exposure", 0)
    assert decided(policy, {}) is Exposure.NOTHING
    assert internal_errors()["exposure"] == before + 1


def test_a_coroutine_is_no_answer_and_is_not_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    made = []

    def policy(scope: Mapping[str, Any]) -> Any:
        made.append(asynchronous(scope))
        return made[0]

    assert decided(policy, {}) is Exposure.NOTHING
    assert inspect.getcoroutinestate(made[0]) == "CORO_CLOSED"
