"""Versions and workers: what stands around the application."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.doctor.conftest import Doctor
from tests.doctor.sources import HEALTHY


def test_versions_are_named(examine: Doctor) -> None:
    shown = examine(HEALTHY).whats("versions")
    for name in (
        "Python 3.",
        "fastapi ",
        "starlette ",
        "opentelemetry-sdk ",
        "sqlalchemy ",
        "redis ",
        "prometheus-client ",
    ):
        assert name in shown, shown


def test_instrumentations_that_are_pinned_apart_from_the_sdk_are_a_problem(examine: Doctor, tmp_path: Path) -> None:
    metadata = tmp_path / "opentelemetry_instrumentation_redis-0.50b0.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text(
        "Metadata-Version: 2.1\nName: opentelemetry-instrumentation-redis\nVersion: 0.50b0\n"
        "Requires-Dist: opentelemetry-semantic-conventions==0.50b0\n"
        "Requires-Dist: redis<1; extra == 'instruments'\n"
    )
    outcome = examine(HEALTHY)
    assert outcome.code == 1
    # Where Candid is installed, its own range is one that this version is outside of, too.
    assert {part for part, _ in outcome.problems()} == {"versions"}
    needs = "opentelemetry-instrumentation-redis 0.50b0 needs opentelemetry-semantic-conventions==0.50b0"
    assert any(what.startswith(needs) for _, what in outcome.problems())


@pytest.mark.parametrize(
    ("environ", "is_problem", "says"),
    [
        ({"WEB_CONCURRENCY": "4"}, True, "4 workers, and PROMETHEUS_MULTIPROC_DIR is not set"),
        ({"GUNICORN_CMD_ARGS": "--bind 127.0.0.1 --workers=3"}, True, "3 workers, and"),
        ({"WEB_CONCURRENCY": "4", "PROMETHEUS_MULTIPROC_DIR": "."}, False, "exemplars are silently dropped"),
        ({"PROMETHEUS_MULTIPROC_DIR": "nowhere"}, True, "names no directory that can be written to"),
        ({"PROMETHEUS_MULTIPROC_DIR": ""}, True, "names no directory that can be written to"),
    ],
    ids=str,
)
def test_several_workers_need_a_directory_for_their_metrics(
    examine: Doctor, environ: Mapping[str, str], is_problem: bool, says: str
) -> None:
    outcome = examine(HEALTHY, environ=environ)
    assert outcome.code == int(is_problem), outcome
    assert says in outcome.whats("workers")


def test_a_directory_that_the_application_sets_itself_is_noted(examine: Doctor, tmp_path: Path) -> None:
    outcome = examine(f"import os\nos.environ['PROMETHEUS_MULTIPROC_DIR'] = {str(tmp_path)!r}\n" + HEALTHY)
    assert "the application sets PROMETHEUS_MULTIPROC_DIR itself" in outcome.whats("workers")
