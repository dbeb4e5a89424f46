"""Names in Redis: where an entry and the tokens that can outdate it are kept.

An entry `item:5:user:7` of the application `shop` has, with a number b from 0 to 15 for its bucket,

    {shop:item.b}v:5:user:7    its value
    {shop:item.b}g             token of the namespace
    {shop:item.b}g:5:          token of each prefix that ends at a ':'
    {shop:item.b}g:5:user:
    {shop:item.b}k:5:user:7    token of the key itself

The part in braces makes Redis Cluster keep all of them in one slot, so that one MGET reads them.
Buckets spread a namespace over the nodes.
Source: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#hash-tags
"""

import hashlib
import re
import zlib
from dataclasses import dataclass
from typing import Final

from telemetry.conventions import CACHE_NAMESPACE_SIGNS, MAX_CACHE_NAMESPACE_LENGTH
from telemetry.errors import ConfigurationError

BUCKETS: Final = 16
MAX_DEPTH: Final = 3
MAX_NAME_BYTES: Final = 200
MAX_WORD_LENGTH: Final = MAX_CACHE_NAMESPACE_LENGTH

_WORD: Final = re.compile(rf"[{CACHE_NAMESPACE_SIGNS}]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """Names of one entry.

    Attributes:
        tag: The part in braces.
        value: Of its value.
        tokens: Of everything that can outdate it: namespace, prefixes from short to long, key.
    """

    tag: str
    value: str
    tokens: tuple[str, ...]


def checked_word(field: str, word: str) -> str:
    """*word*, if it can be part of a name in Redis.

    Raises:
        ConfigurationError: It is empty, too long or has other characters.
    """
    if not _WORD.fullmatch(word) or len(word) > MAX_WORD_LENGTH:
        raise ConfigurationError(f"{field} is {word!r}: use 1 to {MAX_WORD_LENGTH} of a-z, 0-9, '_' and '-'")
    return word


class KeyScheme:
    """Names for the keys of one namespace.

    Args:
        application: Tells apart applications that share a Redis.
        namespace: First segment of every key.
    """

    def __init__(self, application: str, namespace: str) -> None:
        self.namespace: Final = checked_word("namespace", namespace)
        self._head = f"{namespace}:"
        self._tags = tuple(f"{{{application}:{namespace}.{bucket}}}" for bucket in range(BUCKETS))

    def entry(self, key: str) -> Entry:
        """Names of the entry *key*.

        Raises:
            ValueError: The first segment of the key is not the namespace.
        """
        rest = self._rest(key)
        tag = self._tags[zlib.crc32(_encoded(rest)) % BUCKETS]
        tokens = [generation_of(tag)]
        end = rest.find(":")
        while end >= 0 and len(tokens) <= MAX_DEPTH:
            tokens.append(_name(tag, "g", rest[: end + 1]))
            end = rest.find(":", end + 1)
        tokens.append(_name(tag, "k", rest))
        return Entry(tag, _name(tag, "v", rest), tuple(tokens))

    def prefix_tokens(self, prefix: str) -> list[tuple[str, str]]:
        """Tag and token name, in every bucket, of what all keys under *prefix* have in common.

        A prefix with more than MAX_DEPTH segments after the namespace is cut to that
        many: it outdates more than was asked, never less.

        Raises:
            ValueError: The prefix does not end with ':', or its first segment is not the namespace.
        """
        if not prefix.endswith(":"):
            raise ValueError(
                f"a prefix of {prefix.partition(':')[0]!r} does not end with ':': end it at a segment, "
                "or use `invalidate` for one key"
            )
        rest = self._rest(prefix)
        if not rest:
            return [(tag, generation_of(tag)) for tag in self._tags]
        cut = ":".join(rest.split(":")[:-1][:MAX_DEPTH]) + ":"
        return [(tag, _name(tag, "g", cut)) for tag in self._tags]

    def _rest(self, key: str) -> str:
        if not key.startswith(self._head):
            # The rest is left out: it may hold what must not reach a log.
            raise ValueError(
                f"a key starts with {key.partition(':')[0]!r}, but the namespace is {self._head[:-1]!r}: "
                f"write '{self._head}...'"
            )
        return key[len(self._head) :]


def generation_of(tag: str) -> str:
    """Name of the token that outdates everything under *tag*."""
    return tag + "g"


def _name(tag: str, kind: str, text: str) -> str:
    """Name for *text*; the mark after *kind* keeps a hash apart from a key that looks like it."""
    if len(text) <= MAX_NAME_BYTES and text.isprintable() and len(_encoded(text)) <= MAX_NAME_BYTES:
        return f"{tag}{kind}:{text}"
    return f"{tag}{kind}#{hashlib.blake2b(_encoded(text), digest_size=16).hexdigest()}"


def _encoded(text: str) -> bytes:
    # Request data may hold lone surrogates, which strict UTF-8 refuses.
    return text.encode("utf-8", "surrogatepass")
