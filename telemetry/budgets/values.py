"""Values of a budget file: exact numbers, words and texts, or what is wrong with them."""

import re
from decimal import Decimal
from typing import Final, NamedTuple

from telemetry.budgets.document import Node, Scalar, described
from telemetry.budgets.keys import MAX_DECIMALS, MAX_LABEL, Unit
from telemetry.budgets.model import decimal_text
from telemetry.budgets.problems import Findings, did_you_mean, shown

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_WITH_UNIT: Final = re.compile(r"([0-9.]+)\s*(?:ms|s|%)", re.ASCII)
_MAX_NUMBER: Final = 40
_ONE: Final = Decimal(1)
_PERCENT: Final = Decimal(100)


class Expected(NamedTuple):
    """What should stand somewhere.

    Attributes:
        name: For messages.
        example: One that could stand there.
    """

    name: str
    example: str


def number(name: str, node: Node, expected: Expected, findings: Findings) -> Decimal | None:
    """The exact number that stands there; None if something else does.

    Args:
        name: Of the key, for messages.
        node: Its value.
        expected: What should stand there.
        findings: Told what is wrong.
    """
    if isinstance(node, Scalar) and node.is_plain and len(node.text) <= _MAX_NUMBER and _NUMBER.fullmatch(node.text):
        if node.type == "int" and len(node.text.lstrip("+-")) > 1 and node.text.lstrip("+-").startswith("0"):
            findings.add(
                node.place, f"{name} is {node.text}, which YAML reads as an octal number", "leave the first 0 out"
            )
            return None
        return Decimal(decimal_text(Decimal(node.text)))
    findings.add(node.place, f"{name} is {described(node)}, not {expected.name}", _number_remedy(name, node, expected))
    return None


def limit(name: str, node: Node, unit: Unit, findings: Findings) -> Decimal | None:
    """The limit that stands there; None if it is none.

    Args:
        name: Of the key, for messages.
        node: Its value.
        unit: Of the limit.
        findings: Told what is wrong.
    """
    value = number(name, node, Expected(unit.name, unit.example), findings)
    if value is None:
        return None
    text = shown(node.text) if isinstance(node, Scalar) else ""
    if value <= 0:
        remedy = "a limit is above 0; write false instead to have none"
    elif unit.below == 1 and value >= 1:
        remedy = _ratio_remedy(value)
    elif value >= unit.below:
        remedy = f"a limit is at most {decimal_text(unit.below - 1)}"
    elif unit.is_whole and value != value.to_integral_value():
        remedy = f"write {unit.name}, for example {max(1, int(value))}"
    elif _has_too_many_decimals(value):
        remedy = f"at most {MAX_DECIMALS} decimals are kept"
    else:
        return value
    findings.add(node.place, f"{name} is {text}", remedy)
    return None


def objective(name: str, node: Node, findings: Findings) -> Decimal | None:
    """The share of events that shall be within; None if it is none.

    Args:
        name: Of the key, for messages.
        node: Its value.
        findings: Told what is wrong.
    """
    value = number(name, node, Expected("a ratio between 0 and 1", "0.99"), findings)
    if value is None:
        return None
    if 0 < value < 1 and not _has_too_many_decimals(value):
        return value
    text = shown(node.text) if isinstance(node, Scalar) else ""
    remedy = f"at most {MAX_DECIMALS} decimals are kept" if 0 < value < 1 else _ratio_remedy(value)
    findings.add(node.place, f"{name} is {text}, not a ratio between 0 and 1", remedy)
    return None


def count(name: str, node: Node, largest: int, findings: Findings) -> int | None:
    """The whole number >= 1 that stands there; None if something else does.

    Args:
        name: Of the key, for messages.
        node: Its value.
        largest: That is allowed.
        findings: Told what is wrong.
    """
    value = number(name, node, Expected("a whole number", "50"), findings)
    if value is None:
        return None
    if value == value.to_integral_value() and 1 <= value <= largest:
        return int(value)
    text = shown(node.text) if isinstance(node, Scalar) else ""
    findings.add(node.place, f"{name} is {text}", f"write a whole number from 1 to {largest}")
    return None


def word(name: str, node: Node, known: tuple[str, ...], findings: Findings) -> str | None:
    """The word that stands there, one of those known; None if it is none.

    Args:
        name: Of the key, for messages.
        node: Its value.
        known: All words that are allowed.
        findings: Told what is wrong.
    """
    if isinstance(node, Scalar) and node.text in known:
        return node.text
    said = node.text if isinstance(node, Scalar) and node.type == "str" else ""
    findings.add(node.place, f"{name} is {described(node)}", did_you_mean(said, known))
    return None


def label(name: str, node: Node, findings: Findings) -> str | None:
    """The text that stands there, if it can be the value of a label; None if not.

    Args:
        name: Of the key, for messages.
        node: Its value.
        findings: Told what is wrong.
    """
    if not isinstance(node, Scalar) or (node.is_plain and node.type != "str"):
        remedy = "put it in quotes" if isinstance(node, Scalar) and node.type != "null" else "write a word"
        findings.add(node.place, f"{name} is {described(node)}, not text", remedy)
        return None
    return node.text if is_label(name, node, findings) else None


def is_label(name: str, node: Scalar, findings: Findings) -> bool:
    """Whether a text can be the value of a label: short and printable.

    Args:
        name: Of what it is, for messages.
        node: The text.
        findings: Told what is wrong.
    """
    if not node.text.strip():
        findings.add(node.place, f'{name} is "{shown(node.text)}"', "write at least one letter")
    elif len(node.text) > MAX_LABEL:
        findings.add(
            node.place, f"{name} {shown(node.text)} has {len(node.text)} characters", f"{MAX_LABEL} are the most"
        )
    elif not node.text.isprintable():
        findings.add(node.place, f'{name} "{shown(node.text)}" has characters that cannot be printed', "remove them")
    else:
        return True
    return False


def _has_too_many_decimals(value: Decimal) -> bool:
    # `normalize` would round to 28 digits; there are no needless zeros.
    exponent = value.as_tuple().exponent
    return isinstance(exponent, int) and -exponent > MAX_DECIMALS


def _ratio_remedy(value: Decimal) -> str:
    if _ONE < value < _PERCENT:
        return f"it looks like a percentage: write {decimal_text(value / _PERCENT)}"
    return "write more than 0 and less than 1"


def _number_remedy(name: str, node: Node, expected: Expected) -> str:
    if isinstance(node, Scalar):
        if not node.is_plain and _NUMBER.fullmatch(node.text):
            return f"write {shown(node.text)} without quotes"
        if (found := _WITH_UNIT.fullmatch(node.text)) is not None:
            return _unit_remedy(name, found[1], node.text)
    return f"write {expected.name}, such as {expected.example}"


def _unit_remedy(name: str, digits: str, text: str) -> str:
    if text.endswith("%"):
        try:
            return f"percentages are not read: write {decimal_text(Decimal(digits) / _PERCENT)}"
        except ArithmeticError:
            return "percentages are not read: write a ratio between 0 and 1"
    return f"the unit stands in the name {name}: write the number of milliseconds alone"
