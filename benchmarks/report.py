"""The results as text for people and as JSON for programs: pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.bars import Bar, bars
from benchmarks.plan import AGAIN, BARE, CASES, CONFIGURATIONS, FEW_ROUTES, MANY_ROUTES
from benchmarks.samples import Results
from benchmarks.spread import Spread, spread_of

_OTHERS = [configuration.name for configuration in CONFIGURATIONS if configuration.name != BARE]


def text(results: Results) -> str:
    """The report for people."""
    return "\n\n".join(_sections(results)) + "\n"


def document(results: Results) -> dict[str, Any]:
    """The report for programs: everything that was measured, and what follows from it."""
    samples = results.samples
    return {
        "environment": dict(results.environment),
        "cpu_us_per_request": _nested({key: list(values) for key, values in samples.cpu_us.items()}),
        "ratio_to_s": _nested(
            {
                (name, case.name): asdict(spread_of(samples.ratios(name, case.name)))
                for name in _OTHERS
                for case in CASES
            }
        ),
        "added_us_per_query": {
            name: dict(zip(("10_to_100", "100_to_1000"), map(_as_dict, samples.query_us(name)), strict=True))
            for name in _OTHERS
        },
        "added_us_per_route": {name: _as_dict(samples.route_us(name)) for name in _OTHERS},
        "memory": {name: asdict(memory) for name, memory in results.memory.items()},
        "spans_per_request": _nested(results.spans),
        "verdict_us": list(results.verdict_us),
        "bars": [{**asdict(bar), "holds": bar.holds, "is_clear": bar.is_clear} for bar in bars(results)],
    }


def _sections(results: Results) -> Iterator[str]:
    samples = results.samples
    yield "\n".join(f"{name}: {value}" for name, value in results.environment.items())
    yield "S is the CPU time that contrib+instrumentator adds to the bare application. Median [middle half of rounds]."
    yield _by_case("Added CPU, share of S", lambda name, case: _ratio(spread_of(samples.ratios(name, case))))
    yield _by_case("Added CPU, µs per request", lambda name, case: _us(spread_of(samples.added_us(name, case))))
    yield _table(
        "CPU of the bare application, µs per request",
        ["", *(case.name for case in CASES)],
        [[name, *(_us(spread_of(samples.cpu_us[name, case.name])) for case in CASES)] for name in (BARE, AGAIN)],
    )
    yield _table(
        "Added CPU per further query, µs",
        ["", "10 to 100", "100 to 1000"],
        [[name, *(_us(spread_of(values)) for values in samples.query_us(name))] for name in _OTHERS],
    )
    yield _table(
        f"Added CPU per registered route ({FEW_ROUTES} to {MANY_ROUTES}), µs per request",
        ["", "per route"],
        [[name, _ratio(spread_of(samples.route_us(name)))] for name in _OTHERS],
    )
    yield _table("Memory, MiB resident", ["", "start", "half", "end", "second half"], list(_memory(results)))
    yield _by_case("Spans exported per request", lambda name, case: f"{results.spans[name, case]:.2f}")
    yield _table("Bars", ["", "most", "found", ""], [_verdict(bar) for bar in bars(results)])


def _by_case(title: str, cell: Callable[[str, str], str]) -> str:
    names = [case.name for case in CASES]
    return _table(title, ["", *names], [[name, *(cell(name, case) for case in names)] for name in _OTHERS])


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    first, *others = (max(map(len, column)) for column in zip(head, *rows, strict=True))
    lines = [
        "  ".join([name.ljust(first), *(cell.rjust(width) for cell, width in zip(cells, others, strict=True))]).rstrip()
        for name, *cells in (head, *rows)
    ]
    return "\n".join([title, "-" * len(title), *lines])


def _memory(results: Results) -> Iterator[list[str]]:
    for name, memory in results.memory.items():
        at = memory.resident_bytes
        shown = [f"{value / 2**20:.1f}" for value in (at[0], at[len(at) // 2], at[-1])]
        yield [name, *shown, f"{memory.late_growth_mib():+.2f}"]


def _verdict(bar: Bar) -> list[str]:
    verdict, doubt = "holds" if bar.holds else "FAILS", "" if bar.is_clear else " (within the noise)"
    return [bar.promise, f"{bar.most:g}", _ratio(bar.found), verdict + doubt]


def _ratio(spread: Spread) -> str:
    return f"{spread.median:.2f} [{spread.low:.2f}..{spread.high:.2f}]"


def _us(spread: Spread) -> str:
    digits = 1 if abs(spread.median) < 100 else 0
    return f"{spread.median:.{digits}f} [{spread.low:.{digits}f}..{spread.high:.{digits}f}]"


def _as_dict(values: Sequence[float]) -> dict[str, float]:
    return asdict(spread_of(values))


def _nested(flat: Any) -> dict[str, dict[str, Any]]:
    nested: dict[str, dict[str, Any]] = {}
    for (outer, inner), value in flat.items():
        nested.setdefault(outer, {})[inner] = value
    return nested
