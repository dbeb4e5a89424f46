"""The documentation: without the internet, and true."""

import re
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import checks
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks as openapi_checks
from starlette.testclient import TestClient

from tests.service.people import ADMIN

Operation = schemathesis.APIOperation[Any, Any, Any, Any]

# That what does not fit is refused is proved in test_hostile.py: a query that nobody asked for is ignored on purpose.
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
OPERATIONS_WITHOUT_TOKEN = {
    ("get", "/api/v1/brands/"),
    ("get", "/api/v1/brands/{brand_id}"),
    ("get", "/api/v1/locations/"),
    ("get", "/api/v1/locations/{location_id}"),
    ("get", "/health"),
    ("get", "/health/ready"),
}


@pytest.fixture
def operations(client: TestClient) -> dict[tuple[str, str], Any]:
    paths = client.get("/openapi.json").json()["paths"]
    return {(method, path): operation for path, methods in paths.items() for method, operation in methods.items()}


def test_the_page_asks_this_service_for_all_that_it_needs(client: TestClient) -> None:
    html = client.get("/docs").text
    assets = re.findall(r"""(?:src|href)=["']([^"']+)""", html)

    assert "://" not in html
    assert [asset.rpartition(".")[2] for asset in assets] == ["css", "png", "js"]
    assert {client.get(asset).status_code for asset in assets} == {200}
    assert {"@import", "url(http"}.isdisjoint(re.findall(r"@import|url\(http", client.get(assets[0]).text))


def test_every_error_is_declared_as_problem_json(operations: dict[tuple[str, str], Any]) -> None:
    for operation in operations.values():
        errors = {code: response for code, response in operation["responses"].items() if code >= "400"}
        assert {"422", "500", "503"} <= set(errors)
        for response in errors.values():
            assert response["content"] == {
                "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
            }


def test_what_takes_a_token_declares_401_and_what_does_not_is_known(operations: dict[tuple[str, str], Any]) -> None:
    assert {key for key, operation in operations.items() if "security" not in operation} == OPERATIONS_WITHOUT_TOKEN
    assert {key for key, each in operations.items() if "401" not in each["responses"]} == OPERATIONS_WITHOUT_TOKEN


def test_what_names_one_thing_declares_404_and_what_only_admins_may_403(
    operations: dict[tuple[str, str], Any],
) -> None:
    for (method, path), operation in operations.items():
        assert ("404" in operation["responses"]) == ("{" in path)
        assert ("403" in operation["responses"]) == (
            method != "get" or (path.startswith("/api/v1/users/") and not path.endswith("/me"))
        )


@pytest.mark.parametrize("mode", schemathesis.GenerationMode)
def test_the_service_does_as_its_document_says(client: TestClient, mode: schemathesis.GenerationMode) -> None:
    document = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    operations = [result.ok() for result in document.get_all_operations() if isinstance(result, Ok)]
    tried = [each for each in operations if mode is mode.POSITIVE or each.body or each.path_parameters or each.query]

    for operation in tried:
        _try(client, operation, mode)

    assert len(operations) == 23
    assert len(tried) >= 20


def _try(client: TestClient, operation: Operation, mode: schemathesis.GenerationMode) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(operation.as_strategy(generation_mode=mode))
    def one(case: schemathesis.Case[Any]) -> None:
        arguments = case.as_transport_kwargs(base_url="http://127.0.0.1:8000", headers=ADMIN)
        sent = {name: arguments[name] for name in ("params", "headers", "json", "cookies") if arguments.get(name)}
        response = client.request(arguments["method"], arguments["url"], content=arguments.get("data"), **sent)
        case.validate_response(response, checks=CHECKS)

    one()
