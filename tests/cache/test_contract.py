"""What every store does, by either face of a manager."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from uuid import UUID

import pytest
from pydantic import BaseModel

from telemetry.cache import CacheManager, Limits, Store
from telemetry.cache.keys import KeyScheme
from telemetry.request.lookups import CacheResult
from tests.cache.faces import FacesOf, Reports, Request, one

pytestmark = pytest.mark.anyio


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


class Brand(BaseModel):
    id: UUID
    name: str
    founded: datetime
    worth: Decimal
    size: Size


BRAND = Brand(
    id=UUID("12345678-1234-5678-1234-567812345678"),
    name="Ünïcøde ☕",
    founded=datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
    worth=Decimal("1.10"),
    size=Size.LARGE,
)

Outdate = Callable[..., Awaitable[None]]


async def test_a_value_comes_back_equal_and_typed(face: FacesOf) -> None:
    brands = face(Brand)
    await brands.set("brand:1", BRAND)
    read = await brands.get("brand:1")
    assert read == BRAND
    assert isinstance(read, Brand)
    assert str(read.worth) == "1.10"


async def test_a_key_that_was_never_set_is_none(face: FacesOf) -> None:
    assert await face(Brand).get("brand:1") is None


@pytest.mark.parametrize("value", [[], [0]])
async def test_an_empty_list_is_a_hit(face: FacesOf, reports: Reports, value: list[int]) -> None:
    numbers = face(list[int])
    await numbers.set("brand:1", value)
    assert await numbers.get("brand:1") == value
    assert reports.answers == [("brand", CacheResult.HIT)]


async def test_false_is_a_hit(face: FacesOf, reports: Reports) -> None:
    flags = face(bool)
    await flags.set("brand:1", False)
    assert await flags.get("brand:1") is False
    assert reports.answers == [("brand", CacheResult.HIT)]


async def test_none_is_not_stored_and_counted(store: Store, face: FacesOf) -> None:
    brands = face(Brand)
    await brands.set("brand:1", None)  # type: ignore[arg-type]  # as an untyped caller does
    assert await brands.get("brand:1") is None
    assert store.drops.sets_of_none == 1


async def test_each_get_reports_once(face: FacesOf, reports: Reports) -> None:
    brands = face(Brand)
    await brands.get("brand:1")
    await brands.set("brand:1", BRAND)
    await brands.get("brand:1")
    assert reports.answers == [("brand", CacheResult.MISS), ("brand", CacheResult.HIT)]


async def test_invalidating_a_key_touches_no_other(face: FacesOf) -> None:
    numbers = face(int)
    keys = ["brand:1", "brand:12", "brand:1:logo", "brand:"]
    for key in keys:
        await numbers.set(key, 7)
    await numbers.invalidate("brand:1")
    assert [await numbers.get(key) for key in keys] == [None, 7, 7, 7]


async def test_invalidating_a_key_frees_its_value(store: Store, face: FacesOf, application: str) -> None:
    numbers = face(int)
    await numbers.set("brand:1", 7)
    await numbers.invalidate("brand:1")
    assert await store.run(one("EXISTS", KeyScheme(application, "brand").entry("brand:1").value)) == 0


async def test_a_prefix_ends_at_a_segment(face: FacesOf) -> None:
    numbers = face(int)
    keys = ["brand:1", "brand:1:logo", "brand:1:logo:big", "brand:12", "brand:12:logo"]
    for key in keys:
        await numbers.set(key, 7)
    await numbers.invalidate_by_prefix("brand:1:")
    assert [await numbers.get(key) for key in keys] == [7, None, None, 7, 7]


async def test_the_prefix_of_a_namespace_outdates_all_of_it_and_no_other(face: FacesOf) -> None:
    brands, items = face(int), face(int, "item")
    for number in range(40):
        await brands.set(f"brand:{number}", number)
    await items.set("item:1", 1)
    await brands.invalidate_by_prefix("brand:")
    assert [await brands.get(f"brand:{number}") for number in range(40)] == [None] * 40
    assert await items.get("item:1") == 1


@pytest.mark.parametrize("glob", ["brand:[1]", "brand:*", "brand:1?", "brand:{1}", "brand:1}x{", "brand: 1\n2"])
async def test_no_character_has_a_meaning_of_its_own(face: FacesOf, glob: str) -> None:
    numbers = face(int)
    await numbers.set("brand:1", 1)
    await numbers.set(glob, 2)
    await numbers.invalidate(glob)
    assert await numbers.get(glob) is None
    assert await numbers.get("brand:1") == 1


@pytest.mark.parametrize("outdated", ["the key", "its prefix", "its namespace"])
async def test_a_value_loaded_before_an_invalidation_is_not_served_after_it(face: FacesOf, outdated: str) -> None:
    mine, theirs = face(int), face(int)
    request = Request()
    assert await mine.get("brand:1:2", request) is None
    if outdated == "the key":
        await theirs.invalidate("brand:1:2")
    else:
        await theirs.invalidate_by_prefix("brand:1:" if outdated == "its prefix" else "brand:")
    await mine.set("brand:1:2", 7, request)
    assert await mine.get("brand:1:2", request) is None
    await mine.set("brand:1:2", 8, request)
    assert await mine.get("brand:1:2", request) == 8


async def test_the_ticket_is_found_without_a_request(face: FacesOf) -> None:
    numbers = face(int)
    await numbers.get("brand:1")
    await numbers.invalidate("brand:1")
    await numbers.set("brand:1", 7)
    assert await numbers.get("brand:1") is None


async def test_get_may_be_given_a_request_that_set_is_not(face: FacesOf) -> None:
    numbers = face(int)
    await numbers.get("brand:1", Request())
    await numbers.invalidate("brand:1")
    await numbers.set("brand:1", 7)
    assert await numbers.get("brand:1") is None


async def test_a_value_written_after_an_update_without_a_get_is_served(face: FacesOf) -> None:
    numbers = face(int)
    await numbers.invalidate("brand:1")
    await numbers.set("brand:1", 8)
    assert await numbers.get("brand:1") == 8


@pytest.mark.parametrize("junk", [b"", b"\xff\x00", b"{}", b"1 000000000000 - -\nnull"])
async def test_bytes_that_are_not_ours_are_a_miss(
    store: Store, face: FacesOf, reports: Reports, application: str, junk: bytes
) -> None:
    numbers = face(int)
    await numbers.get("brand:1")
    await store.run(one("SET", KeyScheme(application, "brand").entry("brand:1").value, junk))
    assert await numbers.get("brand:1") is None
    assert [result for _, result in reports.answers] == [CacheResult.MISS, CacheResult.MISS]


async def test_a_damaged_payload_is_a_miss_and_counted(store: Store, face: FacesOf, application: str) -> None:
    numbers = face(int)
    await numbers.set("brand:1", 7)
    await store.run(one("APPEND", KeyScheme(application, "brand").entry("brand:1").value, "x"))
    assert await numbers.get("brand:1") is None
    assert store.drops.values_unreadable == 1


async def test_a_key_of_another_redis_type_is_a_miss(store: Store, face: FacesOf, application: str) -> None:
    numbers = face(int)
    await store.run(one("LPUSH", KeyScheme(application, "brand").entry("brand:1").value, "x"))
    assert await numbers.get("brand:1") is None


async def test_another_schema_is_a_miss(face: FacesOf) -> None:
    @dataclass
    class Renamed:
        title: str = ""

    await face(Brand).set("brand:1", BRAND)
    assert await face(Renamed).get("brand:1") is None


async def test_a_lost_generation_makes_misses_and_no_old_value_returns(
    store: Store, face: FacesOf, application: str
) -> None:
    numbers = face(int)
    await numbers.set("brand:1", 7)
    await store.run(one("UNLINK", KeyScheme(application, "brand").entry("brand:1").tokens[0]))
    assert await numbers.get("brand:1") is None
    await numbers.set("brand:1", 8)
    assert await numbers.get("brand:1") == 8


async def test_a_value_lives_as_long_as_was_asked_and_its_token_longer(
    store: Store, face: FacesOf, application: str
) -> None:
    numbers = face(int, ttl_seconds=60)
    names = KeyScheme(application, "brand").entry("brand:1")
    await numbers.invalidate("brand:1")
    await numbers.set("brand:1", 7)
    assert 59_000 < await store.run(one("PTTL", names.value)) <= 60_000
    assert await store.run(one("PTTL", names.tokens[-1])) > 120_000
    assert await store.run(one("PTTL", names.tokens[0])) == -1


async def test_all_names_of_an_entry_are_in_one_slot(store: Store, face: FacesOf, application: str) -> None:
    # A cluster refuses MGET across slots, so an answer is the proof.
    names = KeyScheme(application, "item").entry("item:5:user:7")
    replies = await store.run(one("MGET", names.value, *names.tokens))
    assert replies == [None] * 5


async def test_a_value_above_the_limit_is_not_stored_and_counted(store: Store, face: FacesOf) -> None:
    texts = face(str)
    await texts.set("brand:1", "x" * Limits().value_bytes)
    assert await texts.get("brand:1") is None
    assert store.drops.values_oversized == 1
    await texts.set("brand:1", "x" * (Limits().value_bytes - 200))
    assert await texts.get("brand:1") is not None


async def test_a_value_that_does_not_fit_the_type_is_not_stored_and_said_once(
    store: Store, face: FacesOf, caplog: pytest.LogCaptureFixture
) -> None:
    brands = face(Brand)
    for _ in range(2):
        await brands.set("brand:1", {"name": "s3cret"})  # type: ignore[arg-type]  # as an untyped caller does
    assert await brands.get("brand:1") is None
    assert store.drops.values_unencodable == 2
    assert [record.name for record in caplog.records] == ["telemetry.cache"]
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize("method", ["get", "invalidate", "invalidate_by_prefix"])
async def test_a_key_of_another_namespace_is_refused_and_names_both(face: FacesOf, method: str) -> None:
    with pytest.raises(ValueError, match=r"'item'.*'brand'") as caught:
        await getattr(face(int), method)("item:s3cret:")
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("prefix", ["brand:1", "brand", "", "*", "brand:*"])
async def test_a_prefix_that_ends_inside_a_segment_is_refused(face: FacesOf, prefix: str) -> None:
    with pytest.raises(ValueError, match="':'"):
        await face(int).invalidate_by_prefix(prefix)


async def test_a_store_that_answers_pings(store: Store) -> None:
    assert await store.ping() is True


async def test_a_closed_store_opens_again(store: Store, face: FacesOf) -> None:
    numbers = face(int)
    await numbers.set("brand:1", 7)
    await store.aclose()
    assert await numbers.get("brand:1") == 7


async def test_cancelled_look_ups_do_not_mix_up_replies(store: Store) -> None:
    numbers = CacheManager(int, namespace="brand", store=store, ttl_seconds=60)
    for number in range(20):
        await numbers.set(f"brand:{number}", number)
    for _ in range(20):
        look_ups = [asyncio.ensure_future(numbers.get(f"brand:{number}")) for number in range(20)]
        await asyncio.sleep(0)
        for look_up in look_ups[::2]:
            look_up.cancel()
        await asyncio.gather(*look_ups, return_exceptions=True)
    assert [await numbers.get(f"brand:{number}") for number in range(20)] == list(range(20))


async def test_both_faces_share_what_is_stored(store: Store) -> None:
    numbers = CacheManager(int, namespace="brand", store=store, ttl_seconds=60)
    numbers.sync.set("brand:1", 7)
    assert await numbers.get("brand:1") == 7
    await numbers.invalidate("brand:1")
    assert numbers.sync.get("brand:1") is None
