"""Reads a budget file, whole or not at all."""

import os
import re
from pathlib import Path
from typing import Final, NamedTuple

from telemetry.budgets.book import WILDCARD, BudgetBook, RouteEntry, Terms
from telemetry.budgets.consistency import check_book
from telemetry.budgets.document import Mapping, Node, Scalar, described, document_of
from telemetry.budgets.keys import CACHE_KEYS, ROUTE_KEYS, VERSION, WINDOW_DAYS, WINDOW_DEFAULT, BudgetKey
from telemetry.budgets.model import Budget, Place
from telemetry.budgets.patterns import pattern_of
from telemetry.budgets.problems import BudgetFileError, Findings, Problem, shown
from telemetry.budgets.statements import budgets_of, stating, values_of
from telemetry.budgets.terms import TERM_KEYS, terms_of
from telemetry.budgets.values import is_label, label
from telemetry.conventions import CACHE_NAMESPACE_SIGNS, MAX_CACHE_NAMESPACE_LENGTH, MAX_CACHE_NAMESPACES

EXCLUDE: Final = "exclude"
TOP_KEYS: Final = ("version", "service", "window", "defaults", "routes", "caches")
_NAMESPACE: Final = re.compile(rf"[{CACHE_NAMESPACE_SIGNS}]{{1,{MAX_CACHE_NAMESPACE_LENGTH}}}")
_WINDOW: Final = re.compile(r"([0-9]{1,4})([a-z]*)", re.ASCII)

_Stated = dict[str, tuple[Budget, ...]]


def load(path: str | os.PathLike[str]) -> BudgetBook:
    """The content of a budget file.

    Args:
        path: Of a YAML file.

    Raises:
        BudgetFileError: Something in it is wrong; all that is wrong is told at once.
    """
    reading = read(path)
    if reading.problems or reading.book is None:
        raise BudgetFileError(reading.problems)
    return reading.book


class Reading(NamedTuple):
    """A budget file as far as it could be read.

    Attributes:
        book: What could be read; incomplete if there are problems, None if nothing could be read.
        problems: What is wrong, in the order of the file.
    """

    book: BudgetBook | None
    problems: tuple[Problem, ...]


def read(path: str | os.PathLike[str]) -> Reading:
    """Reads a budget file as far as possible, for those who want to say more about it.

    Args:
        path: Of a YAML file.
    """
    findings = Findings(os.fspath(path))
    book = _book_of(document_of(Path(path), findings), findings)
    return Reading(book, findings.sorted())


def _book_of(root: Node | None, findings: Findings) -> BudgetBook | None:
    if root is None:
        return None
    if not isinstance(root, Mapping):
        findings.add(root.place, "the file is no mapping of keys to values", f"begin it with version: {VERSION}")
        return None
    values = values_of("the file", root, TOP_KEYS, findings)
    _check_version(values.get("version"), root.place, findings)
    service = _service(values.get("service"), root.place, findings)
    defaults, terms = _defaults(values.get("defaults"), findings)
    book = BudgetBook(
        path=findings.path,
        service=service,
        window_days=_window_days(values.get("window"), findings),
        defaults=_under(terms, defaults),
        routes=_routes(values.get("routes"), terms, findings),
        caches=_caches(values.get("caches"), terms, findings),
        terms=terms,
    )
    check_book(book, findings)
    if not (findings.sorted() or book.routes or any(book.defaults.values()) or any(book.caches.values())):
        findings.add(root.place, "the file states no budget", "add one, such as defaults: {p95_ms: 250}")
    return book


def _check_version(node: Node | None, start: Place, findings: Findings) -> None:
    if node is None:
        findings.add(start, "the file has no version", f"add version: {VERSION}")
    elif not (isinstance(node, Scalar) and node.is_plain and node.text == str(VERSION)):
        remedy = f"write version: {VERSION}, the only one that this release reads"
        findings.add(node.place, f"version is {described(node)}", remedy)


def _service(node: Node | None, start: Place, findings: Findings) -> str:
    if node is None:
        findings.add(start, "the file has no service", "add service: NAME, as in the label job of Prometheus")
        return ""
    return label("service", node, findings) or ""


def _window_days(node: Node | None, findings: Findings) -> int:
    text = WINDOW_DEFAULT if node is None else node.text if isinstance(node, Scalar) else ""
    found = _WINDOW.fullmatch(text)
    days = int(found[1]) * {"d": 1, "w": 7}.get(found[2], 0) if found else 0
    if found and found[2] == "d" and days in WINDOW_DAYS:
        return days
    if node is not None:
        if found and not found[2] and int(found[1]) in WINDOW_DAYS:
            days = int(found[1])
        example = f"{days}d" if days in WINDOW_DAYS else WINDOW_DEFAULT
        remedy = f"write days from {WINDOW_DAYS[0]}d to {WINDOW_DAYS[-1]}d, such as {example}"
        findings.add(node.place, f"window is {described(node)}", remedy)
    return int(WINDOW_DEFAULT.removesuffix("d"))


