"""Settings come from the environment, and one that cannot work is refused in one line with its name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from telemetry.errors import ConfigurationError, TelemetryError
from telemetry.settings import Settings

VARIABLES = [f"TELEMETRY_{name.upper()}" for name in Settings.model_fields]


def test_an_empty_environment_gives_the_defaults() -> None:
    settings = Settings.from_environ({})
    assert settings == Settings()
    assert settings.enabled
    assert settings.flush_seconds == 2


def test_variables_of_others_are_not_read() -> None:
    assert Settings.from_environ({"ENABLED": "false", "FLUSH_SECONDS": "x", "TELEMETRY_UNKNOWN": "1"}) == Settings()


@pytest.mark.parametrize("variable", VARIABLES)
def test_an_empty_value_counts_as_not_set(variable: str) -> None:
    assert Settings.from_environ({variable: ""}) == Settings()


@pytest.mark.parametrize(
    ("text", "enabled"), [("true", True), ("1", True), ("on", True), ("false", False), ("0", False), ("NO", False)]
)
def test_the_switch_takes_the_usual_words(text: str, enabled: bool) -> None:
    assert Settings.from_environ({"TELEMETRY_ENABLED": text}).enabled is enabled


@pytest.mark.parametrize(
    ("text", "enabled"), [("true", False), (" TRUE ", False), ("false", True), ("", True), ("1", True)]
)
def test_the_switch_of_the_sdk_switches_us_off_too(text: str, enabled: bool) -> None:
    assert Settings.from_environ({"OTEL_SDK_DISABLED": text}).enabled is enabled


@pytest.mark.parametrize(("text", "seconds"), [("0.5", 0.5), ("60", 60), ("1e-3", 0.001)])
def test_the_longest_wait_is_seconds(text: str, seconds: float) -> None:
    assert Settings.from_environ({"TELEMETRY_FLUSH_SECONDS": text}).flush_seconds == seconds


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("TELEMETRY_ENABLED", "maybe"),
        ("TELEMETRY_FLUSH_SECONDS", "0"),
        ("TELEMETRY_FLUSH_SECONDS", "-1"),
        ("TELEMETRY_FLUSH_SECONDS", "61"),
        ("TELEMETRY_FLUSH_SECONDS", "nan"),
        ("TELEMETRY_FLUSH_SECONDS", "inf"),
        ("TELEMETRY_FLUSH_SECONDS", "2s"),
        ("TELEMETRY_EXPOSURE", "everybody"),
        ("TELEMETRY_TIMING_ALLOW_ORIGIN", "https://shop.example/path"),
    ],
)
def test_a_value_that_cannot_work_is_refused_with_its_variable_and_what_is_allowed(variable: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environ({variable: value})
    message = str(refused.value)
    assert message.startswith(f"{variable}=")
    assert value in message
    assert len(message) > len(variable) + len(value) + 10, "what is allowed is missing"


def refusal(environ: dict[str, str]) -> str | None:
    try:
        Settings.from_environ(environ)
    except ConfigurationError as refused:
        return str(refused)
    return None


@given(st.dictionaries(st.sampled_from(VARIABLES), st.text()))
def test_any_environment_is_taken_or_refused_in_one_line(environ: dict[str, str]) -> None:
    message = refusal(environ)
    if message is not None:
        assert len(message.splitlines()) == 1
        assert any(variable in message for variable in environ)


def test_a_refusal_shows_only_its_message() -> None:
    with pytest.raises(ConfigurationError) as refused:
        Settings.from_environ({"TELEMETRY_ENABLED": "maybe"})
    assert refused.value.__suppress_context__
    assert isinstance(refused.value, TelemetryError)
    assert isinstance(refused.value, ValueError)


def test_settings_cannot_be_changed_or_misspelt() -> None:
    with pytest.raises(ValidationError):
        Settings().enabled = False  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Settings(enbled=False)  # type: ignore[call-arg]
