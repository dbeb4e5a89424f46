"""The published schema is made from the table by which files are read, and agrees with the reading of them."""

import json
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
import yaml

from telemetry.budgets.keys import CACHE_KEYS, ROUTE_KEYS, WINDOW_DAYS
from telemetry.budgets.load import TOP_KEYS, read
from telemetry.budgets.schema import schema_text
from tests.budgets.test_check_golden import FILES, expected_lines

PUBLISHED: Final = Path(__file__).parents[2] / "telemetry/budgets/schema.json"
# What a schema cannot say: it looks at one value at a time, and not at how it is written.
BEYOND: Final = (
    *("there twice", "is not below", "can never fire", "longer time needs", "has the limit 250 twice", "no budget"),
    *("octal number", "decimals are kept", "cannot be printed", "boolean", "convertor", "is no method, one space"),
    *(
        "is an alias",
        "is an anchor",
        "the tag",
        "is no YAML",
        "at least one letter",
        "is 0x10",
        "the key <<",
        "is 1_000",
        "is 1:30",
    ),
)


@pytest.fixture(scope="module")
def schema() -> jsonschema_rs.Draft7Validator:
    return jsonschema_rs.Draft7Validator(json.loads(PUBLISHED.read_text(encoding="utf-8")))


def content_of(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_the_published_schema_is_the_one_that_is_made() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == schema_text(), (
        "run: python -m telemetry budgets schema > telemetry/budgets/schema.json"
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_schema_refuses_what_it_can_see_of_a_broken_file(schema: jsonschema_rs.Draft7Validator, path: Path) -> None:
    problems = read(path).problems
    try:
        content = content_of(path)
    except yaml.YAMLError:
        assert problems
        return
    if not problems:
        assert schema.is_valid(content)
    elif not all(any(said in str(problem) for said in BEYOND) for problem in problems):
        assert not schema.is_valid(content), expected_lines(path)


def test_the_file_of_the_service_is_valid(schema: jsonschema_rs.Draft7Validator) -> None:
    assert schema.is_valid(content_of(Path(__file__).parents[2] / "service/budgets.yaml"))


@pytest.mark.parametrize("days", [0, 1, 9, 10, 89, 90, 91, 100])
def test_the_schema_knows_the_windows(schema: jsonschema_rs.Draft7Validator, days: int) -> None:
    content = {"version": 1, "service": "a", "window": f"{days}d", "defaults": {"queries": 3}}
    assert schema.is_valid(content) == (days in WINDOW_DAYS)


def test_every_key_has_a_description_for_editors() -> None:
    found = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    assert set(found["properties"]) == set(TOP_KEYS)
    sections = [found["properties"], *(found["definitions"][name]["properties"] for name in ("route", "cache"))]
    assert all(value["description"] for section in sections for value in section.values())
    assert {key.name for key in ROUTE_KEYS} <= set(sections[1])
    assert {key.name for key in CACHE_KEYS} <= set(sections[2])
