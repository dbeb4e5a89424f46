"""Builds the Collector, Jaeger and promtool 3, unless they are there: `python -m tests.stack.collector.build [NAME]`.

They are kept outside the checkout, so this takes minutes once and nothing after that, until a version changes.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.stack.programs import (
    BUILDER,
    JAEGER_MODULE,
    MANIFEST,
    PROMTOOL_MODULE,
    PROMTOOL_TAGS,
    GoModule,
    Program,
    programs,
)

_GO_PLACE: Final = "/usr/local/go/bin"
_GO_ENVIRON: Final = {
    # The modules' versions are chosen for the Go that is there: a download of another would hide that they are not.
    "GOTOOLCHAIN": "local",
    "CGO_ENABLED": "0",
    "GOWORK": "off",
}
_LOG_LINES_SHOWN: Final = 30


class BuildError(Exception):
    """A program was not built; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where one build happens.

    Attributes:
        directory: Empty at first, gone afterwards.
        go: The Go command.
        log: What the commands say.
    """

    directory: Path
    go: str
    log: Path

    def run(self, *arguments: str) -> str:
        """What a Go command prints; what it says besides goes to the log."""
        environ = {**os.environ, **_GO_ENVIRON}
        with self.log.open("a") as log:
            done = subprocess.run(
                [self.go, *arguments],
                cwd=self.directory,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                check=False,
            )
            log.write(done.stdout)
        if done.returncode != 0:
            said = self.log.read_text(errors="replace").splitlines()[-_LOG_LINES_SHOWN:]
            raise BuildError("\n".join((f"go {' '.join(arguments)} failed:", *said)))
        return done.stdout


def build_collector(workshop: Workshop) -> Path:
    """The built Collector, by the builder of its own version."""
    shutil.copy(MANIFEST, workshop.directory)
    workshop.run("run", BUILDER, "--config", MANIFEST.name)
    return workshop.directory / "out" / "otelcol"


def build_jaeger(workshop: Workshop) -> Path:
    """The built Jaeger."""
    return _build_command(workshop, JAEGER_MODULE)


def build_promtool(workshop: Workshop) -> Path:
    """The built promtool, without Prometheus itself, which takes minutes more."""
    return _build_command(workshop, PROMTOOL_MODULE, "-tags", PROMTOOL_TAGS)


def _build_command(workshop: Workshop, module: GoModule, *options: str) -> Path:
    """The built command of a module.

    Modules with replace directives are refused by `go install`, so it becomes a tool of an empty module instead. The
    checksums are the ones that the module itself ships, which Go has verified.
    """
    workshop.run("mod", "init", "stack/program")
    source = Path(json.loads(workshop.run("mod", "download", "-json", f"{module.path}@{module.version}"))["Dir"])
    shutil.copyfile(source / "go.sum", workshop.directory / "go.sum")
    workshop.run("get", "-tool", f"{module.package}@{module.version}")
    workshop.run("build", "-trimpath", *options, "-ldflags", "-s -w", "-o", "program", module.package)
    return workshop.directory / "program"


_RECIPES: Final[Mapping[str, Callable[[Workshop], Path]]] = {
    "otelcol": build_collector,
    "jaeger": build_jaeger,
    "promtool": build_promtool,
}


def find_go() -> str:
    """The Go command.

    Raises:
        BuildError: There is none.
    """
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), _GO_PLACE))
    go = shutil.which("go", path=path)
    if go is None:
        raise BuildError("needs Go >= 1.26 to build the Collector, Jaeger and promtool 3: install it from go.dev")
    return go


def build(program: Program, *, say: Callable[[str], None]) -> None:
    """Builds it where it is kept, unless it is there.

    Raises:
        BuildError: It cannot be built.
    """
    with _only_one_builds(program):
        if program.is_built:
            say(f"{program.name} {program.version} is built: {program.path}")
            return
        go = find_go()
        say(f"building {program.name} {program.version} (about {program.minutes} minutes on two cores) ...")
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix=f"build-{program.name}-") as made:
            workshop = Workshop(Path(made), go, program.path.parent / "build.log")
            built = _RECIPES[program.name](workshop)
            partial = program.path.with_suffix(".partial")
            shutil.copy(built, partial)
            partial.rename(program.path)
        say(f"built {program.path} in {time.monotonic() - began:.0f} s")


@contextmanager
def _only_one_builds(program: Program) -> Iterator[None]:
    program.path.parent.mkdir(parents=True, exist_ok=True)
    with (program.path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(names: Sequence[str]) -> int:
    """Exit code: 0 built, 1 not, 2 for a name that is none."""
    known = {program.name: program for program in programs()}
    unknown = [name for name in names if name not in known]
    if unknown:
        _say(f"no program {', '.join(unknown)}: choose from {', '.join(known)}")
        return 2
    try:
        for name in names or known:
            build(known[name], say=_say)
    except BuildError as error:
        _say(str(error))
        return 1
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{time.strftime('%H:%M:%S')}  {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
