"""List, read, create, update and delete, by whom they are allowed."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.service.people import ADMIN, USER

BODIES: dict[str, dict[str, Any]] = {
    "brands": {"name": "Quill", "description": "Pens."},
    "items": {"brand_id": 3, "name": "Fountain pen", "price_cents": 4_200},
    "locations": {"brand_id": 3, "name": "1 Ink Street", "longitude": 12.5, "latitude": -41.9},
    "users": {"name": "Ada", "role": "user", "discount_ratio": 0.25},
}
CHANGES: dict[str, dict[str, Any]] = {noun: {**body, "name": "Renamed"} for noun, body in BODIES.items()}
nouns = pytest.mark.parametrize("noun", BODIES)


@nouns
def test_what_an_admin_creates_is_read_changed_and_deleted_under_its_id(client: TestClient, noun: str) -> None:
    created = client.post(f"/api/v1/{noun}/", headers=ADMIN, json=BODIES[noun])
    path = f"/api/v1/{noun}/{created.json()['id']}"
    read = client.get(path, headers=ADMIN)
    changed = client.put(path, headers=ADMIN, json=CHANGES[noun])
    reread = client.get(path, headers=ADMIN)
    deleted = client.delete(path, headers=ADMIN)
    gone = client.get(path, headers=ADMIN)

    assert [each.status_code for each in (created, read, changed, reread, deleted, gone)] == [
        201, 200, 200, 200, 204, 404
    ]  # fmt: skip
    assert read.json().items() <= created.json().items()
    assert (read.json()["name"], reread.json()["name"]) == (BODIES[noun]["name"], "Renamed")
    assert changed.json() == reread.json()


@nouns
@pytest.mark.parametrize(("headers", "status"), [(None, 401), ({"Authorization": "Bearer no"}, 401), (USER, 403)])
def test_only_an_admin_writes(client: TestClient, noun: str, headers: dict[str, str] | None, status: int) -> None:
    responses = [
        client.post(f"/api/v1/{noun}/", headers=headers, json=BODIES[noun]),
        client.put(f"/api/v1/{noun}/1", headers=headers, json=BODIES[noun]),
        client.delete(f"/api/v1/{noun}/1", headers=headers),
    ]

    assert [each.status_code for each in responses] == [status] * 3
    assert {each.headers["content-type"] for each in responses} == {"application/problem+json"}
    assert client.get(f"/api/v1/{noun}/1", headers=ADMIN).status_code == 200


@pytest.mark.parametrize(
    ("path", "statuses"),
    [
        ("/api/v1/brands/", (200, 200, 200)),
        ("/api/v1/locations/1", (200, 200, 200)),
        ("/api/v1/items/", (401, 200, 200)),
        ("/api/v1/items/1", (401, 200, 200)),
        ("/api/v1/users/me", (401, 200, 200)),
        ("/api/v1/users/", (401, 403, 200)),
        ("/api/v1/users/1", (401, 403, 200)),
        ("/api/v1/users/999", (401, 403, 404)),
        ("/health", (200, 200, 200)),
        ("/health/ready", (200, 200, 200)),
        ("/metrics", (200, 200, 200)),
    ],
)
def test_who_may_read_what(client: TestClient, path: str, statuses: tuple[int, int, int]) -> None:
    assert tuple(client.get(path, headers=headers).status_code for headers in (None, USER, ADMIN)) == statuses


@nouns
@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_unknown_id_is_404_for_every_method(client: TestClient, noun: str, method: str) -> None:
    body = BODIES[noun] if method == "put" else None
    response = client.request(method, f"/api/v1/{noun}/987654321", headers=ADMIN, json=body)

    assert response.status_code == 404
    assert response.json()["detail"] == f"There is no {noun.removesuffix('s')} with this id."


@nouns
def test_the_pages_of_a_list_make_up_the_whole(client: TestClient, noun: str) -> None:
    def page(number: int) -> Any:
        return client.get(f"/api/v1/{noun}/", headers=ADMIN, params={"page": number, "size": 200}).json()

    total = page(1)["total"]
    ids = [entry["id"] for number in range(1, total // 200 + 2) for entry in page(number)["results"]]

    assert len(ids) == total
    assert ids == sorted(set(ids))
    assert page(1_000_000)["results"] == []


def test_the_demo_data_are_worth_looking_at(client: TestClient) -> None:
    totals = {noun: client.get(f"/api/v1/{noun}/", headers=ADMIN).json()["total"] for noun in BODIES}

    assert totals == {"brands": 400, "items": 6_000, "locations": 4_000, "users": 2}


def test_items_can_be_listed_by_brand(client: TestClient) -> None:
    page = client.get("/api/v1/items/?brand_id=7&size=200", headers=USER).json()

    assert page["total"] == len(page["results"]) > 0
    assert {item["brand"]["id"] for item in page["results"]} == {7}


@pytest.mark.parametrize(
    ("bbox", "is_inside"),
    [
        ("2.2,48.8,2.5,48.9", lambda longitude, latitude: 2.2 <= longitude <= 2.5 and 48.8 <= latitude <= 48.9),
        (
            "170,-18.2,-150,30",
            lambda longitude, latitude: (longitude >= 170 or longitude <= -150) and -18.2 <= latitude <= 30,
        ),
    ],
    ids=["a city", "across the date line"],
)
def test_a_bbox_holds_what_is_inside_and_nothing_else(client: TestClient, bbox: str, is_inside: Any) -> None:
    def locations(**params: Any) -> list[Any]:
        pages = [
            client.get("/api/v1/locations/", params={**params, "size": 200, "page": page}) for page in range(1, 21)
        ]
        return [entry for page in pages for entry in page.json()["results"]]

    expected = [each for each in locations() if is_inside(each["longitude"], each["latitude"])]

    assert locations(bbox=bbox) == expected
    assert expected


@pytest.mark.parametrize(
    "bbox", ["", "1,2,3", "1,2,3,4,5", "a,b,c,d", "nan,0,1,1", "0,0,1e999,1", "0,5,1,4", "0,0,181,1", "0,0,0,91"]
)
def test_what_is_no_bbox_is_422_and_says_so(client: TestClient, bbox: str) -> None:
    response = client.get("/api/v1/locations/", params={"bbox": bbox})

    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == ["/query/bbox"]


def test_deleting_a_brand_takes_its_items_and_locations_along(client: TestClient) -> None:
    item = client.get("/api/v1/items/?brand_id=3", headers=USER).json()["results"][0]
    location = client.post("/api/v1/locations/", headers=ADMIN, json=BODIES["locations"]).json()

    assert client.delete("/api/v1/brands/3", headers=ADMIN).status_code == 204
    assert client.get(f"/api/v1/items/{item['id']}", headers=USER).status_code == 404
    assert client.get(f"/api/v1/locations/{location['id']}").status_code == 404


@pytest.mark.parametrize(
    ("noun", "body"),
    [
        ("brands", {"name": "Alder Works"}),
        ("users", {"name": "demo admin"}),
        ("items", {**BODIES["items"], "brand_id": 987_654_321}),
        ("locations", {**BODIES["locations"], "brand_id": 987_654_321}),
    ],
)
def test_what_contradicts_the_stored_is_409(client: TestClient, noun: str, body: dict[str, Any]) -> None:
    responses = [
        client.post(f"/api/v1/{noun}/", headers=ADMIN, json=body),
        client.put(f"/api/v1/{noun}/2" if noun != "users" else "/api/v1/users/1", headers=ADMIN, json=body),
    ]

    assert [each.status_code for each in responses] == [409, 409]


def test_a_new_user_gets_a_token_that_works_and_is_shown_once(client: TestClient) -> None:
    created = client.post("/api/v1/users/", headers=ADMIN, json=BODIES["users"]).json()
    mine = {"Authorization": f"Bearer {created['token']}"}

    assert client.get("/api/v1/users/me", headers=mine).json() == {"id": created["id"], **BODIES["users"]}
    assert "token" not in client.get(f"/api/v1/users/{created['id']}", headers=ADMIN).text

    client.delete(f"/api/v1/users/{created['id']}", headers=ADMIN)
    assert client.get("/api/v1/users/me", headers=mine).status_code == 401


def test_a_token_is_stored_as_its_hash_alone(client: TestClient) -> None:
    token = client.post("/api/v1/users/", headers=ADMIN, json=BODIES["users"]).json()["token"]
    file = client.app.state.settings.demo_file  # type: ignore[attr-defined]
    stored = b"".join(path.read_bytes() for path in file.parent.glob("demo.sqlite3*"))

    assert b"Ada" in stored
    assert token.encode() not in stored


def test_an_admin_cannot_lock_themselves_out(client: TestClient) -> None:
    me = client.get("/api/v1/users/me", headers=ADMIN).json()["id"]

    assert client.delete(f"/api/v1/users/{me}", headers=ADMIN).status_code == 409
    assert client.put(f"/api/v1/users/{me}", headers=ADMIN, json=BODIES["users"]).status_code == 409


def test_the_price_depends_on_who_asks(client: TestClient) -> None:
    as_user, as_admin = (client.get("/api/v1/items/1", headers=headers).json() for headers in (USER, ADMIN))

    assert as_user["price_cents"] == as_admin["price_cents"] == as_admin["your_price_cents"]
    assert as_user["your_price_cents"] == round(as_user["price_cents"] * 0.9)


@pytest.mark.parametrize("scheme", ["bearer", "BEARER"])
def test_the_scheme_of_a_token_is_read_in_any_case(client: TestClient, scheme: str) -> None:
    assert client.get("/api/v1/users/me", headers={"Authorization": f"{scheme} demo-user"}).status_code == 200


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        (None, "Bearer"),
        ("Basic ZGVtbzpkZW1v", "Bearer"),
        ("Bearer", "Bearer"),
        ("Bearer wrong", 'Bearer error="invalid_token"'),
    ],
)
def test_a_401_says_what_is_wanted(client: TestClient, header: str | None, challenge: str) -> None:
    response = client.get("/api/v1/users/me", headers={} if header is None else {"Authorization": header})

    assert (response.status_code, response.headers["www-authenticate"]) == (401, challenge)
