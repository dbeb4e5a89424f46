"""Check: which versions are installed, and do they go together?"""

import platform
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from telemetry.doctor.evidence import Evidence
from telemetry.doctor.finding import Finding, ok, problem

_PART: Final = "versions"
_ROWS: Final = (
    ("candid-telemetry", "fastapi", "starlette"),
    ("opentelemetry-api", "opentelemetry-sdk"),
    ("opentelemetry-instrumentation-sqlalchemy", "opentelemetry-instrumentation-redis"),
    ("sqlalchemy", "redis", "prometheus-client"),
)
_STACK: Final = frozenset(name for row in _ROWS for name in row)


def check_versions(_evidence: Evidence) -> Iterator[Finding]:
    """The versions of what telemetry works with, and requirements among them that are not met.

    The SDK and the contrib instrumentations are released together, and each
    says so in its own metadata: those are asked, not a list of ours.
    """
    installed = _installed()
    yield ok(_PART, f"Python {platform.python_version()}")
    for row in _ROWS:
        known = [f"{name} {installed[name].version}" for name in row if name in installed]
        if known:
            yield ok(_PART, ", ".join(known))
    for name, distribution in sorted(installed.items()):
        if name in _STACK or name.startswith("opentelemetry-"):
            yield from _conflicts(name, distribution, installed)


def _installed() -> Mapping[str, Distribution]:
    found: dict[str, Distribution] = {}
    for distribution in distributions():
        # A broken installation has metadata without a name. What comes first on the path is what gets imported.
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(canonicalize_name(name), distribution)
    return found


def _conflicts(name: str, distribution: Distribution, installed: Mapping[str, Distribution]) -> Iterator[Finding]:
    for text in distribution.requires or ():
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        other = installed.get(canonicalize_name(requirement.name))
        if other is not None and requirement.specifier.contains(other.version, prereleases=True):
            continue
        wanted = f"{requirement.name}{requirement.specifier}"
        actual = "it is not installed" if other is None else f"{other.version} is installed"
        yield problem(
            _PART,
            f"{name} {distribution.version} needs {wanted}, and {actual}",
            "Install versions that were released together: pip install --upgrade candid-telemetry, then pip check.",
        )