def _defaults(node: Node | None, findings: Findings) -> tuple[_Stated, Terms]:
    if node is None:
        return {}, Terms()
    if not isinstance(node, Mapping):
        findings.add(node.place, f"defaults is {described(node)}", "write a mapping, such as {p95_ms: 250}")
        return {}, Terms()
    return _stated("defaults", node, ROUTE_KEYS, findings)


def _routes(node: Node | None, terms: Terms, findings: Findings) -> tuple[RouteEntry, ...]:
    if node is None:
        return ()
    if not isinstance(node, Mapping):
        remedy = 'write a mapping, such as {"GET /items/{id}": {queries: 3}}'
        findings.add(node.place, f"routes is {described(node)}", remedy)
        return ()
    entries = [_route(key, value, terms, findings) for key, value in node.pairs]
    return tuple(sorted(filter(None, entries), key=lambda entry: entry.pattern.specificity))


def _route(key: Scalar, value: Node, inherited: Terms, findings: Findings) -> RouteEntry | None:
    pattern = pattern_of(key, findings)
    name = f'"{shown(key.text)}"'
    if isinstance(value, Scalar) and value.text == EXCLUDE:
        return None if pattern is None else RouteEntry(pattern, is_excluded=True, budgets={}, place=key.place)
    if not isinstance(value, Mapping) or not value.pairs:
        remedy = f"write a mapping, such as {{queries: 3}}, or {EXCLUDE}"
        findings.add(value.place, f"{name} is {described(value)}", remedy)
        return None
    stated, terms = _stated(name, value, ROUTE_KEYS, findings)
    if pattern is None:
        return None
    return RouteEntry(pattern, is_excluded=False, budgets=_under(inherited, stated), place=key.place, terms=terms)


def _caches(node: Node | None, inherited: Terms, findings: Findings) -> _Stated:
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        findings.add(node.place, f"caches is {described(node)}", "write a mapping, such as {brands: {hit_ratio: 0.9}}")
        return {}
    if len(node.pairs) > MAX_CACHE_NAMESPACES:
        what = f"caches has {len(node.pairs)} namespaces"
        findings.add(node.place, what, f"{MAX_CACHE_NAMESPACES} are told apart, the rest would share one label")
    found = {key.text: _cache(key, value, inherited, findings) for key, value in node.pairs}
    return {namespace: budgets for namespace, budgets in found.items() if budgets}


def _cache(key: Scalar, value: Node, inherited: Terms, findings: Findings) -> tuple[Budget, ...]:
    name = f"cache {shown(key.text)}"
    if not is_label("the cache", key, findings) or not is_namespace(key, findings):
        return ()
    if not isinstance(value, Mapping) or not value.pairs:
        findings.add(value.place, f"{name} is {described(value)}", "write a mapping, such as {hit_ratio: 0.9}")
        return ()
    stated, terms = _stated(name, value, CACHE_KEYS, findings)
    # All budgets of a namespace are quiet by themselves: what it says of alerts is said of them.
    own = {name: tuple(stating(terms, budget) for budget in budgets) for name, budgets in stated.items()}
    return tuple(budget for budgets in _under(inherited, own).values() for budget in budgets)


def is_namespace(key: Scalar, findings: Findings) -> bool:
    """Whether a key can be a namespace of cache keys.

    Args:
        key: Of the mapping of caches.
        findings: Told if not.
    """
    if _NAMESPACE.fullmatch(key.text):
        return True
    remedy = f"use 1 to {MAX_CACHE_NAMESPACE_LENGTH} of a-z, 0-9, _ and -"
    if WILDCARD in key.text:
        remedy = f"{WILDCARD} stands for nothing here: name each namespace"
    findings.add(key.place, f"the cache {shown(key.text)} can be no namespace", remedy)
    return False


def _stated(where: str, node: Mapping, keys: tuple[BudgetKey, ...], findings: Findings) -> tuple[_Stated, Terms]:
    values = values_of(where, node, (*(key.name for key in keys), *TERM_KEYS), findings)
    places = {key.text: key.place for key, _ in node.pairs}
    stated = {
        key.name: budgets_of(key, places[key.name], values[key.name], findings) for key in keys if key.name in values
    }
    return stated, terms_of(values, findings)


def _under(terms: Terms, stated: _Stated) -> _Stated:
    return {name: tuple(terms.applied_to(budget) for budget in budgets) for name, budgets in stated.items()}
