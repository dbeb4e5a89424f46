"""Nothing that a client can send is a 500."""

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.service.people import ADMIN

NOUNS = ("brands", "items", "locations", "users")
BRAND = {"name": "Quill"}
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "path_id",
    [
        *(str(2**63), str(-(2**63) - 1), "9" * 5_000, "0", "-1", "1e3", "NaN", "Infinity", "1.5", "%00", "%ED%A0%80"),
        *("%FF", "x" * 8_000, "1;drop", "%2e%2e", "0x1", "1,2"),
    ],
)
def test_an_id_that_is_none_is_refused(client: TestClient, path_id: str) -> None:
    for noun in NOUNS:
        for method in ("GET", "PUT", "DELETE"):
            body = BRAND if method == "PUT" else None
            response = client.request(method, f"/api/v1/{noun}/{path_id}", headers=ADMIN, json=body)

            assert response.status_code in {404, 405, 422}, response.text
            assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", f"page={2**64}", "page=" + "9" * 5_000, "page=NaN", "page=1e999", "page=Infinity"),
        *("size=0", "size=201", "size=", "page=%00", "page=%ED%A0%80", "page=%FF", "page=1&page=x"),
    ],
)
def test_a_page_that_is_none_is_422(client: TestClient, query: str) -> None:
    for noun in NOUNS:
        response = client.get(f"/api/v1/{noun}/?{query}", headers=ADMIN)

        assert response.status_code == 422, response.text


@pytest.mark.parametrize(
    "query", ["x=" + "y" * 8_000, "&".join(f"a{n}=1" for n in range(900)), "&" * 8_000, "=%&%%%", "a[b][c]=1"]
)
def test_a_query_that_nobody_asked_for_is_ignored(client: TestClient, query: str) -> None:
    assert client.get(f"/api/v1/brands/?{query}").status_code == 200


BODIES = {
    "empty": b"",
    "not UTF-8": b"\xff\xfe",
    "text that is not UTF-8": b'{"name": "\xff"}',
    "an encoded surrogate": b'{"name": "\xed\xa0\x80"}',
    "open brackets": b"[" * 100_000,
    "lists 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "a field 900 deep": b'{"name": ' + b"[" * 900 + b"]" * 900 + b"}",
    "a number of 5,000 digits": b'{"name": ' + b"9" * 5_000 + b"}",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"text"',
    "no number": b"NaN",
    "a field that is null": b'{"name": null}',
    "a field that is empty": b'{"name": ""}',
    "a field that is no number": b'{"name": NaN}',
    "a NUL character": b'{"name": "a\\u0000b"}',
    "a lone surrogate": b'{"name": "\\ud800"}',
    "a lone surrogate as a key": b'{"name": "x", "\\ud800": 1}',
    "a key of 100,000 characters": b'{"name": "x", "' + b"k" * 100_000 + b'": 1}',
    "5,000 keys": b'{"name": "x", ' + b",".join(b'"k%d": 1' % number for number in range(5_000)) + b"}",
    "a name that is too long": b'{"name": "' + b"x" * 101 + b'"}',
    "an unknown key": b'{"name": "x", "unknown": 1}',
    "something behind the end": b'{"name": "x"} trailing',
    "a list for a text": b'{"name": ["x"]}',
    "true for a text": b'{"name": true}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_body_that_is_none_is_422_and_not_sent_back(client: TestClient, body: bytes) -> None:
    response = client.post("/api/v1/brands/", headers=ADMIN | JSON, content=body)

    assert response.status_code == 422, response.text
    assert response.json()["errors"]
    assert len(response.content) < 6_000


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 400, str(2**63), '"1"', "true"]
)
@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("items", '{{"brand_id": 1, "name": "x", "price_cents": {}}}'),
        ("items", '{{"brand_id": {}, "name": "x", "price_cents": 1}}'),
        ("locations", '{{"brand_id": 1, "name": "x", "longitude": {}, "latitude": 1}}'),
        ("users", '{{"name": "x", "discount_ratio": {}}}'),
    ],
)
def test_a_number_that_is_none_is_422(client: TestClient, noun: str, body: str, number: str) -> None:
    response = client.post(f"/api/v1/{noun}/", headers=ADMIN | JSON, content=body.format(number))

    assert response.status_code == 422, response.text


def test_of_a_duplicate_key_the_last_counts(client: TestClient) -> None:
    response = client.post("/api/v1/brands/", headers=ADMIN | JSON, content=b'{"name": "first", "name": "last"}')

    assert (response.status_code, response.json()["name"]) == (201, "last")


@pytest.mark.parametrize(
    "content_type", ["", "text/plain", "application/xml", "multipart/form-data", "\xff", "a/b/c;;"]
)
def test_a_body_of_another_type_is_422(client: TestClient, content_type: str) -> None:
    headers: Any = {**ADMIN, "Content-Type": content_type.encode("latin-1")}
    response = client.post("/api/v1/brands/", headers=headers, content=b'{"name": "x"}')

    assert response.status_code == 422, response.text


def in_parts() -> Iterator[bytes]:
    """A body whose length no header tells."""
    for _ in range(101):
        yield b" " * 10_000


@pytest.mark.parametrize("content", [b" " * 1_000_001, in_parts()], ids=["at once", "in parts"])
def test_a_body_above_the_limit_is_413(client: TestClient, content: Any) -> None:
    response = client.post("/api/v1/brands/", headers=ADMIN | JSON, content=content)

    assert (response.status_code, response.headers["content-type"]) == (413, "application/problem+json")


@pytest.mark.parametrize("name", ["ß" * 100, "😀" * 100, "'; DROP TABLE brands; --", "\u202e\u0007", "é́"])
def test_any_text_that_can_be_stored_comes_back_as_it_was(client: TestClient, name: str) -> None:
    created = client.post("/api/v1/brands/", headers=ADMIN, json={"name": name, "description": name}).json()

    assert client.get(f"/api/v1/brands/{created['id']}").json()["name"] == name


@pytest.mark.parametrize("token", [b"\xff\xfe", b"", b" ", b"a b c", b"x" * 8_000, b"'; --", b"Bearer Bearer x"])
def test_a_token_of_any_bytes_is_401(client: TestClient, token: bytes) -> None:
    headers: Any = {"Authorization": b"Bearer " + token}

    assert client.get("/api/v1/users/me", headers=headers).status_code == 401


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "PROPFIND"])
def test_a_method_that_is_not_there_is_405_with_those_that_are(client: TestClient, method: str) -> None:
    response = client.request(method, "/api/v1/brands/1")

    assert (response.status_code, response.headers["content-type"]) == (405, "application/problem+json")
    assert "GET" in response.headers["allow"]
