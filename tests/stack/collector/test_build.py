"""Programs are built once, outside the checkout, and a build that fails says why and leaves nothing behind."""

from dataclasses import replace
from pathlib import Path

import pytest

from service.settings import ROOT
from service.stack.programs import Program, collector, programs
from tests.servers.built_program import built
from tests.stack.collector import build

#: Stands for Go: makes what the builder would make, or fails.
WORKS = "#!/bin/sh\nmkdir -p out && printf built >out/otelcol && chmod +x out/otelcol\n"
FAILS = "#!/bin/sh\necho 'module example.org/gone is not there' >&2\nexit 1\n"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "cache"
    monkeypatch.setenv("STACK_CACHE_DIR", str(directory))
    return directory


def put_go(script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "bin"
    place.mkdir(exist_ok=True)
    (place / "go").write_text(script)
    (place / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:/usr/bin:/bin")


def put_no_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(build, "_GO_PLACE", "/nowhere")


def test_a_program_is_kept_outside_the_checkout_under_what_it_is_made_of(monkeypatch: pytest.MonkeyPatch) -> None:
    program = collector()
    assert replace(program, sources=(*program.sources, "one more")).path != program.path
    monkeypatch.delenv("STACK_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert all(each.path.is_relative_to("/caches/candid-telemetry/stack") for each in programs())
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert not any(each.path.is_relative_to(ROOT) for each in programs())


def test_it_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    put_go(WORKS, tmp_path, monkeypatch)
    assert build.main(["otelcol"]) == 0
    assert Path(built(collector())).read_text() == "built"
    assert "minutes on two cores" in capsys.readouterr().out
    put_no_go(monkeypatch)
    assert build.main(["otelcol"]) == 0
    assert "is built" in capsys.readouterr().out


def test_a_build_that_fails_shows_what_go_said_and_leaves_no_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_go(FAILS, tmp_path, monkeypatch)
    assert build.main(["otelcol"]) == 1
    assert "module example.org/gone is not there" in capsys.readouterr().out
    assert not collector().path.exists()


def test_without_go_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_no_go(monkeypatch)
    assert build.main([]) == 1
    assert "needs Go" in capsys.readouterr().out


def test_a_name_that_is_no_program_is_refused_with_those_that_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["otelcol", "jager"]) == 2
    assert "no program jager: choose from otelcol, jaeger, promtool" in capsys.readouterr().out


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_what_is_not_built_skips_on_a_laptop_and_fails_where_servers_are_required(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUIRE_SERVERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="make programs"):
        built(program)
    monkeypatch.setenv("REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="make programs"):
        built(program)
