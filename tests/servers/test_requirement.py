"""A missing program skips a test on a laptop, and fails it where servers are required."""

import pytest

from tests.servers.requirement import program


def test_a_laptop_without_the_program_skips_and_is_told_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_SERVERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="needs no-such-program: apt-get install some-package"):
        program("no-such-program", package="some-package")


def test_a_machine_that_must_have_the_program_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="apt-get install some-package"):
        program("no-such-program", package="some-package")
