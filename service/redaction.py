"""Takes out of a text what looks secret."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

MARK: Final = "[redacted]"

# Shorter ones hide nothing and would make any text unreadable.
_MIN_SECRET_LENGTH: Final = 4

_SECRET_NAME: Final = re.compile(
    r"auth|cookie|token|secret|passw|pwd|passphrase|credential|session|signature|csrf|jwt|(?:^|[^a-z])(?:key|sig|pin|otp)|key$",
    re.IGNORECASE,
)
_SECRET_VALUES: Final = (
    # Credentials in a URL; a header's value; a JSON web token.
    (re.compile(r"(://)[^/\s@'\"]+@"), rf"\1{MARK}@"),
    (re.compile(r"\b((?:Bearer|Basic|Digest)\s+)[^\s,;'\"]+", re.IGNORECASE), rf"\1{MARK}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), MARK),
    # name=value and "name": "value", in messages and in lines of source code.
    (
        re.compile(
            r"(\b[\w-]*(?:token|secret|passw|pwd|api_?key|credential|cookie|authorization)[\w-]*['\"]?\s*[=:]\s*)"
            r"(?:'[^'\n]*'|\"[^\"\n]*\"|[^\s,;&)'\"]+)",
            re.IGNORECASE,
        ),
        rf"\1{MARK}",
    ),
)


def is_secret_name(name: str) -> bool:
    """Whether a header or parameter of this name is likely to hold a secret."""
    return _SECRET_NAME.search(name) is not None


def redacted(text: str, secrets: Iterable[str] = ()) -> str:
    """*text* without *secrets* and without what looks like one.

    Args:
        text: Any text.
        secrets: Known secrets, hidden wherever they stand if they have 4 characters or more.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _MIN_SECRET_LENGTH:
            text = text.replace(secret, MARK)
    for pattern, replacement in _SECRET_VALUES:
        text = pattern.sub(replacement, text)
    # A lone surrogate, which JSON may bring, cannot be sent.
    return text.encode("utf-8", "replace").decode()


def redacted_pairs(pairs: Iterable[tuple[str, str]], secrets: Iterable[str] = ()) -> Mapping[str, str]:
    """Headers or parameters, with the values hidden that their names or looks give away."""
    known = tuple(secrets)
    return {redacted(name, known): MARK if is_secret_name(name) else redacted(value, known) for name, value in pairs}
