"""Which responses a cache that serves several people may keep."""

import pytest

from telemetry.outputs.exposure.shared_caches import may_be_shared


@pytest.mark.parametrize(
    ("value", "shared"),
    [
        ("public", True),
        ("Public, max-age=60", True),
        ("max-age=60,public", True),
        ("S-MaxAge=10", True),
        ("private, s-maxage=10", True),
        ("max-age=60", True),
        ('max-age = "60"', True),
        ('private="set-cookie", max-age=60', True),
        ("private", False),
        ("private, max-age=60", False),
        ("no-store", False),
        ("max-age=60, no-store", False),
        ("no-cache", False),
        ('ext="public, s-maxage=1"', False),
        ("publicity, x-s-maxage=1", False),
        ("", False),
        ('=,;"', False),
    ],
)
def test_cache_control_says_it(value: str, shared: bool) -> None:
    assert may_be_shared([(b"content-type", b"text/html"), (b"Cache-Control", value.encode())]) is shared


@pytest.mark.parametrize(
    ("headers", "shared"),
    [
        ([], False),
        ([("cache-control", "max-age=60"), ("cache-control", "private")], False),
        ([("cache-control", "no-cache"), ("cache-control", "public")], True),
        ([("expires", "Thu, 01 Dec 2033 16:00:00 GMT")], True),
        ([("expires", "0"), ("cache-control", "no-store")], False),
        ([("cache-control", "private"), ("cdn-cache-control", "max-age=60")], True),
        ([("cache-control", "no-store"), ("surrogate-control", "max-age=60")], True),
        ([("cdn-cache-control", "no-store")], False),
    ],
)
def test_all_headers_count(headers: list[tuple[str, str]], shared: bool) -> None:
    assert may_be_shared([(name.encode(), value.encode()) for name, value in headers]) is shared
