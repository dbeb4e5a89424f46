"""Values survive being stored, whatever their type; bytes of others never do harm."""

import json
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import Enum, IntEnum, StrEnum
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, computed_field
from typing_extensions import TypedDict

from telemetry.cache.codec import Codec, Tokens


class Colour(Enum):
    RED = "r"
    BLUE = "b"


class Rank(IntEnum):
    LOW = 1
    HIGH = 10


class Mode(StrEnum):
    FAST = "fast"


class Inner(BaseModel):
    at: datetime
    price: Decimal
    colour: Colour


class Outer(BaseModel):
    id: UUID
    inner: Inner
    tags: list[str]
    by_day: dict[date, list[timedelta]]
    rank: Rank
    mode: Mode | None
    kind: Literal["a", "b"]
    big: int
    ratio: float
    maybe: Inner | None = None


@dataclass
class Point:
    x: Decimal
    when: time
    notes: dict[str, bool] = field(default_factory=dict)


class Row(TypedDict):
    id: UUID
    rank: Rank
    at: datetime


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(timezones=st.none() | zones)
decimals = st.decimals(allow_nan=False, allow_infinity=False)
inners = st.builds(Inner, at=moments, price=decimals, colour=st.sampled_from(Colour))
outers = st.builds(
    Outer,
    id=st.uuids(),
    inner=inners,
    tags=st.lists(st.text()),
    by_day=st.dictionaries(st.dates(), st.lists(st.timedeltas(timedelta(-999_999_990), timedelta(999_999_990)))),
    rank=st.sampled_from(Rank),
    mode=st.none() | st.sampled_from(Mode),
    kind=st.sampled_from(["a", "b"]),
    big=st.integers(),
    ratio=st.floats(allow_nan=False, allow_infinity=False),
    maybe=st.none() | inners,
)
points = st.builds(Point, x=decimals, when=st.times(), notes=st.dictionaries(st.text(), st.booleans()))
rows = st.fixed_dictionaries({"id": st.uuids(), "rank": st.sampled_from(Rank), "at": moments})

CASES: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (Outer, outers),
    (list[Outer], st.lists(outers, max_size=3)),
    (Point, points),
    (Row, rows),
    (dict[UUID, Row], st.dictionaries(st.uuids(), rows, max_size=3)),
    (tuple[int, str, bool], st.tuples(st.integers(), st.text(), st.booleans())),
    (int | str, st.integers() | st.text()),
    (bool, st.booleans()),
    (str, st.text()),
    (Decimal, decimals),
    (datetime, moments),
]


@settings(deadline=None)
@given(data=st.data())
@pytest.mark.parametrize(("value_type", "values"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_value_comes_back_equal_and_of_the_same_type(
    value_type: type[object], values: st.SearchStrategy[object], data: st.DataObject
) -> None:
    codec = Codec(value_type)
    value = data.draw(values)
    read = codec.decode(codec.encode(value))
    assert read == value
    assert type(read) is type(value)
    assert json.loads(codec.encode(read)) == json.loads(codec.encode(value))


def test_decimals_keep_their_digits_and_moments_their_offset() -> None:
    codec = Codec(Inner)
    at = datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    read = codec.decode(codec.encode(Inner(at=at, price=Decimal("1.500"), colour=Colour.RED)))
    assert str(read.price) == "1.500"
    assert read.at.isoformat() == at.isoformat()
    assert read.colour is Colour.RED


def test_a_model_whose_aliases_differ_comes_back() -> None:
    class Aliased(BaseModel):
        model_config = ConfigDict(extra="forbid", serialize_by_alias=True)
        name: str = Field(validation_alias="in_name", serialization_alias="outName")

        @computed_field
        def shout(self) -> str:
            return self.name.upper()

    codec = Codec(Aliased)
    value = Aliased.model_validate({"in_name": "x"})
    assert codec.decode(codec.encode(value)) == value


@pytest.mark.parametrize("value", [{"id": 1}, "text", 1, object()])
def test_a_value_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Codec[object](Inner).encode(value)


@given(junk=st.binary(), tokens=st.lists(st.none() | st.binary(), min_size=2, max_size=5).map(tuple))
def test_bytes_of_others_are_not_opened(junk: bytes, tokens: Tokens) -> None:
    assert Codec(int).open(junk, tokens) is None


tokens = st.lists(st.none() | st.sampled_from([b"a", b"b", b"0123456789abcdef"]), min_size=3, max_size=3).map(tuple)


@given(written=tokens, read=tokens, payload=st.binary())
def test_a_value_opens_under_the_tokens_it_was_sealed_with_and_no_others(
    written: Tokens, read: Tokens, payload: bytes
) -> None:
    codec = Codec(int)
    assert codec.open(codec.seal(payload, written), read) == (payload if written == read else None)


def test_another_schema_does_not_open() -> None:
    class First(BaseModel):
        name: str

    class Second(BaseModel):
        name: str
        size: int = 0

    assert Codec(Second).open(Codec(First).seal(b"{}", (b"a",)), (b"a",)) is None


def test_a_type_that_has_no_json_schema_can_be_stored() -> None:
    class Odd(BaseModel):
        model_config = ConfigDict(arbitrary_types_allowed=True)
        check: complex = 1j
        callback: type = int

    assert Codec(Odd).open(Codec(Odd).seal(b"{}", (b"a",)), (b"a",)) == b"{}"
