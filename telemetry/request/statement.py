"""What is known of a statement from its text, without its values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement, told apart from others by its shape.

    Attributes:
        is_query: False for transaction control.
        is_select: Whether it only reads.
        fingerprint: Its text without values, equal for statements that differ
            in values only.
    """

    is_query: bool
    is_select: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SentStatement:
    """A statement that one request sent, without values.

    Attributes:
        fingerprint: Its text without values.
        count: How often it was sent.
        source: `file:line in function` of the application that sent it first, None if it is not known.
    """

    fingerprint: str
    count: int
    source: str | None = None
