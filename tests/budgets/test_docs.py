"""What `docs/budgets.md` shows is what the commands say."""

import os
import re
import shlex
from pathlib import Path
from typing import Any, Final

import pytest
from starlette.testclient import TestClient

from telemetry.__main__ import main
from telemetry.budgets.keys import CACHE_KEYS, ROUTE_KEYS
from telemetry.budgets.load import load, read
from tests.fresh import fresh_with
from tests.install.recorded import logged

ROOT: Final = Path(__file__).parents[2]
TEXT: Final = (ROOT / "docs/budgets.md").read_text(encoding="utf-8")
BLOCKS: Final = re.findall(r"^```([\w ]+)\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


def blocks(language: str) -> list[str]:
    return [text for name, text in BLOCKS if name == language]


def said_by(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    words = shlex.split(command)
    assert words[:3] == ["python", "-m", "telemetry"]
    code = main(words[3:])
    return code, capsys.readouterr().out


@pytest.mark.parametrize("text", blocks("yaml"))
def test_each_file_that_is_shown_can_be_used(text: str, tmp_path: Path) -> None:
    path = tmp_path / "budgets.yaml"
    path.write_text(text)
    assert load(path).defaults


def test_the_broken_file_is_told_to_be_wrong_in_these_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (text,) = blocks("yaml broken")
    Path("budgets.yaml").write_text(text)
    said = "".join(f"{problem}\n" for problem in read("budgets.yaml").problems)
    assert said in blocks("text")


def test_the_check_says_what_is_shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (shown,) = [text for text in blocks("console") if text.startswith("$ python -m telemetry budgets check")]
    command, _, output = shown.partition("\n")
    assert said_by(command.removeprefix("$ "), capsys) == (0, output)


def test_the_rows_that_are_shown_are_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    (command,) = re.findall(r"`(python -m telemetry budgets explain [^`]+)`", TEXT)
    code, output = said_by(command, capsys)
    (shown,) = [text for text in blocks("text") if text.startswith("SUBJECT")]
    assert code == 0
    assert set(shown.splitlines()) <= set(output.splitlines())


def as_shown(directory: Path, code: str) -> tuple[list[Any], list[str], str]:
    os.chdir(directory)
    Path("budgets.yaml").write_text("version: 1\nservice: shop\ndefaults: {queries: 3}\n")
    said = logged("telemetry.budgets")
    made: dict[str, Any] = {}
    exec(compile(code, "docs/budgets.md", "exec"), made)
    with TestClient(made["app"]) as client:
        header = client.get("/items").headers["server-timing"]
    return made["told"], said, header


def test_the_process_does_what_is_shown(tmp_path: Path) -> None:
    (code,), (shown,) = (
        blocks("python in process"),
        re.findall(r"^  ```text in process\n  (.*?)\n  ```$", TEXT, re.MULTILINE),
    )
    told, said, header = fresh_with({"TELEMETRY_BUDGET_ENTRY": "true"}, as_shown, tmp_path, code)
    assert told == [("/items", ["queries"])]
    assert [_without_id(line) for line in said] == [_without_id(shown)]
    (entry,) = re.findall(r"`(budget;desc=[^`]+)`", TEXT)
    assert entry in header.split(", ")


def _without_id(line: str) -> str:
    return re.sub(r"[0-9a-f]{32}", "ID", line)


def test_every_kind_has_its_row() -> None:
    rows = "\n".join(line for line in TEXT.splitlines() if line.startswith("| "))
    assert all(f"`{key.name}`" in rows for key in (*ROUTE_KEYS, *CACHE_KEYS))
