"""Invalidations that Redis has not taken yet."""

import secrets
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from telemetry.cache.commands import Command
from telemetry.cache.keys import generation_of

MAX_DEBTS_PER_TAG: Final = 16


@dataclass(frozen=True, slots=True, eq=False)
class Debt:
    """A token that has to be replaced.

    Attributes:
        tag: The part of the name in braces.
        token: Name of the token.
        life_ms: How long a new token must live; None for ever.
        value: Name of the value that it outdates, if that is only one.
    """

    tag: str
    token: str
    life_ms: int | None = None
    value: str | None = None

    def commands(self) -> list[Command]:
        """What has to be sent."""
        commands: list[Command] = [("SET", self.token, new_token())]
        if self.life_ms is not None:
            commands = [(*commands[0], "PX", self.life_ms)]
        if self.value is not None:
            commands.append(("UNLINK", self.value))
        return commands


def new_token() -> str:
    """A random token: counting up would bring old values back when Redis loses the counter."""
    return secrets.token_hex(8)


class Backlog:
    """Debts by tag, at most MAX_DEBTS_PER_TAG for each; more become one that covers the whole tag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._debts: dict[str, dict[str, Debt]] = {}

    def __len__(self) -> int:
        with self._lock:
            return sum(map(len, self._debts.values()))

    def __bool__(self) -> bool:
        return bool(self._debts)

    def owe(self, debts: Iterable[Debt]) -> int:
        """Adds *debts*; returns how many tags they overfilled."""
        with self._lock:
            return sum(map(self._owe, debts))

    def due(self, is_due: Callable[[str], bool]) -> list[Debt]:
        """Debts of the tags that *is_due* names."""
        with self._lock:
            return [debt for tag, debts in self._debts.items() if is_due(tag) for debt in debts.values()]

    def settle(self, debts: Iterable[Debt]) -> None:
        """Removes *debts*, save those that were owed anew in the meantime."""
        with self._lock:
            for debt in debts:
                owed = self._debts.get(debt.tag, {})
                if owed.get(debt.token) is debt:
                    del owed[debt.token]
                    if not owed:
                        del self._debts[debt.tag]

    def _owe(self, debt: Debt) -> bool:
        owed = self._debts.setdefault(debt.tag, {})
        whole = generation_of(debt.tag)
        overfull = len(owed) >= MAX_DEBTS_PER_TAG and debt.token not in owed
        if overfull or whole in owed or debt.token == whole:
            self._debts[debt.tag] = {whole: Debt(debt.tag, whole)}
        else:
            owed[debt.token] = debt
        return overfull
