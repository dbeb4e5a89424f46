"""Values as bytes: JSON of a declared type behind a head that says under which tokens it holds.

The head is `1 <schema> <token> <token> ...` and a newline. A reader builds the head that it expects and
compares: another version, schema or generation differs, and so does anything that is not ours.
"""

import hashlib
from typing import Any, Final, Generic, TypeVar

import orjson
from pydantic import TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema

T = TypeVar("T")

Tokens = tuple[bytes | None, ...]
"""Tokens of an entry in the order of `Entry.tokens`; None for one that is not set."""

_VERSION: Final = b"1"
_ABSENT: Final = b"-"


class Codec(Generic[T]):
    """Writes and reads values of one type.

    Field names are used on both sides, never aliases, so that a model whose two
    aliases differ comes back. JSON carries the value: what the type masks
    (`SecretStr`) or leaves out (`exclude=True`) is not in it, and members of a union
    that look alike in JSON (`datetime | str`) may be told apart wrongly.

    Args:
        value_type: Anything that a pydantic `TypeAdapter` takes.
    """

    def __init__(self, value_type: type[T]) -> None:
        self._adapter: TypeAdapter[T] = TypeAdapter(value_type)
        self._start = _VERSION + b" " + _fingerprint(self._adapter, value_type)

    def encode(self, value: T) -> bytes:
        """JSON of *value*.

        Raises:
            ValueError: The value is not of the type.
        """
        return self._adapter.dump_json(value, by_alias=False, round_trip=True, warnings="error")

    def decode(self, payload: bytes) -> T:
        """The value of which *payload* is the JSON.

        Raises:
            ValueError: It is not JSON of the type.
        """
        return self._adapter.validate_json(payload, by_alias=False, by_name=True)

    def seal(self, payload: bytes, tokens: Tokens) -> bytes:
        """*payload* behind the head that says that it holds under *tokens*."""
        return self._head(tokens) + payload

    def open(self, sealed: bytes, tokens: Tokens) -> bytes | None:
        """The payload of *sealed*; None if it was written by other code or under other tokens."""
        head = self._head(tokens)
        return sealed[len(head) :] if sealed.startswith(head) else None

    def _head(self, tokens: Tokens) -> bytes:
        return b" ".join((self._start, *(token or _ABSENT for token in tokens))) + b"\n"


def _fingerprint(adapter: TypeAdapter[Any], value_type: object) -> bytes:
    """Changes when a value written before may not fit the type any more."""
    try:
        described = orjson.dumps(adapter.json_schema(mode="validation"), option=orjson.OPT_SORT_KEYS)
    except PydanticInvalidForJsonSchema:
        described = repr(value_type).encode()
    return hashlib.blake2b(described, digest_size=6).hexdigest().encode()
