"""Programs that Debian does not package, or not in this version: what they are made of and where they are kept."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from service.settings import ROOT

MANIFEST: Final = ROOT / "tests" / "stack" / "collector" / "manifest.yaml"
BUILDER: Final = "go.opentelemetry.io/collector/cmd/builder@v0.161.0"


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is built from Go modules.

    Attributes:
        name: Of the file, too.
        version: For people; `sources` decides what is built.
        sources: All that decides what is built.
        minutes: What a build from nothing takes on two cores, roughly.
    """

    name: str
    version: str
    sources: tuple[str, ...]
    minutes: int

    @property
    def path(self) -> Path:
        """Where it is once it is built: another place when what it is made of changes."""
        digest = hashlib.sha256("\n".join(self.sources).encode()).hexdigest()[:12]
        return cache_directory() / f"{self.name}-{self.version}-{digest}" / self.name

    @property
    def is_built(self) -> bool:
        return os.access(self.path, os.X_OK)


@dataclass(frozen=True, slots=True)
class GoModule:
    """A Go module that has a command.

    Attributes:
        path: Of the module.
        version: As Go writes it.
        command: Package of the command, inside the module.
    """

    path: str
    version: str
    command: str

    @property
    def package(self) -> str:
        return f"{self.path}/{self.command}"


# Both are one release: as a Go module Jaeger 2 was called version 1, and later releases are no Go modules any more.
JAEGER_VERSION: Final = "2.13.0"
JAEGER_MODULE: Final = GoModule("github.com/jaegertracing/jaeger", "v1.76.0", "cmd/jaeger")
# One release, too: as a Go module Prometheus 3.15.0 is called 0.315.0.
PROMTOOL_VERSION: Final = "3.15.0"
PROMTOOL_MODULE: Final = GoModule("github.com/prometheus/prometheus", "v0.315.0", "cmd/promtool")
#: Leaves out the ways to find targets in clouds: what remains is files, which is what the stack uses, and HTTP.
PROMTOOL_TAGS: Final = "remove_all_sd"


def collector() -> Program:
    """The Collector of the manifest."""
    return Program("otelcol", BUILDER.rpartition("@v")[2], (BUILDER, MANIFEST.read_text()), minutes=5)


def jaeger() -> Program:
    """Jaeger 2: the whole API, and a placeholder for the pages, whose build needs more than Go."""
    return Program("jaeger", JAEGER_VERSION, (repr(JAEGER_MODULE),), minutes=6)


def promtool() -> Program:
    """Prometheus 3's judge of rules: Debian's is of Prometheus 2, whose ranges have one sample more."""
    return Program("promtool", PROMTOOL_VERSION, (repr(PROMTOOL_MODULE), PROMTOOL_TAGS), minutes=5)


def programs() -> Iterable[Program]:
    """All of them."""
    return (collector(), jaeger(), promtool())


def cache_directory() -> Path:
    """Where built programs are kept: `STACK_CACHE_DIR`, or a directory in the user's cache."""
    asked = os.environ.get("STACK_CACHE_DIR")
    if asked:
        return Path(asked).resolve()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "candid-telemetry" / "stack"
