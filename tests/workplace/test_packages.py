"""What is installed is pinned, and what is published promises ranges."""

import importlib.metadata
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from service.settings import ROOT

_PIN: Final = re.compile(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)")
_REGISTRIES: Final = re.compile(rf"{'py'}pi\.org|{'python'}hosted\.org|registry\.{'npm'}js|--{'index'}-url")


def _pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    matches = [(line, _PIN.fullmatch(line)) for line in lines if not line.startswith("#")]
    assert [line for line, match in matches if match is None] == []
    return {match[1]: match[2] for _, match in matches if match is not None}


def _project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _asked_for() -> list[Requirement]:
    """What `make` names to pip."""
    project = _project()
    groups = [*project["dependency-groups"]["service"], *project["dependency-groups"]["dev"]]
    extras = [text for texts in project["project"]["optional-dependencies"].values() for text in texts]
    texts = [text for text in groups if isinstance(text, str)]
    return [Requirement(text) for text in [*project["project"]["dependencies"], *extras, *texts]]


def _with_all_below(requirements: list[Requirement]) -> set[str]:
    seen: set[tuple[str, str]] = set()
    waiting = [(each.name, extra) for each in requirements for extra in ("", *each.extras)]
    while waiting:
        name, extra = waiting.pop()
        if (key := (canonicalize_name(name), extra)) in seen:
            continue
        seen.add(key)
        waiting += _below(name, extra)
    return {name for name, _ in seen}


def _below(name: str, extra: str) -> Iterator[tuple[str, str]]:
    for text in importlib.metadata.requires(name) or []:
        below = Requirement(text)
        if below.marker is None or below.marker.evaluate({"extra": extra}):
            yield from ((below.name, inner) for inner in ("", *below.extras))


def test_a_constraint_is_one_version_without_a_host() -> None:
    assert len(_pins()) > 50


def test_all_that_make_installs_is_pinned() -> None:
    build_tools = {"pip", "hatchling", "editables"}
    assert (_with_all_below(_asked_for()) | build_tools) - _pins().keys() == set()


def test_the_tests_run_with_the_pinned_versions() -> None:
    installed = {
        canonicalize_name(found.metadata["Name"]): found.version for found in importlib.metadata.distributions()
    }
    # Some write their version in another form of the same: v0.0.21.
    pins = {name: Version(pin) for name, pin in _pins().items()}
    different = {
        name: version for name, version in installed.items() if name in pins and pins[name] != Version(version)
    }
    assert different == {}, "these are not the versions of constraints.txt: run `make test`"


def test_the_sdk_and_its_instrumentations_are_of_one_release() -> None:
    pins = _pins()
    contrib = {version for name, version in pins.items() if name.startswith("opentelemetry-instrumentation")}
    sdk = {pins[f"opentelemetry-{name}"] for name in ("api", "sdk", "proto", "exporter-otlp-proto-http")}
    assert (len(contrib), len(sdk)) == (1, 1)
    assert contrib == {pins["opentelemetry-semantic-conventions"]}


def test_no_file_names_a_registry(sources: list[str]) -> None:
    texts = {name: (ROOT / name).read_text(errors="replace") for name in sources}
    assert [name for name, text in texts.items() if _REGISTRIES.search(text)] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = Path(directory).glob("*.whl")
    return zipfile.ZipFile(file)


def test_the_wheel_holds_the_library_and_its_types_alone(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    assert "telemetry/py.typed" in names
    # The plugin stands beside the package, so that pytest need not import the package to know it.
    assert {name.split("/")[0] for name in names} == {
        "telemetry",
        "_candid_pytestplugin.py",
        "candid_telemetry-0.1.0.dist-info",
    }
    entries = wheel.read("candid_telemetry-0.1.0.dist-info/entry_points.txt").decode()
    assert "[pytest11]\nperformance-budgets = _candid_pytestplugin" in entries


def test_the_wheel_asks_for_ranges(wheel: zipfile.ZipFile) -> None:
    metadata = message_from_bytes(wheel.read("candid_telemetry-0.1.0.dist-info/METADATA"))
    requirements = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
    assert requirements
    operators = {each.name: {specifier.operator for specifier in each.specifier} for each in requirements}
    # Its build for Grafana 10.1 has an epoch, which sorts above all later ones.
    assert operators.pop("grafana-foundation-sdk") == {">=", "<"}
    assert set().union(*operators.values()) == {">="}
    assert metadata["Requires-Python"] == ">=3.11"
