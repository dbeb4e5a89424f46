"""The configuration files: each is judged by the program that reads it before anything is started."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import anyio
import yaml

from service.settings import ROOT
from service.stack.log import say
from service.stack.machine import Machine
from service.stack.part import StartError
from service.stack.settings import HOST, StackSettings
from service.stack.watching import (
    COLLECTOR_CONFIG,
    JAEGER_CONFIG,
    collector_environ,
    copy_configuration,
    jaeger_environ,
)

BUDGETS: Final = "service/budgets.yaml"
_DASHBOARDS: Final = Path("dashboards")
_PROMETHEUS: Final = "prometheus"
_BUILD: Final = (sys.executable, "-m", "telemetry", "budgets", "build", BUDGETS, "--app", "service.main:app")
_DIFFERS: Final = 1
# One mistake can be in each of a thousand rules.
_LINES_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class _Check:
    """A program that judges a file.

    Attributes:
        part: Under whose name its message is shown.
        file: What it judges.
        command: Ends with 0 if the file can be used.
        environ: What differs from the environment of the stack.
    """

    part: str
    file: str
    command: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)


async def configuration(machine: Machine, settings: StackSettings, directory: Path, faster: int) -> Path:
    """Checks all files, and puts those of Prometheus and Alertmanager where the run has its own targets.

    Args:
        machine: What there is.
        settings: Of the stack.
        directory: Of the run.
        faster: What the times of the alerts are divided by; the files that are committed are for 1.

    Returns:
        The directory of the latter.

    Raises:
        StartError: A file cannot be used; the log has the message of the program that judged it.
    """
    is_committed = faster == 1 and _names(_receiver(settings), _DASHBOARDS / _PROMETHEUS / "alertmanager.yml")
    built = _DASHBOARDS if is_committed else directory / "built"
    await _budgets(built, settings, directory, faster)
    broken: list[str] = []
    async with anyio.create_task_group() as tasks:
        for check in _checks(machine, settings, directory, built / _PROMETHEUS):
            tasks.start_soon(_judge, check, broken)
    if broken:
        raise StartError("\n".join(f"{file} cannot be used: the message stands above" for file in sorted(broken)))
    config = directory / _PROMETHEUS
    copy_configuration(built / _PROMETHEUS, config)
    return config


def job() -> str:
    """What the budgets call the service."""
    service: str = yaml.safe_load((ROOT / BUDGETS).read_text())["service"]
    return service


def _receiver(settings: StackSettings) -> str:
    return f"http://{HOST}:{settings.stack_alerts_port}/alerts"


def _names(receiver: str, file: Path) -> bool:
    """Whether that is who gets alerts; a demonstration must not wake people whom a file names."""
    return receiver in (ROOT / file).read_text()


async def _budgets(built: Path, settings: StackSettings, directory: Path, faster: int) -> None:
    if built == _DASHBOARDS:
        code, lines = await _said(_Check("budgets", BUDGETS, (*_BUILD, "--check")))
        if code == _DIFFERS:
            say(f"the rules in {built} are not those of {BUDGETS}; this writes them:")
            say(f"  python -m telemetry {' '.join(_BUILD[3:])}")
            return
    else:
        receivers = directory / "receivers.yaml"
        webhook = {"webhook": _receiver(settings)}
        receivers.write_text(json.dumps({"page": webhook, "ticket": webhook}))
        options = ("--out", str(built), "--receivers", str(receivers), "--faster", str(faster))
        code, lines = await _said(_Check("budgets", BUDGETS, (*_BUILD, *options)))
    if code != 0:
        _show("budgets", lines)
        raise StartError(f"{BUDGETS} cannot be used: the message stands above")


def _checks(machine: Machine, settings: StackSettings, directory: Path, rules: Path) -> Iterator[_Check]:
    programs = machine.programs
    if machine.runs("prometheus"):
        file = rules / "prometheus.yml"
        yield _Check("prometheus", str(file), (programs["promtool"], "check", "config", str(file)))
    if machine.runs("alertmanager"):
        file = rules / "alertmanager.yml"
        yield _Check("alertmanager", str(file), (programs["amtool"], "check-config", str(file)))
    if machine.runs("collector"):
        command = (programs["otelcol"], "validate", "--config", COLLECTOR_CONFIG)
        yield _Check("collector", COLLECTOR_CONFIG, command, collector_environ(settings, directory))
    if machine.runs("jaeger"):
        command = (programs["jaeger"], "validate", "--config", JAEGER_CONFIG)
        yield _Check("jaeger", JAEGER_CONFIG, command, jaeger_environ(settings))


async def _judge(check: _Check, broken: list[str]) -> None:
    code, lines = await _said(check)
    if code != 0:
        _show(check.part, lines)
        broken.append(check.file)


async def _said(check: _Check) -> tuple[int, list[str]]:
    done = await anyio.run_process(
        check.command,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
        cwd=ROOT,
        env={**os.environ, **check.environ},
    )
    return done.returncode, done.stdout.decode(errors="replace").splitlines()


def _show(part: str, lines: Sequence[str]) -> None:
    for line in lines[:_LINES_SHOWN]:
        say(line, part)
    if len(lines) > _LINES_SHOWN:
        say(f"... and {len(lines) - _LINES_SHOWN} lines more", part)
