"""Names in Redis, for any key."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from redis.crc import key_slot

from telemetry.cache.keys import MAX_DEPTH, MAX_NAME_BYTES, KeyScheme
from telemetry.errors import ConfigurationError

SCHEME = KeyScheme("shop", "item")

segments = st.one_of(
    st.text(max_size=4, alphabet="ab*?[]{}\\\0\n é☕\ud800"),
    st.text(min_size=MAX_NAME_BYTES, max_size=MAX_NAME_BYTES + 60),
    st.text(max_size=8),
).map(lambda text: text.replace(":", ""))
rests = st.lists(segments, min_size=1, max_size=MAX_DEPTH + 2).map(":".join)


def test_the_names_of_an_entry_are_as_documented() -> None:
    entry = SCHEME.entry("item:5:user:7")
    tag = entry.tag
    assert tag in {f"{{shop:item.{bucket}}}" for bucket in range(16)}
    assert entry.value == f"{tag}v:5:user:7"
    assert entry.tokens == (f"{tag}g", f"{tag}g:5:", f"{tag}g:5:user:", f"{tag}k:5:user:7")


@given(rest=rests)
@example(rest="}{")
@example(rest="\ud800")
def test_all_names_of_an_entry_hash_to_one_slot(rest: str) -> None:
    entry = SCHEME.entry(f"item:{rest}")
    assert {key_slot(name.encode()) for name in (entry.value, *entry.tokens)} == {key_slot(entry.tag.encode())}


@given(rest=rests)
def test_names_are_short_and_printable(rest: str) -> None:
    entry = SCHEME.entry(f"item:{rest}")
    for name in (entry.value, *entry.tokens):
        assert name.isprintable()
        assert len(name.encode()) <= MAX_NAME_BYTES + len(entry.tag) + 2


@given(left=rests, right=rests)
def test_two_keys_share_a_name_only_if_they_are_equal(left: str, right: str) -> None:
    one, two = SCHEME.entry(f"item:{left}"), SCHEME.entry(f"item:{right}")
    assert (one.value == two.value) == (left == right)
    assert (one.tokens[-1] == two.tokens[-1]) == (left == right)


def test_a_key_that_looks_like_the_hash_of_another_does_not_share_its_name() -> None:
    hashed = SCHEME.entry("item:" + "x" * 500).value
    digest = hashed.partition("v#")[2]
    assert len(digest) == 32
    assert not SCHEME.entry(f"item:{digest}").value.endswith(f"v#{digest}")
    assert not SCHEME.entry(f"item:#{digest}").value.endswith(f"v#{digest}")


@given(key=rests, prefix=st.lists(segments, max_size=MAX_DEPTH))
@example(key="12", prefix=["1"])
@example(key="1", prefix=["1"])
@example(key="1:", prefix=["1"])
@example(key="", prefix=[""])
def test_a_prefix_shares_a_token_with_the_keys_that_start_with_it_and_no_other(key: str, prefix: list[str]) -> None:
    text = "".join(f"{segment}:" for segment in prefix)
    tokens = {token for _, token in SCHEME.prefix_tokens(f"item:{text}")}
    assert bool(tokens & set(SCHEME.entry(f"item:{key}").tokens)) == key.startswith(text)


@given(rest=st.lists(segments, min_size=MAX_DEPTH + 1, max_size=MAX_DEPTH + 3))
def test_a_prefix_that_is_too_deep_outdates_more_never_less(rest: list[str]) -> None:
    text = "".join(f"{segment}:" for segment in rest)
    tokens = {token for _, token in SCHEME.prefix_tokens(f"item:{text}")}
    assert tokens & set(SCHEME.entry(f"item:{text}leaf").tokens)
    assert tokens == {token for _, token in SCHEME.prefix_tokens("item:" + "".join(f"{s}:" for s in rest[:MAX_DEPTH]))}


def test_keys_spread_over_all_buckets() -> None:
    assert len({SCHEME.entry(f"item:{number}").tag for number in range(200)}) == 16


@pytest.mark.parametrize("namespace", ["", "Brand", "a:b", "a b", "a}", "é", "x" * 65, "brand\n"])
def test_a_namespace_that_cannot_be_part_of_a_key_is_refused(namespace: str) -> None:
    with pytest.raises(ConfigurationError, match="namespace is"):
        KeyScheme("shop", namespace)


@pytest.mark.parametrize("key", ["", "item", "items:1", ":item:1", "brand:1"])
def test_a_key_outside_the_namespace_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="the namespace is 'item'"):
        SCHEME.entry(key)
