"""No secret is shown, wherever it comes from."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from telemetry.doctor.redaction import Redaction
from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY

PASSWORD = "correct-horse-battery"


@pytest.mark.parametrize("arguments", [[], ["--json"], ["-v"]], ids=str)
def test_the_password_of_an_engine_is_never_printed(doctor: Doctor, arguments: list[str]) -> None:
    source = HEALTHY + (
        "engines = [create_engine(url) for url in (\n"
        f"    'postgresql+psycopg://app:{PASSWORD}@db.example/shop?sslpassword={PASSWORD}',\n"
        f"    'sqlite:///file:secret.db?key={PASSWORD}&uri=true',\n"
        ")]\n"
        "@app.get('/fails')\ndef fails() -> None:\n"
        f"    raise RuntimeError('no connection to postgresql://app:{PASSWORD}@db.example/shop')\n"
    )
    outcome = doctor(source, "--path", "/fails", *arguments)
    assert "postgresql+psycopg db.example/shop" in outcome.out
    assert PASSWORD not in outcome.out + outcome.err


def test_secrets_of_the_environment_and_of_the_command_line_are_never_printed(doctor: Doctor) -> None:
    source = HEALTHY + (
        "import os\n@app.get('/fails')\ndef fails() -> None:\n"
        "    raise RuntimeError(f\"{os.environ['APP_SECRET']} opensesame {os.environ['DATABASE_URL'][22:42]}\")\n"
    )
    environ = {"APP_SECRET": PASSWORD, "DATABASE_URL": "postgresql://app:tell%20no%20one@db/shop"}
    outcome = doctor(source, "--path", "/fails", "--header", "Authorization: Bearer opensesame", environ=environ)
    assert "RuntimeError: *** ***" in outcome.out
    assert PASSWORD not in outcome.out
    assert "opensesame" not in outcome.out


@pytest.mark.parametrize(
    "text",
    [
        "could not parse 'postgresql+psycopg://app:{}@db.example/shop'",
        "http://user:{}@[::1]:4318/v1/traces is away",
        "password={}",
        "PGPASSWORD: {}, host: db",
        "{{'db_password': '{}', 'user': 'app'}}",
        "the header Authorization: Bearer {}",
        "api_key={}&page=2",
    ],
)
@given(secret=st.text(string.ascii_letters + string.digits + "!#$%*+-.:_", min_size=8, max_size=40))
def test_what_looks_like_a_secret_is_hidden(text: str, secret: str) -> None:
    assert secret not in Redaction().text(text.format(secret))


def test_a_known_secret_is_hidden_as_a_word_and_other_words_stay() -> None:
    redaction = Redaction.of({"POSTGRES_PASSWORD": "postgres", "PWD": "/home/me", "TOKEN": "abc"})
    assert redaction.text("postgresql, user postgres in /home/me, abc") == "postgresql, user *** in /home/me, abc"


def test_characters_that_steer_a_terminal_are_not_passed_on() -> None:
    assert Redaction().text("red \x1b[31m and \r back") == "red ?[31m and ? back"


class Configuration(BaseModel):
    port: int


def test_a_refused_value_is_not_shown_with_the_reason() -> None:
    with pytest.raises(ValueError, match="port") as refused:
        Configuration.model_validate({"port": PASSWORD})
    cause = Redaction().cause(refused.value)
    assert cause.startswith("ValidationError: port: ")
    assert PASSWORD not in cause


def test_an_exception_whose_text_cannot_be_had_is_named() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise LookupError

    assert Redaction().cause(MuteError()) == "MuteError"
