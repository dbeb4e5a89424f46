"""What this machine can run of the stack."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from service.stack.log import say
from service.stack.programs import collector, jaeger

_DEBIAN_POSTGRES: Final = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class _Need:
    """What a part takes.

    Attributes:
        programs: All of them, or the part does not run.
        remedy: Brings them.
        without: What is missing then, for people.
    """

    programs: tuple[str, ...]
    remedy: str
    without: str


_NEEDS: Final[Mapping[str, _Need]] = {
    "postgres": _Need(("postgres", "initdb"), "apt-get install postgresql", "the service keeps its data in a file"),
    "redis": _Need(("redis-server",), "apt-get install redis-server", "the service has a cache inside its process"),
    "jaeger": _Need(("jaeger",), "make programs", "nothing keeps traces"),
    "collector": _Need(("otelcol",), "make programs", "no trace leaves the service"),
    "alertmanager": _Need(
        ("prometheus-alertmanager", "amtool"), "apt-get install prometheus-alertmanager", "alerts reach nobody"
    ),
    "prometheus": _Need(
        ("prometheus", "promtool"), "apt-get install prometheus", "nothing collects figures, and no alert fires"
    ),
    "grafana": _Need((), "docker compose up", "there are no dashboards"),
}


@dataclass(frozen=True, slots=True)
class Machine:
    """The programs that are there.

    Attributes:
        programs: Path of each, by its name.
    """

    programs: Mapping[str, str]

    @classmethod
    def look(cls) -> Self:
        """This machine."""
        found = {name: _path(name) for need in _NEEDS.values() for name in need.programs}
        return cls({name: path for name, path in found.items() if path is not None})

    def runs(self, part: str) -> bool:
        """Whether it has all that a part takes."""
        needed = _NEEDS[part].programs
        return bool(needed) and self.programs.keys() >= set(needed)

    def tell(self) -> None:
        """Says which parts it cannot run, and what would bring them."""
        for part, need in _NEEDS.items():
            if not self.runs(part):
                say(f"{part} is not here ({need.remedy}): {need.without}")


def _path(name: str) -> str | None:
    built = {"otelcol": collector, "jaeger": jaeger}.get(name)
    if built is not None:
        program = built()
        return str(program.path) if program.is_built else None
    places = (str(place) for place in sorted(_DEBIAN_POSTGRES.glob("*/bin"), reverse=True))
    return shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *places)))
