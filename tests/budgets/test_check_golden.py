"""Files, and what the command says of each: it stands at their end, behind `#>`, without the path."""

import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from telemetry.__main__ import main

GOLDEN: Final = Path(__file__).parent / "golden"
FILES: Final = sorted(GOLDEN.glob("*.yaml"))
APP: Final = ("--app", "tests.budgets.small_app:app")
_SAID: Final = "#> "
_WARNING: Final = "warning: "


def arguments_for(path: Path) -> list[str]:
    """`# app` in the first line says that the file is held against the small application."""
    has_app = path.read_text(encoding="utf-8").startswith("# app\n")
    return ["budgets", "check", str(path), *(APP if has_app else ())]


def expected_lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line.removeprefix(_SAID) for line in lines if line.startswith(_SAID)]


def relative(line: str, path: Path) -> str:
    warning = _WARNING if line.startswith(_WARNING) else ""
    return warning + line.removeprefix(warning).removeprefix(f"{path}:")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_command_says_all_that_is_wrong_with_a_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(arguments_for(path))
    said = [relative(line, path) for line in capsys.readouterr().out.splitlines()]
    assert said == expected_lines(path)
    assert code == (0 if "fine" in path.stem else 2)


def test_at_least_forty_broken_files_are_held() -> None:
    broken = [path for path in FILES if "fine" not in path.stem]
    assert len(broken) >= 40
    assert all(expected_lines(path) for path in broken)


def test_the_exit_code_and_the_lines_are_those_of_the_process() -> None:
    path = GOLDEN / "app_problems_of_both_kinds.yaml"
    command = [sys.executable, "-m", "telemetry", *arguments_for(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert [relative(line, path) for line in done.stdout.splitlines()] == expected_lines(path)


def test_every_line_of_a_problem_begins_with_file_line_and_column(capsys: pytest.CaptureFixture[str]) -> None:
    path = GOLDEN / "many_at_once.yaml"
    main(arguments_for(path))
    for line in capsys.readouterr().out.splitlines():
        number, column, text = line.removeprefix(f"{path}:").split(":", 2)
        assert number.isdecimal()
        assert column.isdecimal()
        assert "; " in text
