"""Whether a cache that serves several people may keep a response."""

import re
from collections.abc import Iterable
from typing import Final

# `private="set-cookie"` keeps one field private, not the response: with its value it is another directive here.
_DIRECTIVE = re.compile(rb'private\s*=\s*"[^"]*"|([a-z-]+)(?:\s*=\s*(?:"[^"]*"|[^,]*))?')
# Either allows any cache to store the response, even one to a request with credentials.
_SHARED: Final = frozenset({b"public", b"s-maxage"})
_UNSHARED: Final = frozenset({b"private", b"no-store"})


def may_be_shared(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether the response says that shared caches may store it.

    A response that says nothing about caches is taken not to be stored: a cache
    that keeps it by a rule of its own cannot be told from here.

    Args:
        headers: Of the response.

    Source: https://www.rfc-editor.org/rfc/rfc9111#section-3

    >>> may_be_shared([(b"cache-control", b"max-age=60")]), may_be_shared([(b"cache-control", b"private, max-age=60")])
    (True, False)
    """
    said: set[bytes] = set()
    for name, value in headers:
        match name.lower():
            case b"cache-control":
                said |= _directives(value)
            case b"expires":
                said.add(b"max-age")
            case b"cdn-cache-control" | b"surrogate-control":
                # These speak to shared caches alone, over the head of Cache-Control (RFC 9213).
                if not _directives(value) & _UNSHARED:
                    said.add(b"public")
    return bool(said & _SHARED) or (b"max-age" in said and not said & _UNSHARED)


def _directives(value: bytes) -> set[bytes]:
    return {found[1] for found in _DIRECTIVE.finditer(value.lower()) if found[1]}
