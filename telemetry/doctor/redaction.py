"""Keeps secrets out of what doctor prints, texts of other people's exceptions included."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import ValidationError

_HIDDEN: Final = "***"
# Shorter values are words that stand in every text; hiding them would garble it and tell what they are.
_MIN_CHARACTERS: Final = 6
_MAX_CAUSE: Final = 240
_SECRET_NAME = re.compile(r"(?i)passw|_pwd|secret|token|api_?key|private_?key|access_?key|credential|headers$")
# To the last @ of the word: a password may hold one that nobody escaped.
_URL_CREDENTIALS = re.compile(r"(?<=://)[^\s'\"]*@")
_ASSIGNED = re.compile(
    r"(?i)((?:passw(?:or)?d|pwd|secret|token|api[_-]?key|private[_-]?key|access[_-]?key|authorization|credentials?)"
    r"[\w-]*[\"']?\s*[=:]\s*)(?:\"[^\"]*\"|'[^']*'|(?:bearer\s+|basic\s+)?[^\s,;)&]+)"
)


@dataclass(frozen=True, slots=True)
class Redaction:
    """Hides what is known to be secret, and what looks like it.

    Attributes:
        secrets: Values that are never shown.
    """

    secrets: frozenset[str] = frozenset()

    @classmethod
    def of(cls, environ: Mapping[str, str], others: Iterable[str] = ()) -> Self:
        """Knows the secrets of an environment.

        Args:
            environ: Variables; those with a telling name, and passwords inside URLs, are secret.
            others: Further secret values.
        """
        named = {value for name, value in environ.items() if _SECRET_NAME.search(name)}
        inside = {password for value in environ.values() for password in _passwords(value)}
        return cls(frozenset(value for value in {*named, *inside, *others} if len(value) >= _MIN_CHARACTERS))

    def text(self, text: str) -> str:
        """*text* without secrets, and without characters that would steer a terminal."""
        for secret in sorted(self.secrets, key=len, reverse=True):
            # Whole words only: the password `postgres` is no reason to garble `postgresql`.
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _HIDDEN, text)
        text = _ASSIGNED.sub(rf"\1{_HIDDEN}", _URL_CREDENTIALS.sub(f"{_HIDDEN}@", text))
        return "".join(character if character.isprintable() or character == "\n" else "?" for character in text)

    def cause(self, error: BaseException) -> str:
        """An exception in one line: its class and the first line of its message."""
        lines = _message(error).strip().splitlines()
        shown = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
        return self.text(shown)[:_MAX_CAUSE]


def _message(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"the application exits by itself: {error.code}"
    try:
        return _refusal(error) or str(error)
    except Exception:  # noqa: BLE001 - an exception whose text cannot be had is still named by its class
        return ""


def _refusal(error: BaseException) -> str | None:
    """What Pydantic refused and why: its own text also shows the value."""
    if not isinstance(error, ValidationError):
        return None
    first = error.errors(include_input=False, include_context=False)[0]
    return f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}"


def _passwords(value: str) -> Iterable[str]:
    if "://" not in value:
        return ()
    try:
        password = urlsplit(value).password
    except ValueError:
        return ()
    return (password, unquote(password)) if password else ()
