"""The version of the service is a metric, so that a deploy can be seen."""

import pytest
from fastapi import FastAPI
from opentelemetry.sdk.resources import SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

import telemetry
from telemetry.conventions import LABEL_SERVICE_VERSION, METRIC_SERVICE_INFO
from telemetry.outputs.service_info import service_info_for, version_of


def _provider(**attributes: str) -> TracerProvider:
    return TracerProvider(resource=Resource(attributes))


@pytest.mark.parametrize(
    ("provider", "app", "version"),
    [
        (_provider(**{SERVICE_VERSION: "2.1"}), FastAPI(version="1.0"), "2.1"),
        (_provider(), FastAPI(version="1.0"), "1.0"),
        (None, FastAPI(version="1.0"), "1.0"),
        (_provider(), Starlette(), None),
    ],
)
def test_the_version_is_that_of_traces_else_that_of_the_application(
    provider: TracerProvider | None, app: Starlette, version: str | None
) -> None:
    assert version_of(provider, app) == version


def test_it_is_1_for_the_version_that_runs() -> None:
    registry = CollectorRegistry()
    service_info_for(registry)("7")
    assert registry.get_sample_value(METRIC_SERVICE_INFO, {LABEL_SERVICE_VERSION: "7"}) == 1


def test_a_version_that_is_not_known_is_not_exposed() -> None:
    registry = CollectorRegistry()
    service_info_for(registry)(None)
    assert [list(family.samples) for family in registry.collect()] == [[]]


def test_a_long_version_is_cut() -> None:
    registry = CollectorRegistry()
    service_info_for(registry)("v" * 1000)
    assert registry.get_sample_value(METRIC_SERVICE_INFO, {LABEL_SERVICE_VERSION: "v" * 128}) == 1


def test_an_instrumented_application_tells_its_version_once_it_is_built() -> None:
    registry = CollectorRegistry()
    app = FastAPI(version="3.2")
    telemetry.instrument(app, registry=registry)
    app.build_middleware_stack()
    assert registry.get_sample_value(METRIC_SERVICE_INFO, {LABEL_SERVICE_VERSION: "3.2"}) == 1
