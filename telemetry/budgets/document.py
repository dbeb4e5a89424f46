"""A budget file as a tree whose every node knows its place in the file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from telemetry.budgets.model import Place
from telemetry.budgets.problems import Findings, shown

MAX_BYTES: Final = 256 * 1024
_MAX_DEPTH: Final = 8
_MAX_NODES: Final = 20_000
_TYPES: Final = frozenset({"str", "int", "float", "bool", "null", "timestamp", "merge", "value", "map", "seq"})
_TAG: Final = "tag:yaml.org,2002:"
_START: Final = Place(1, 1)


class Scalar(NamedTuple):
    """One word of the file.

    Attributes:
        text: As it is written.
        type: That YAML gives it: `str`, `int`, `float`, `bool`, `null` ...
        is_plain: Whether it stands there without quotes.
        place: Of its first character.
    """

    text: str
    type: str
    is_plain: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list.

    Attributes:
        items: In the order of the file.
        place: Of its first character.
    """

    items: "tuple[Node, ...]"
    place: Place


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values; no key is there twice.

    Attributes:
        pairs: In the order of the file.
        place: Of its first character.
    """

    pairs: "tuple[tuple[Scalar, Node], ...]"
    place: Place


Node = Scalar | Sequence | Mapping


def described(node: Node) -> str:
    """What a node is, in a few words for a message."""
    match node:
        case Sequence():
            return "a list"
        case Mapping():
            return "a mapping" if node.pairs else "an empty mapping"
        case Scalar(type="null"):
            return "empty"
        case Scalar(type="bool"):
            return f"the boolean {shown(node.text)}"
        case Scalar(is_plain=False):
            return f'the text "{shown(node.text)}"'
    return shown(node.text)


def document_of(path: Path, findings: Findings, least: str = "version, service and defaults") -> Node | None:
    """The content of a file; None if it has none or cannot be read.

    Args:
        path: Of the file.
        findings: Told what is wrong.
        least: Keys that such a file must have, for a message.
    """
    text = _text_of(path, findings)
    if text is None:
        return None
    try:
        root = _Composer(text).get_single_node()
    except _RefusedError as error:
        findings.add(error.place, str(error), error.remedy)
        return None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = _START if mark is None else _place(mark)
        why = shown(error.problem or error.context or "it cannot be parsed")
        findings.add(place, f"this is no YAML: {why}", "correct it there")
        return None
    except yaml.reader.ReaderError as error:
        place = _place_in(text, error.position)
        findings.add(place, f"the character U+{ord(text[error.position]):04X} may not stand in YAML", "remove it")
        return None
    if root is None:
        findings.add(_START, "the file is empty", f"write at least {least}")
        return None
    return _node(root, findings)


def _text_of(path: Path, findings: Findings) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        findings.add(_START, f"the file cannot be read: {why}", "give the path of a readable YAML file")
        return None
    if len(content) > MAX_BYTES:
        findings.add(_START, f"the file is larger than {MAX_BYTES} bytes", "a budget file is small; is it this one?")
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8-sig", "replace")
        findings.add(_place_in(before, len(before)), "the file is not UTF-8", "save it as UTF-8")
        return None


class _Composer(yaml.SafeLoader):
    """Composes the tree, and refuses what could make it large, deep or endless before it is."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._depth = 0
        self._nodes = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        self._nodes += 1
        if isinstance(event, yaml.AliasEvent):
            raise _RefusedError(f"*{event.anchor} is an alias", event, "write out what is meant")
        if (anchor := getattr(event, "anchor", None)) is not None:
            raise _RefusedError(f"&{anchor} is an anchor", event, "write out each time what is meant")
        if self._depth >= _MAX_DEPTH:
            raise _RefusedError(f"deeper than {_MAX_DEPTH} levels", event, "no budget needs that")
        if self._nodes > _MAX_NODES:
            raise _RefusedError(f"more than {_MAX_NODES} values", event, "no service needs that many")
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


class _RefusedError(Exception):
    """The file holds something that makes it large, deep or endless."""

    def __init__(self, what: str, event: yaml.Event, remedy: str) -> None:
        super().__init__(what)
        self.place: Final = _place(event.start_mark)
        self.remedy: Final = remedy


def _node(node: yaml.Node, findings: Findings) -> Node:
    place = _place(node.start_mark)
    if node.tag.removeprefix(_TAG) not in _TYPES:
        findings.add(place, f"the tag {shown(node.tag)} is not known", "remove it")
    match node:
        case yaml.MappingNode():
            return Mapping(_pairs(node, findings), place)
        case yaml.SequenceNode():
            return Sequence(tuple(_node(item, findings) for item in node.value), place)
        case yaml.ScalarNode():
            return Scalar(node.value, node.tag.removeprefix(_TAG), node.style is None, place)
    raise TypeError(f"YAML has no {type(node).__name__}")


def _pairs(node: yaml.MappingNode, findings: Findings) -> tuple[tuple[Scalar, Node], ...]:
    pairs: dict[str, tuple[Scalar, Node]] = {}
    for key_node, value_node in node.value:
        key, value = _node(key_node, findings), _node(value_node, findings)
        if not isinstance(key, Scalar):
            findings.add(key.place, f"a key is {described(key)}", "write a word")
        elif key.text in pairs:
            first = pairs[key.text][0].place
            what = f"the key {shown(key.text)} is there twice, first on line {first.line}"
            findings.add(key.place, what, "keep one of them")
        else:
            pairs[key.text] = (key, value)
    return tuple(pairs.values())


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1)


def _place_in(text: str, position: int) -> Place:
    before = text[:position]
    return Place(before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
